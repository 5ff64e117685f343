//! `telesieve setup --print-policy`: what the extension has to be allowed, and nothing beyond it.
//!
//! One JSON document: the policy of the function's IAM role, and the role of the cluster with its mapping (or, for a
//! collection of OpenSearch Serverless, its data access policy). Made of the configuration alone; nothing is sent.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use telesieve_config::{AwsService, Config, Credential, OpenSearch, Reference, Store};

use super::request::Request;

/// What the configuration cannot know.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// AWS account; `None`: any.
    pub(super) account: Option<String>,
    /// The function's region; `None`: that of the cluster, else any.
    pub(super) region: Option<String>,
    /// Name of the domain or the collection, where the host name does not hold it.
    pub(super) domain: Option<String>,
    /// ARN of the function's role.
    pub(super) role_arn: Option<String>,
    /// ARN of the key that secrets are encrypted with, if it is not AWS's own.
    pub(super) kms_key: Option<String>,
}

/// The document. `role` is the request that makes the cluster's role.
pub(super) fn document(config: &Config, facts: &Facts, role: Option<&Request>) -> Result<Value> {
    let mut document = Map::new();
    let statements = statements(config, facts)?;
    if !statements.is_empty() {
        document.insert("iam_policy".to_owned(), json!({ "Version": "2012-10-17", "Statement": statements }));
    }
    if let Some(sink) = &config.opensearch {
        if sink.sigv4 == Some(AwsService::Aoss) {
            document.insert("aoss_data_access_policy".to_owned(), data_access_policy(sink, facts)?);
        } else if let Some(role) = role {
            document.insert("opensearch_role".to_owned(), put(&role.path, &role.body));
            let mapping = mapping(sink, facts)?;
            document.insert(
                "opensearch_role_mapping".to_owned(),
                put(&role.path.replace("/roles/", "/rolesmapping/"), &mapping),
            );
        }
    }
    Ok(Value::Object(document))
}

fn put(path: &str, body: &Value) -> Value {
    json!({ "path": path, "body": body })
}

fn statements(config: &Config, facts: &Facts) -> Result<Vec<Value>> {
    let mut statements = Vec::new();
    if let Some(sink) = &config.opensearch {
        statements.extend(bulk(sink, facts)?);
    }
    let kept = references(config);
    let mut services = Vec::new();
    for (store, action, service) in [
        (Store::SecretsManager, "secretsmanager:GetSecretValue", "secretsmanager"),
        (Store::ParameterStore, "ssm:GetParameter", "ssm"),
    ] {
        let resources: Vec<String> =
            kept.iter().filter(|kept| kept.store == store).map(|kept| resource(kept, config, facts)).collect();
        if !resources.is_empty() {
            let regions: BTreeSet<&str> = resources.iter().filter_map(|arn| arn.split(':').nth(3)).collect();
            services.extend(regions.into_iter().map(|region| format!("{service}.{region}.amazonaws.com")));
            statements.push(allow(action, &json!(resources)));
        }
    }
    if let Some(key) = facts.kms_key.as_ref().filter(|_| !kept.is_empty()) {
        let mut statement = allow("kms:Decrypt", &json!(key));
        statement["Condition"] = json!({ "StringLike": { "kms:ViaService": services } });
        statements.push(statement);
    }
    Ok(statements)
}

