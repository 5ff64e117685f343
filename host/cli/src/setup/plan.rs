//! The requests of a setup: made of the embedded templates, without a cluster.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::request::{Request, digest};
use super::retention;

const TEMPLATE: &str = include_str!("../../setup/index-template.json");
const MAPPINGS: &str = include_str!("../../setup/mappings.json");
const SETTINGS: &str = include_str!("../../setup/settings.json");
const ROLE: &str = include_str!("../../setup/writer-role.json");

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    /// Data stream or index.
    pub(super) index: String,
    /// Whether it is an index.
    pub(super) plain: bool,
    /// Whether it is a collection of OpenSearch Serverless: one template, without components.
    pub(super) serverless: bool,
    pub(super) shards: Option<u32>,
    pub(super) replicas: Option<u32>,
    pub(super) retention_days: Option<u32>,
    pub(super) writer_role: Option<String>,
    pub(super) writers: Vec<String>,
}

/// Everything that may have to be sent.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) index: String,
    plain: bool,
    /// Component templates of ours, and the index template that puts them together: each has its digest in `_meta`.
    pub(super) templates: Vec<Request>,
    /// A component template for the cluster's own people. It is made empty, and never touched again.
    pub(super) custom: Option<Request>,
    /// Rollover and deletion, where the cluster can do that. A plain index has none.
    pub(super) retention: Option<Request>,
    /// For a stream or index that is not there yet.
    pub(super) creation: Request,
    /// For one that is.
    pub(super) mapping: Request,
    pub(super) role: Option<Request>,
    /// Who has the role.
    pub(super) role_mapping: Option<Request>,
}

impl Plan {
    /// Fills the templates in.
    pub(super) fn new(target: &Target) -> Result<Self> {
        let index = &target.index;
        check_name(index)?;
        let mapping = serde_json::from_str::<Value>(MAPPINGS)?["template"]["mappings"].clone();
        let creation = if target.plain { format!("/{index}") } else { format!("/_data_stream/{index}") };
        let role = target.writer_role.as_deref().map(|name| role(name, index)).transpose()?;
        Ok(Self {
            index: index.clone(),
            plain: target.plain,
            templates: templates(target)?,
            custom: (!target.serverless).then(|| custom(index)),
            retention: (!target.plain).then(|| retention::policy(index, target.retention_days)).transpose()?,
            creation: Request { path: creation, body: json!({}) },
            mapping: Request { path: format!("/{index}/_mapping"), body: mapping },
            role_mapping: role.as_ref().filter(|_| !target.writers.is_empty()).map(|role| Request {
                path: role.path.replace("/roles/", "/rolesmapping/"),
                body: json!({ "backend_roles": target.writers }),
            }),
            role,
        })
    }

    /// What an empty cluster is sent, in order.
    pub(super) fn requests(&self) -> Vec<&Request> {
        let (parts, whole) = self.templates.split_at(self.templates.len() - 1);
        let templates = parts.iter().chain(&self.custom).chain(whole);
        let rest = self.retention.iter().chain([&self.creation]).chain(&self.role).chain(&self.role_mapping);
        templates.chain(rest).collect()
    }

    /// What puts a stream that was there before under the policy: for indices that have none, and for those that have an
    /// older version of it.
    pub(super) fn placings(&self) -> Vec<(String, Value)> {
        let calls = ["add", "change_policy"].iter().filter(|_| self.retention.is_some());
        calls.map(|call| retention::placing(call, &self.index, "<indices>")).collect()
    }

    /// Whether it is an index and no stream.
    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }

    /// What it is called to people.
    pub(super) fn noun(&self) -> &'static str {
        if self.plain { "index" } else { "stream" }
    }
}

/// Components, and last the template that is put together of them; or all of it in one.
fn templates(target: &Target) -> Result<Vec<Request>> {
    let index = &target.index;
    let (mappings, settings): (Value, Value) = (serde_json::from_str(MAPPINGS)?, filled_settings(target)?);
    let mut template: Value = serde_json::from_str(TEMPLATE)?;
    template["index_patterns"] = json!([index]);
    if !target.plain {
        template["data_stream"] = json!({});
    }
    let whole = format!("/_index_template/{index}");
    if target.serverless {
        template.as_object_mut().and_then(|template| template.remove("composed_of"));
        let (settings, mappings) = (&settings["template"]["settings"], &mappings["template"]["mappings"]);
        template["template"] = json!({ "settings": settings, "mappings": mappings });
        return Ok(vec![with_digest(whole, template)]);
    }
    template["composed_of"] = json!(["mappings", "settings", "custom"].map(|part| format!("{index}-{part}")));
    let component = |part: &str, body| with_digest(format!("/_component_template/{index}-{part}"), body);
    Ok(vec![component("mappings", mappings), component("settings", settings), with_digest(whole, template)])
}

fn custom(index: &str) -> Request {
    Request { path: format!("/_component_template/{index}-custom"), body: json!({ "template": {} }) }
}

