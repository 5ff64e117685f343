//! `telesieve setup`: what a cluster needs before the extension can write to it.
//!
//! Component templates with a fixed mapping and the index template over them, a retention policy where the cluster knows
//! them, the data stream (or index) itself and, if asked for, a role that may do nothing but create documents, and
//! dashboards. Running it again changes nothing, or brings an older setup up to date. The extension never does any of
//! this: a function's role should not be able to.

mod apply;
mod cluster;
mod dashboards;
mod plan;
mod policy;
mod request;
mod retention;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use telesieve_config::{
    AwsService, Config, ConfigError, Environment as _, Loaded, OpenSearch, Place, ProcessEnvironment, load, load_file,
};

use crate::out;
use cluster::Cluster;
use plan::{Plan, Target};
use policy::Facts;

/// Prepare a cluster: templates, retention, data stream and, on request, the extension's role and dashboards.
///
/// URL and credentials are those of the extension: `[opensearch]` in telesieve.toml, or TELESIEVE_OPENSEARCH_URL,
/// _USERNAME, _PASSWORD, _API_KEY. Setup needs more permissions than the extension. If requests must be signed, the keys are
/// those of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
#[derive(Clone, Debug, clap::Args)]
pub struct SetupArgs {
    /// The configuration file. Default: the telesieve.toml in this folder, else $TELESIEVE_CONFIG, else only the
    /// environment.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// URL of the cluster, instead of the configured one.
    #[arg(long)]
    url: Option<String>,
    /// Data stream or index, instead of the configured one.
    #[arg(long)]
    index: Option<String>,
    /// User, instead of the configured one or a signature; the password is TELESIEVE_OPENSEARCH_PASSWORD.
    #[arg(long)]
    username: Option<String>,
    /// PEM file of the certificate authority to trust, instead of the configured one.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Create a plain index instead of a data stream.
    #[arg(long)]
    plain_index: bool,
    /// Primary shards. Default: the cluster's.
    #[arg(long)]
    shards: Option<u32>,
    /// Replicas. Default: one if the cluster has a second node.
    #[arg(long)]
    replicas: Option<u32>,
    /// Delete indices this many days after their rollover. Default: never. Needs index state management.
    #[arg(long, value_name = "DAYS", conflicts_with = "plain_index")]
    retention_days: Option<u32>,
    /// Also create this role, which may only create documents. Needs the security plugin.
    #[arg(long, value_name = "NAME")]
    writer_role: Option<String>,
    /// Map the role to this backend role, such as the ARN of a function's IAM role; may be repeated. Existing mappings
    /// are kept.
    #[arg(long, value_name = "NAME", requires = "writer_role")]
    writer: Vec<String>,
    /// Import dashboards into OpenSearch Dashboards at this URL, replacing those of an earlier setup.
    #[arg(long, value_name = "URL")]
    dashboards_url: Option<String>,
    /// Print the dashboards, for Dashboards Management > Saved objects > Import, without sending anything.
    #[arg(long, conflicts_with_all = ["dry_run", "print_policy", "dashboards_url"])]
    print_dashboards: bool,
    /// Print the requests instead of sending them: those for an empty cluster, and those that attach the policy to
    /// existing indices.
    #[arg(long)]
    dry_run: bool,
    /// Print the permissions that the extension needs, as JSON, without sending anything: the policy of the function's
    /// IAM role, and the cluster's role with its mapping.
    #[arg(long, conflicts_with = "dry_run")]
    print_policy: bool,
    /// For the policy: the AWS account. Default: any.
    #[arg(long, value_name = "NUMBER", requires = "print_policy")]
    account: Option<String>,
    /// For the policy: the function's region. Default: $AWS_REGION, else that of the cluster's host name.
    #[arg(long, requires = "print_policy")]
    region: Option<String>,
    /// For the policy: the name of the domain or the collection, if the host name does not contain it.
    #[arg(long, value_name = "NAME", requires = "print_policy")]
    domain: Option<String>,
    /// For the policy: the function's role, to which the cluster's role is mapped if requests are signed.
    #[arg(long, value_name = "ARN", requires = "print_policy")]
    role_arn: Option<String>,
    /// For the policy: the KMS key that encrypts the secrets, if it is not an AWS managed key.
    #[arg(long, value_name = "ARN", requires = "print_policy")]
    kms_key: Option<String>,
}

/// The configuration of a folder.
const CONFIG: &str = "telesieve.toml";

/// Name of the cluster's role, unless another one is given.
const WRITER_ROLE: &str = "telesieve-writer";

