//! A PushGateway, and a Prometheus that scrapes it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::sync::OnceCell;
use xtask::tools;

use crate::http::Http;
use crate::process::{Process, folder, free_port};

/// A running PushGateway.
#[derive(Debug)]
pub struct PushGateway {
    /// Base URL.
    pub url: String,
    /// A client of it.
    pub http: Http,
    process: Process,
}

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    /// A client of it.
    pub http: Http,
    process: Process,
}

impl PushGateway {
    /// The one that [`Prometheus::shared`] scrapes.
    ///
    /// # Panics
    /// It cannot be started.
    pub async fn shared() -> &'static Self {
        static GATEWAY: OnceCell<PushGateway> = OnceCell::const_new();
        GATEWAY.get_or_init(async || Self::start().await.expect("the PushGateway starts")).await
    }

    async fn start() -> Result<Self> {
        let (folder, port) = (folder("pushgateway")?, free_port());
        let mut command = Command::new(tools::pushgateway()?);
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let process = Process::start("pushgateway", &folder, &command)?;
        let url = format!("http://127.0.0.1:{port}");
        let gateway = Self { http: Http::new(&url, None)?, url, process };
        gateway.process.ready(async || is_up(&gateway.http).await).await?;
        Ok(gateway)
    }

    /// All groups with a given `job`, as the gateway's own API describes them.
    ///
    /// # Errors
    /// No answer came.
    pub async fn groups(&self, job: &str) -> Result<Vec<Value>> {
        let answer = self.http.get("/api/v1/metrics").await?.ok()?.json()?;
        let groups = answer["data"].as_array().context("the answer has no data")?;
        Ok(groups.iter().filter(|group| group["labels"]["job"] == job).cloned().collect())
    }

    /// The text that Prometheus scrapes.
    ///
    /// # Errors
    /// No answer came.
    pub async fn exposition(&self) -> Result<String> {
        Ok(self.http.get("/metrics").await?.ok()?.text)
    }
}

impl Prometheus {
    /// One that scrapes [`PushGateway::shared`] several times a second.
    ///
    /// # Panics
    /// It cannot be started.
    pub async fn shared() -> &'static Self {
        static SERVER: OnceCell<Prometheus> = OnceCell::const_new();
        let start = async || {
            let gateway = PushGateway::shared().await;
            Self::start(gateway).await.expect("Prometheus starts")
        };
        SERVER.get_or_init(start).await
    }

    async fn start(gateway: &PushGateway) -> Result<Self> {
        let (folder, port) = (folder("prometheus")?, free_port());
        let target = gateway.url.trim_start_matches("http://");
        let config = folder.join("prometheus.yml");
        fs::write(&config, format!("{SCRAPE}      - targets: ['{target}']\n"))?;
        let mut command = Command::new(tools::prometheus()?);
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let process = Process::start("prometheus", &folder, &command)?;
        let server = Self { http: Http::new(format!("http://127.0.0.1:{port}"), None)?, process };
        server.process.ready(async || is_up(&server.http).await).await?;
        Ok(server)
    }

    /// The answer to a PromQL query: a vector of `{metric, value}`.
    ///
    /// # Errors
    /// The query is wrong.
    pub async fn query(&self, query: &str) -> Result<Vec<Value>> {
        let form = format!("query={}", percent_encoded(query));
        let kind = "application/x-www-form-urlencoded";
        let answer = self.http.send(reqwest::Method::POST, "/api/v1/query", kind, form).await?.ok()?.json()?;
        Ok(answer["data"]["result"].as_array().context("the answer has no result")?.clone())
    }

    /// The value of a query with one answer, asked until it is the expected one or patience is over.
    ///
    /// # Errors
    /// The query is wrong.
    pub async fn settles_at(&self, query: &str, expected: f64) -> Result<f64> {
        let mut last = f64::NAN;
        for _ in 0..100 {
            let answer = self.query(query).await?;
            last = answer.first().and_then(|one| one["value"][1].as_str()?.parse().ok()).unwrap_or(f64::NAN);
            if (last - expected).abs() < 1e-9 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(last)
    }
}

/// `honor_labels`, as everyone who scrapes a PushGateway has to: else `job` becomes `exported_job`.
const SCRAPE: &str = "\
global:
  scrape_interval: 300ms
  scrape_timeout: 300ms
scrape_configs:
  - job_name: pushgateway
    honor_labels: true
    static_configs:
";

async fn is_up(http: &Http) -> bool {
    http.get("/-/ready").await.is_ok_and(|answer| answer.status == 200)
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
