//! OpenSearch nodes: 2.x plain, 2.x with TLS and users, 3.x where there is a Java for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use xtask::tools;

use super::certificates;
use crate::http::{Answer, Http};
use crate::process::{Process, folder, free_port};

const SECURITY_PLUGIN: &str = "org.opensearch.security.OpenSearchSecurityPlugin";

/// A running node.
#[derive(Debug)]
pub struct OpenSearch {
    /// Base URL.
    pub url: String,
    /// Whom to trust, if the URL is `https`.
    pub ca_file: Option<PathBuf>,
    /// The node, seen by its administrator.
    pub admin: Http,
    process: Process,
}

/// Somebody whom a node knows.
#[derive(Clone, Debug)]
pub struct User {
    /// For basic authentication.
    pub name: String,
    /// For basic authentication.
    pub password: String,
}

impl OpenSearch {
    /// Name and password of the administrator in the security plugin's own user database.
    pub const ADMIN: (&str, &str) = ("admin", "admin");

    /// Version 2 without users.
    ///
    /// # Panics
    /// It cannot be started.
    pub async fn plain() -> &'static Self {
        static NODE: OnceCell<OpenSearch> = OnceCell::const_new();
        NODE.get_or_init(async || {
            let server = tools::opensearch_2().expect("OpenSearch 2 can be fetched");
            Self::start("opensearch-2", &server).await.expect("OpenSearch 2 starts")
        })
        .await
    }

    /// Version 2 with TLS and users.
    ///
    /// # Panics
    /// It cannot be started.
    pub async fn secured() -> &'static Self {
        static NODE: OnceCell<OpenSearch> = OnceCell::const_new();
        NODE.get_or_init(async || {
            let server = tools::opensearch_2().expect("OpenSearch 2 can be fetched");
            Self::start_secured("opensearch-2-secured", &server).await.expect("secured OpenSearch 2 starts")
        })
        .await
    }

    /// Version 3 without users; `None` where there is no Java for it.
    ///
    /// # Panics
    /// There is a Java, and yet it cannot be started.
    pub async fn newest() -> Option<&'static Self> {
        static NODE: OnceCell<Option<OpenSearch>> = OnceCell::const_new();
        let start = async || match tools::opensearch_3().expect("OpenSearch 3 can be fetched") {
            Some(server) => Some(Self::start("opensearch-3", &server).await.expect("OpenSearch 3 starts")),
            None => None,
        };
        NODE.get_or_init(start).await.as_ref()
    }

    /// Every plain node: version 2, and version 3 where it can run.
    pub async fn every_plain() -> Vec<&'static Self> {
        let (second, third) = tokio::join!(Self::plain(), Self::newest());
        std::iter::once(second).chain(third).collect()
    }

    async fn start(name: &str, server: &tools::OpenSearch) -> Result<Self> {
        let (base, port) = (folder(name)?, free_port());
        let process = Process::start(name, &base, &command(server, &base, port))?;
        let url = format!("http://127.0.0.1:{port}");
        let admin = Http::new(&url, None)?;
        let node = Self { url, ca_file: None, admin, process };
        node.ready().await
    }

    async fn start_secured(name: &str, server: &tools::OpenSearch) -> Result<Self> {
        let (base, port) = (folder(name)?, free_port());
        let config = base.join("node_1/config");
        fs::create_dir_all(&config)?;
        certificates::make(&config)?;
        let files = server.security_config.as_deref().context("the security plugin is missing")?;
        copy_folder(files, &config.join("opensearch-security"))?;
        let mut command = command(server, &base, port);
        command.args(security_settings());
        let process = Process::start(name, &base, &command)?;
        let url = format!("https://127.0.0.1:{port}");
        let ca_file = config.join("ca.pem");
        let admin = Http::new(&url, Some(&ca_file))?.as_user(Self::ADMIN.0, Self::ADMIN.1);
        let node = Self { url, ca_file: Some(ca_file), admin, process };
        node.ready().await
    }

    async fn ready(self) -> Result<Self> {
        let up = async || self.admin.get("/").await.is_ok_and(|answer| answer.status == 200);
        self.process.ready(up).await?;
        Ok(self)
    }

    /// Makes a user of a role, which has to be there.
    ///
    /// # Errors
    /// The node refuses.
    pub async fn make_user(&self, name: &str, role: &str) -> Result<User> {
        let user = User { name: name.to_owned(), password: "Sieve-9-tests-Only".to_owned() };
        let api = "/_plugins/_security/api";
        let password = json!({"password": user.password});
        self.admin.put_security(&format!("{api}/internalusers/{name}"), &password).await?;
        self.admin.put_security(&format!("{api}/rolesmapping/{role}"), &json!({"users": [name]})).await?;
        Ok(user)
    }

    /// The node as that user sees it.
    #[must_use]
    pub fn seen_by(&self, user: &User) -> Http {
        self.admin.as_user(&user.name, &user.password)
    }

    /// Every document of a stream or index, as `{_id, _source}`. Waits for none: it refreshes first.
    ///
    /// # Errors
    /// There is no such stream, or it holds more than 10,000 documents.
    pub async fn documents(&self, index: &str) -> Result<Vec<Value>> {
        self.admin.post(&format!("/{index}/_refresh"), &json!({})).await?.ok()?;
        let everything = json!({"size": 10_000, "query": {"match_all": {}}, "track_total_hits": true});
        self.search(index, &everything).await
    }

    /// The hits of a query.
    ///
    /// # Errors
    /// There is no such stream, or the query is wrong.
    pub async fn search(&self, index: &str, query: &Value) -> Result<Vec<Value>> {
        let mut answer = self.admin.post(&format!("/{index}/_search"), query).await?.ok()?.json()?;
        let hits = answer["hits"]["hits"].take();
        Ok(hits.as_array().context("the answer has no hits")?.clone())
    }

    /// Sends bulk lines.
    ///
    /// # Errors
    /// No answer came.
    pub async fn bulk(http: &Http, lines: &str) -> Result<Answer> {
        http.send(reqwest::Method::POST, "/_bulk", "application/x-ndjson", lines.to_owned()).await
    }

    /// What the node wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// The node's command line; further settings may follow.