fn filled_settings(target: &Target) -> Result<Value> {
    let mut body: Value = serde_json::from_str(SETTINGS)?;
    let settings = &mut body["template"]["settings"];
    if let Some(shards) = target.shards {
        settings["index.number_of_shards"] = json!(shards);
    }
    if let Some(replicas) = target.replicas {
        settings["index.number_of_replicas"] = json!(replicas);
        settings["index.auto_expand_replicas"] = json!(false);
    }
    Ok(body)
}

fn with_digest(path: String, mut body: Value) -> Request {
    body["_meta"]["digest"] = json!(digest(&body));
    Request { path, body }
}

fn role(name: &str, index: &str) -> Result<Request> {
    check_name(name)?;
    let mut body: Value = serde_json::from_str(ROLE)?;
    body["index_permissions"][0]["index_patterns"] = json!([index]);
    Ok(Request { path: format!("/_plugins/_security/api/roles/{name}"), body })
}

/// Names become paths and patterns, so only what OpenSearch takes as an index name gets through.
fn check_name(name: &str) -> Result<()> {
    let forbidden = |c: char| c.is_uppercase() || c.is_whitespace() || r#"\/*?"<>|,#:%"#.contains(c);
    if name.is_empty() || name.len() > 240 || name.starts_with(['-', '_', '+', '.']) || name.contains(forbidden) {
        bail!(
            "{name:?} is not a valid OpenSearch name: use lower case, none of \\ / * ? \" < > | , # : %, and do not start with - _ + or ."
        );
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use serde_json::json;

    use super::{Plan, Target};

    fn target(index: &str) -> Target {
        Target { index: index.to_owned(), ..Target::default() }
    }

    #[test]
    fn an_empty_cluster_gets_everything_before_what_needs_it() {
        let plan = Plan::new(&target("logs")).unwrap();
        let paths: Vec<_> = plan.requests().iter().map(|request| request.path.clone()).collect();
        assert_eq!(
            paths,
            [
                "/_component_template/logs-mappings",
                "/_component_template/logs-settings",
                "/_component_template/logs-custom",
                "/_index_template/logs",
                "/_plugins/_ism/policies/logs",
                "/_data_stream/logs"
            ]
        );
        let template = &plan.templates[2].body;
        assert_eq!(template["index_patterns"], json!(["logs"]));
        assert_eq!(template["data_stream"], json!({}));
        assert_eq!(template["composed_of"], json!(["logs-mappings", "logs-settings", "logs-custom"]));
        assert!(template["priority"].as_u64().unwrap() > 900, "above the templates that OpenSearch brings");
    }

    #[test]
    fn a_plain_index_has_no_stream_and_is_never_rolled_over() {
        let plan = Plan::new(&Target { plain: true, ..target("logs") }).unwrap();
        assert!(plan.templates[2].body.get("data_stream").is_none());
        assert_eq!(plan.creation.path, "/logs");
        assert!(plan.retention.is_none());
    }

    #[test]
    fn a_collection_gets_one_template() {
        let plan = Plan::new(&Target { plain: true, serverless: true, ..target("logs") }).unwrap();
        let paths: Vec<_> = plan.requests().iter().map(|request| request.path.as_str()).collect();
        assert_eq!(paths, ["/_index_template/logs", "/logs"]);
        let template = &plan.templates[0].body;
        assert!(template.get("composed_of").is_none());
        assert_eq!(template["template"]["mappings"]["properties"]["record"]["type"], "flat_object");
        assert_eq!(template["template"]["settings"]["index.codec"], "best_compression");
    }

    #[test]
    fn the_digest_follows_the_content() {
        let digest = |shards| {
            let plan = Plan::new(&Target { shards, ..target("logs") }).unwrap();
            plan.templates[1].body["_meta"]["digest"].clone()
        };
        assert_eq!(digest(Some(1)), digest(Some(1)));
        assert_ne!(digest(Some(1)), digest(Some(2)));
    }

    #[test]
    fn the_role_is_for_this_index_alone() {
        let writers = vec!["arn:aws:iam::123456789012:role/checkout".to_owned()];
        let plan = Plan::new(&Target { writer_role: Some("writer".to_owned()), writers, ..target("logs") }).unwrap();
        let role = plan.role.unwrap();
        assert_eq!(role.path, "/_plugins/_security/api/roles/writer");
        assert_eq!(role.body["index_permissions"][0]["index_patterns"], json!(["logs"]));
        let mapping = plan.role_mapping.unwrap();
        assert_eq!(mapping.path, "/_plugins/_security/api/rolesmapping/writer");
        assert_eq!(mapping.body, json!({"backend_roles": ["arn:aws:iam::123456789012:role/checkout"]}));
    }

    #[test]
    fn names_that_would_change_the_path_are_refused() {
        for name in ["", "Logs", "a/b", "a*", "_all", "-a", "a b", "a,b", ".", "a%2Fb", "a?b"] {
            assert!(Plan::new(&target(name)).is_err(), "{name}");
        }
    }
}