fn allow(action: &str, resource: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

/// Every secret that the configuration names, once.
fn references(config: &Config) -> BTreeSet<Reference> {
    let opensearch = config.opensearch.iter().filter(|sink| sink.sigv4.is_none());
    let credentials = opensearch.flat_map(|sink| [&sink.username, &sink.password, &sink.api_key]);
    let gateway = config.pushgateway.iter().flat_map(|sink| [&sink.username, &sink.password]);
    let kept =
        credentials.chain(gateway).flatten().chain(config.keys.values()).filter_map(|credential| match credential {
            Credential::Kept(reference) => Some(reference.whole()),
            Credential::Text(_) => None,
        });
    kept.collect()
}

/// The ARN of a secret. The six characters that Secrets Manager puts behind a name cannot be known.
fn resource(kept: &Reference, config: &Config, facts: &Facts) -> String {
    if kept.region.is_some() {
        return kept.id.clone();
    }
    let region = facts.region.as_deref().or_else(|| region_of(config.opensearch.as_ref()?)).unwrap_or("*");
    let start = |service| format!("arn:{}:{service}:{region}:{}", partition(region), account(facts));
    match kept.store {
        Store::SecretsManager => format!("{}:secret:{}-??????", start("secretsmanager"), kept.id),
        Store::ParameterStore => {
            // A version or label behind the name is no part of it.
            let name = kept.id.split(':').next().unwrap_or_default();
            format!("{}:parameter/{}", start("ssm"), name.trim_start_matches('/'))
        }
    }
}

/// Posting bulk requests to the cluster, where IAM decides about it.
fn bulk(sink: &OpenSearch, facts: &Facts) -> Result<Option<Value>> {
    let Some(service) = sink.sigv4 else { return Ok(None) };
    let region = region_of(sink).or(facts.region.as_deref()).context("unknown region: pass --region")?;
    let start = format!("arn:{}:{}:{region}:{}", partition(region), service.as_str(), account(facts));
    let (host, path) = host_and_path(sink);
    Ok(Some(match service {
        AwsService::Es => {
            let domain = facts.domain.as_deref().or_else(|| domain_of(host));
            let domain =
                domain.with_context(|| format!("the domain's name cannot be derived from {host}: pass --domain"))?;
            allow("es:ESHttpPost", &json!(format!("{start}:domain/{domain}{path}/_bulk")))
        }
        AwsService::Aoss => {
            let id = host.strip_suffix(".aoss.amazonaws.com").and_then(|name| name.split('.').next());
            allow("aoss:APIAccessAll", &json!(format!("{start}:collection/{}", id.unwrap_or("*"))))
        }
    }))
}

fn data_access_policy(sink: &OpenSearch, facts: &Facts) -> Result<Value> {
    let collection = facts.domain.as_deref().context("the policy needs the name of the collection: pass --domain")?;
    let role = facts.role_arn.as_deref().context("the policy needs the function's role: pass --role-arn")?;
    let resource = format!("index/{collection}/{}", sink.index);
    Ok(json!([{
        "Rules": [{ "ResourceType": "index", "Resource": [resource], "Permission": ["aoss:WriteDocument"] }],
        "Principal": [role],
    }]))
}

/// Who has the cluster's role: the IAM role, or the user that the extension says it is.
fn mapping(sink: &OpenSearch, facts: &Facts) -> Result<Value> {
    if sink.sigv4.is_some() {
        let role = facts.role_arn.as_deref().context("the mapping needs the function's role: pass --role-arn")?;
        return Ok(json!({ "backend_roles": [role] }));
    }
    Ok(match &sink.username {
        Some(Credential::Text(name)) => json!({ "users": [name.expose()] }),
        Some(Credential::Kept(reference)) => json!({ "users": [format!("<the user name in {reference}>")] }),
        None => json!({ "users": [] }),
    })
}

fn account(facts: &Facts) -> &str {
    facts.account.as_deref().unwrap_or("*")
}

fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn host_and_path(sink: &OpenSearch) -> (&str, &str) {
    let rest = sink.url.split_once("://").map_or(sink.url.as_str(), |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (authority.split(':').next().unwrap_or_default(), path)
}

fn region_of(sink: &OpenSearch) -> Option<&str> {
    let (host, _) = host_and_path(sink);
    sink.region.as_deref().or_else(|| telesieve_aws::region_of(host))
}

/// `logs` of `search-logs-abcdef.eu-central-1.es.amazonaws.com`.
fn domain_of(host: &str) -> Option<&str> {
    let name = host.strip_prefix("search-").or_else(|| host.strip_prefix("vpc-"))?;
    telesieve_aws::region_of(host)?;
    name.split('.').next()?.rsplit_once('-').map(|(domain, _)| domain)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::setup::plan::{Plan, Target};

    fn config(variables: &[(&str, &str)]) -> Config {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| (format!("TELESIEVE_{name}"), (*value).to_owned())).collect();
        let loaded = telesieve_config::load_file(Path::new("/nowhere"), false, &variables);
        assert_eq!(loaded.errors, []);
        loaded.config
    }

    fn facts() -> Facts {
        Facts {
            account: Some("123456789012".to_owned()),
            role_arn: Some("arn:aws:iam::123456789012:role/orders".to_owned()),
            ..Facts::default()
        }
    }

    fn printed(variables: &[(&str, &str)], facts: &Facts) -> Result<Value> {
        let target = Target { index: "logs".to_owned(), writer_role: Some("writer".to_owned()), ..Target::default() };
        document(&config(variables), facts, Plan::new(&target).unwrap().role.as_ref())
    }

    #[test]
    fn a_managed_domain_gets_posts_of_bulks_and_a_role_for_the_function() {
        let url = "https://search-logs-abc.eu-central-1.es.amazonaws.com/prefix/";
        let document = printed(&[("OPENSEARCH_URL", url), ("OPENSEARCH_SIGV4", "es")], &facts()).unwrap();
        assert_eq!(
            document["iam_policy"]["Statement"],
            json!([{
                "Effect": "Allow",
                "Action": "es:ESHttpPost",
                "Resource": "arn:aws:es:eu-central-1:123456789012:domain/logs/prefix/_bulk",
            }])
        );
        assert_eq!(document["opensearch_role"]["path"], "/_plugins/_security/api/roles/writer");
        assert_eq!(
            document["opensearch_role_mapping"],
            json!({
                "path": "/_plugins/_security/api/rolesmapping/writer",
                "body": { "backend_roles": ["arn:aws:iam::123456789012:role/orders"] },
            })
        );
    }

    #[test]
    fn a_collection_has_a_policy_of_its_own() {
        let variables = [("OPENSEARCH_URL", "https://x1y2.us-east-1.aoss.amazonaws.com"), ("OPENSEARCH_SIGV4", "aoss")];
        assert!(printed(&variables, &facts()).unwrap_err().to_string().contains("--domain"));
        let facts = Facts { domain: Some("telemetry".to_owned()), ..facts() };
        let document = printed(&variables, &facts).unwrap();
        let statement = &document["iam_policy"]["Statement"][0];
        assert_eq!(statement["Action"], "aoss:APIAccessAll");
        assert_eq!(statement["Resource"], "arn:aws:aoss:us-east-1:123456789012:collection/x1y2");
        let rule = &document["aoss_data_access_policy"][0]["Rules"][0];
        assert_eq!(
            (&rule["Resource"], &rule["Permission"]),
            (&json!(["index/telemetry/telesieve-logs"]), &json!(["aoss:WriteDocument"]))
        );
        assert!(document.get("opensearch_role").is_none());
    }

    #[test]
    fn each_secret_is_named_once() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-AbCdEf";
        let kept = format!("{arn}#password");
        let variables = [
            ("OPENSEARCH_URL", "https://search.example.com:9200"),
            ("OPENSEARCH_USERNAME", "secretsmanager:prod/os#username"),
            ("OPENSEARCH_PASSWORD", "secretsmanager:prod/os#password"),
            ("PUSHGATEWAY_URL", "https://gateway.example.com"),
            ("PUSHGATEWAY_USERNAME", "ssm:/prod/gateway/user:3"),
            ("PUSHGATEWAY_PASSWORD", kept.as_str()),
            ("KEYS_CUSTOMER", "ssm:/prod/keys/customer"),
            ("KEYS_ORDER", "secretsmanager:prod/os#order"),
            ("KEYS_HERE", "known"),
        ];
        let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
        let facts = Facts { region: Some("cn-north-1".to_owned()), kms_key: Some(key.to_owned()), ..Facts::default() };
        let document = printed(&variables, &facts).unwrap();
        assert_eq!(
            document["iam_policy"]["Statement"],
            json!([
                {
                    "Effect": "Allow",
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": [arn, "arn:aws-cn:secretsmanager:cn-north-1:*:secret:prod/os-??????"],
                },
                {
                    "Effect": "Allow",
                    "Action": "ssm:GetParameter",
                    "Resource": [
                        "arn:aws-cn:ssm:cn-north-1:*:parameter/prod/gateway/user",
                        "arn:aws-cn:ssm:cn-north-1:*:parameter/prod/keys/customer",
                    ],
                },
                {
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": key,
                    "Condition": { "StringLike": { "kms:ViaService": [
                        "secretsmanager.cn-north-1.amazonaws.com",
                        "secretsmanager.eu-west-1.amazonaws.com",
                        "ssm.cn-north-1.amazonaws.com",
                    ] } },
                },
            ])
        );
        assert_eq!(
            document["opensearch_role_mapping"]["body"],
            json!({ "users": ["<the user name in secretsmanager:prod/os#username>"] })
        );
    }

    #[test]
    fn plain_credentials_need_no_policy_and_are_not_printed() {
        let variables = [
            ("OPENSEARCH_URL", "https://search.example.com"),
            ("OPENSEARCH_USERNAME", "writer"),
            ("OPENSEARCH_PASSWORD", "hunter2"),
        ];
        let document = printed(&variables, &Facts::default()).unwrap();
        assert!(document.get("iam_policy").is_none());
        assert_eq!(document["opensearch_role_mapping"]["body"], json!({ "users": ["writer"] }));
        assert!(!document.to_string().contains("hunter2"));
    }
}