/// Prepares the cluster, or prints what it would send.
///
/// # Errors
/// The configuration names no cluster, the cluster cannot be used, or it refuses a request.
pub async fn run(args: SetupArgs) -> Result<()> {
    if args.print_policy {
        return print_policy(&args);
    }
    let mut config = configured(&args)?.opensearch.context(UNSET)?;
    if args.username.is_some() {
        config.sigv4 = None;
    }
    let plan = Plan::new(&target(&args, &config))?;
    if args.print_dashboards {
        say(dashboards::saved_objects(&plan.index).trim_end());
        return Ok(());
    }
    if args.dry_run {
        plan.requests().into_iter().for_each(|request| show("PUT", &request.path, &request.body));
        if plan.retention.is_some() {
            let asked = retention::explain_path(&plan.index);
            say(&format!(
                "GET {asked}\n\nwhere the stream is there already; then for indices without a policy, and with an older version of it:\n"
            ));
            plan.placings().iter().for_each(|(path, body)| show("POST", path, body));
        }
        if let Some(url) = &args.dashboards_url {
            say(&format!("POST {}\n{}", dashboards::address(url), dashboards::saved_objects(&plan.index)));
        }
        return Ok(());
    }
    let cluster = Cluster::connect(&config)?;
    apply::all(&cluster, &plan).await?;
    if let Some(url) = &args.dashboards_url {
        apply::report("dashboards", url, &dashboards::import(&config, url, &plan.index).await?);
    }
    say(&format!("\n{} is ready: configure the extension with {} and the index {0:?}.", config.index, config.url));
    Ok(())
}

fn target(args: &SetupArgs, config: &OpenSearch) -> Target {
    Target {
        index: config.index.clone(),
        plain: args.plain_index,
        serverless: config.sigv4 == Some(AwsService::Aoss),
        shards: args.shards,
        replicas: args.replicas,
        retention_days: args.retention_days,
        writer_role: args.writer_role.clone(),
        writers: args.writer.clone(),
    }
}

fn print_policy(args: &SetupArgs) -> Result<()> {
    let config = configured(args)?;
    let index = config.opensearch.as_ref().map_or("telesieve-logs", |sink| sink.index.as_str()).to_owned();
    let writer_role = Some(args.writer_role.clone().unwrap_or_else(|| WRITER_ROLE.to_owned()));
    let plan = Plan::new(&Target { index, writer_role, ..Target::default() })?;
    let facts = Facts {
        account: args.account.clone(),
        region: args.region.clone().or_else(|| std::env::var("AWS_REGION").ok()),
        domain: args.domain.clone(),
        role_arn: args.role_arn.clone(),
        kms_key: args.kms_key.clone(),
    };
    let document = policy::document(&config, &facts, plan.role.as_ref())?;
    say(&serde_json::to_string_pretty(&document)?);
    Ok(())
}

/// The configuration, with what the command line says over the environment.
fn configured(args: &SetupArgs) -> Result<Config> {
    let variables =
        ProcessEnvironment.names().into_iter().filter_map(|name| Some((ProcessEnvironment.get(&name)?, name)));
    let mut environment: BTreeMap<String, String> = variables.map(|(value, name)| (name, value)).collect();
    let ca_file = args.ca_file.as_ref().map(|file| file.display().to_string());
    let flags = [("URL", &args.url), ("INDEX", &args.index), ("USERNAME", &args.username), ("CA_FILE", &ca_file)];
    for (key, value) in flags {
        environment.extend(value.clone().map(|value| (format!("TELESIEVE_OPENSEARCH_{key}"), value)));
    }
    let mut loaded = loaded(args, &environment);
    if loaded.errors.is_empty() && loaded.config.opensearch.is_none() && (args.dry_run || args.print_dashboards) {
        // Nothing is sent, but without a URL there is no section.
        environment.insert("TELESIEVE_OPENSEARCH_URL".to_owned(), "http://localhost:9200".to_owned());
        loaded = self::loaded(args, &environment);
    }
    // Errors in other sections do not concern this command.
    let ours: Vec<String> = loaded.errors.iter().filter(|error| is_ours(error)).map(ToString::to_string).collect();
    if !ours.is_empty() {
        bail!("invalid configuration:\n{}", ours.join("\n"));
    }
    Ok(loaded.config)
}

/// The file that was named, else the one of this folder, else the one that the extension would read.
fn loaded(args: &SetupArgs, environment: &BTreeMap<String, String>) -> Loaded {
    let here = Path::new(CONFIG);
    match &args.config {
        Some(file) => load_file(file, true, environment),
        None if here.is_file() => load_file(here, true, environment),
        None => load(environment),
    }
}

const UNSET: &str = "no cluster is configured: pass --url, set TELESIEVE_OPENSEARCH_URL, or name a file with --config";

/// Whether an error is about the cluster, or about the file as a whole.
fn is_ours(error: &ConfigError) -> bool {
    match &error.place {
        Place::Variable(name) => name.starts_with("TELESIEVE_OPENSEARCH_"),
        Place::File { .. } => error.key.is_empty() || error.key.starts_with("opensearch"),
    }
}

fn show(method: &str, path: &str, body: &Value) {
    let body = serde_json::to_string_pretty(body).unwrap_or_default();
    say(&format!("{method} {path}\n{body}\n"));
}

fn say(text: &str) {
    out::line(text);
}
