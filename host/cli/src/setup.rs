//! `telesieve setup`: what a cluster needs before the extension can write to it.
//!
//! An index template with a fixed mapping, the data stream (or index) itself and, if asked for, a role that may do
//! nothing but create documents. Running it again changes nothing, or brings an older setup up to date. The
//! extension never does any of this: a function's role should not be able to.

mod cluster;
mod plan;
mod policy;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use telesieve_config::{Config, Environment as _, Mistake, Place, ProcessEnvironment, load, load_file};

use cluster::Cluster;
use plan::{Plan, Request, Target};
use policy::Facts;

/// Make a cluster ready: index template, data stream and, if asked for, the extension's role.
///
/// URL and credentials are those of the extension: `[opensearch]` in telesieve.toml, or TELESIEVE_OPENSEARCH_URL,
/// _USERNAME, _PASSWORD, _API_KEY. They need more rights here than they do there. Where requests are to be signed, the keys
/// are those of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
#[derive(Clone, Debug, clap::Args)]
pub struct SetupArgs {
    /// The configuration file. Default: $TELESIEVE_CONFIG, else the environment alone.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// URL of the cluster, in place of the configured one.
    #[arg(long)]
    url: Option<String>,
    /// Data stream or index, in place of the configured one.
    #[arg(long)]
    index: Option<String>,
    /// User, in place of the configured one or of a signature; the password is taken from TELESIEVE_OPENSEARCH_PASSWORD.
    #[arg(long)]
    username: Option<String>,
    /// PEM file of the certificate authority to trust, in place of the configured one.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Make a plain index instead of a data stream.
    #[arg(long)]
    plain_index: bool,
    /// Primary shards. Default: the cluster's.
    #[arg(long)]
    shards: Option<u32>,
    /// Replicas. Default: one, where there is a second node.
    #[arg(long)]
    replicas: Option<u32>,
    /// Also make this role, which may only create documents. Needs the security plugin.
    #[arg(long, value_name = "NAME")]
    writer_role: Option<String>,
    /// Print the requests for an empty cluster instead of sending them.
    #[arg(long)]
    dry_run: bool,
    /// Print what the extension has to be allowed, as JSON, and send nothing: the policy of the function's IAM role, and
    /// the cluster's role with its mapping.
    #[arg(long, conflicts_with = "dry_run")]
    print_policy: bool,
    /// For the policy: the AWS account. Default: any.
    #[arg(long, value_name = "NUMBER", requires = "print_policy")]
    account: Option<String>,
    /// For the policy: the function's region. Default: $AWS_REGION, else that of the cluster's host name.
    #[arg(long, requires = "print_policy")]
    region: Option<String>,
    /// For the policy: the name of the domain or the collection, where the host name does not hold it.
    #[arg(long, value_name = "NAME", requires = "print_policy")]
    domain: Option<String>,
    /// For the policy: the function's role, which the cluster's role is mapped to where requests are signed.
    #[arg(long, value_name = "ARN", requires = "print_policy")]
    role_arn: Option<String>,
    /// For the policy: the key that secrets are encrypted with, if it is not AWS's own.
    #[arg(long, value_name = "ARN", requires = "print_policy")]
    kms_key: Option<String>,
}

/// Name of the cluster's role, unless another one is given.
const WRITER_ROLE: &str = "telesieve-writer";

/// Carries it out.
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
    let plan = Plan::new(&Target {
        index: config.index.clone(),
        plain: args.plain_index,
        shards: args.shards,
        replicas: args.replicas,
        writer_role: args.writer_role.clone(),
    })?;
    if args.dry_run {
        plan.requests().into_iter().for_each(show);
        return Ok(());
    }
    let cluster = Cluster::connect(&config)?;
    apply(&cluster, &plan, &args).await?;
    say(&format!("\n{} is ready: point the extension at {} with the index {0:?}.", config.index, config.url));
    Ok(())
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

async fn apply(cluster: &Cluster, plan: &Plan, args: &SetupArgs) -> Result<()> {
    if cluster.is_serverless() && !args.plain_index {
        bail!("a collection of OpenSearch Serverless has no data streams: add --plain-index");
    }
    say(&format!("cluster    OpenSearch {}", cluster.version().await?));
    let exists = exists(cluster, plan, args.plain_index).await?;
    let before = cluster.template_digest(&plan.template.path).await?;
    cluster.send(&plan.template).await?;
    report("template", &plan.template, changed(before.as_deref(), &plan.digest));
    if exists {
        cluster.send(&plan.mapping).await.with_context(|| contradiction(&plan.index))?;
        report(plan.noun(), &plan.mapping, "was there; its mapping is up to date");
    } else {
        cluster.send(&plan.creation).await?;
        report(plan.noun(), &plan.creation, "created");
    }
    if let Some(role) = &plan.role {
        cluster.send(role).await.context("failed to make the role")?;
        report("role", role, "up to date");
    }
    Ok(())
}

/// Whether the stream or index is there; the other one of that name is a mistake that nothing must be changed for.
async fn exists(cluster: &Cluster, plan: &Plan, plain: bool) -> Result<bool> {
    match cluster.kind(&plan.index).await? {
        None => Ok(false),
        Some(true) if plain => {
            bail!("{} is a data stream: leave out --plain-index, or choose another name", plan.index)
        }
        Some(false) if !plain => bail!("{} is a plain index: add --plain-index, or choose another name", plan.index),
        Some(_) => Ok(true),
    }
}

fn contradiction(index: &str) -> String {
    format!(
        "failed to extend the mapping of {index}; if an older one contradicts it, `POST /{index}/_rollover` starts anew"
    )
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
    if args.dry_run {
        // Nothing is sent, but without a URL there is no section.
        environment.insert("TELESIEVE_OPENSEARCH_URL".to_owned(), "http://localhost:9200".to_owned());
    }
    let loaded = match &args.config {
        Some(file) => load_file(file, true, &environment),
        None => load(&environment),
    };
    // Mistakes in other sections are no business of ours.
    let ours: Vec<String> =
        loaded.mistakes.iter().filter(|mistake| is_ours(mistake)).map(ToString::to_string).collect();
    if !ours.is_empty() {
        bail!("the configuration cannot be used:\n{}", ours.join("\n"));
    }
    Ok(loaded.config)
}

const UNSET: &str = "no cluster is configured: give --url, set TELESIEVE_OPENSEARCH_URL, or name a file with --config";

/// Whether a mistake is about the cluster, or about the file as a whole.
fn is_ours(mistake: &Mistake) -> bool {
    match &mistake.place {
        Place::Variable(name) => name.starts_with("TELESIEVE_OPENSEARCH_"),
        Place::File { .. } => mistake.key.is_empty() || mistake.key.starts_with("opensearch"),
    }
}

fn changed(before: Option<&str>, now: &str) -> &'static str {
    match before {
        None => "created",
        Some(before) if before == now => "unchanged",
        Some(_) => "updated",
    }
}

fn report(noun: &str, request: &Request, outcome: &str) {
    say(&format!("{noun:<10} {:<40} {outcome}", request.path));
}

fn show(request: &Request) {
    let body = serde_json::to_string_pretty(&request.body).unwrap_or_default();
    say(&format!("PUT {}\n{body}\n", request.path));
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn say(text: &str) {
    println!("{text}");
}