fn command(server: &tools::OpenSearch, base: &Path, port: u16) -> Command {
    let mut java = Command::new(server.java.program());
    java.args(["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
    java.arg("-cp").arg(&server.class_path).arg(tools::OpenSearch::launcher()).arg(base);
    java.arg(if server.security_config.is_some() && is_secured(base) { SECURITY_PLUGIN } else { "" });
    java.args(["discovery.type=single-node", "network.host=127.0.0.1"]);
    java.args(["cluster.routing.allocation.disk.threshold_enabled=false"]);
    java.arg(format!("http.port={port}")).arg(format!("transport.port={}", free_port()));
    java
}

/// Whether there is something for the security plugin to read.
fn is_secured(base: &Path) -> bool {
    base.join("node_1/config/opensearch-security").is_dir()
}

fn security_settings() -> Vec<String> {
    let mut settings = vec![
        "plugins.security.ssl.http.enabled=true".to_owned(),
        "plugins.security.ssl.transport.enforce_hostname_verification=false".to_owned(),
        "plugins.security.allow_default_init_securityindex=true".to_owned(),
        "plugins.security.nodes_dn[]=CN=node".to_owned(),
        "plugins.security.authcz.admin_dn[]=CN=nobody".to_owned(),
        "plugins.security.restapi.roles_enabled[]=all_access".to_owned(),
    ];
    for layer in ["transport", "http"] {
        for (file, name) in [("pemcert", "node.pem"), ("pemkey", "node.key"), ("pemtrustedcas", "ca.pem")] {
            settings.push(format!("plugins.security.ssl.{layer}.{file}_filepath={name}"));
        }
    }
    settings
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
