//! The requests of a setup: made of the embedded templates, without a cluster.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const TEMPLATE: &str = include_str!("../../setup/index-template.json");
const ROLE: &str = include_str!("../../setup/writer-role.json");

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    /// Data stream or index.
    pub(super) index: String,
    /// Whether it is an index.
    pub(super) plain: bool,
    pub(super) shards: Option<u32>,
    pub(super) replicas: Option<u32>,
    pub(super) writer_role: Option<String>,
}

/// A `PUT`.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) body: Value,
}

/// Everything that may have to be sent.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) index: String,
    plain: bool,
    pub(super) template: Request,
    /// Of the template; it is stored in the template's `_meta`.
    pub(super) digest: String,
    /// For a stream or index that is not there yet.
    pub(super) creation: Request,
    /// For one that is.
    pub(super) mapping: Request,
    pub(super) role: Option<Request>,
}

impl Plan {
    /// Fills the templates in.
    pub(super) fn new(target: &Target) -> Result<Self> {
        let index = &target.index;
        check_name(index)?;
        let mut template: Value = serde_json::from_str(TEMPLATE)?;
        fill(&mut template, target);
        let digest = digest(&template);
        template["_meta"]["digest"] = json!(digest);
        let mapping = template["template"]["mappings"].clone();
        let creation = if target.plain { format!("/{index}") } else { format!("/_data_stream/{index}") };
        Ok(Self {
            index: index.clone(),
            plain: target.plain,
            template: Request { path: format!("/_index_template/{index}"), body: template },
            digest,
            creation: Request { path: creation, body: json!({}) },
            mapping: Request { path: format!("/{index}/_mapping"), body: mapping },
            role: target.writer_role.as_deref().map(|name| role(name, index)).transpose()?,
        })
    }

    /// What an empty cluster is sent, in order.
    pub(super) fn requests(&self) -> Vec<&Request> {
        [&self.template, &self.creation].into_iter().chain(&self.role).collect()
    }

    /// What it is called to people.
    pub(super) fn noun(&self) -> &'static str {
        if self.plain { "index" } else { "stream" }
    }
}

fn fill(template: &mut Value, target: &Target) {
    template["index_patterns"] = json!([target.index]);
    if !target.plain {
        template["data_stream"] = json!({});
    }
    let settings = &mut template["template"]["settings"];
    if let Some(shards) = target.shards {
        settings["index.number_of_shards"] = json!(shards);
    }
    if let Some(replicas) = target.replicas {
        settings["index.number_of_replicas"] = json!(replicas);
        settings["index.auto_expand_replicas"] = json!(false);
    }
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
    if name.is_empty() || name.len() > 255 || name.starts_with(['-', '_', '+', '.']) || name.contains(forbidden) {
        bail!(
            "{name:?} cannot be a name in OpenSearch: lower case, none of \\ / * ? \" < > | , # : %, and no - _ + . in front"
        );
    }
    Ok(())
}

fn digest(template: &Value) -> String {
    let bytes = Sha256::digest(template.to_string());
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
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
    fn an_empty_cluster_gets_the_template_before_the_stream() {
        let plan = Plan::new(&target("logs")).unwrap();
        let paths: Vec<_> = plan.requests().iter().map(|request| request.path.clone()).collect();
        assert_eq!(paths, ["/_index_template/logs", "/_data_stream/logs"]);
        assert_eq!(plan.template.body["index_patterns"], json!(["logs"]));
        assert_eq!(plan.template.body["data_stream"], json!({}));
        assert!(plan.template.body["priority"].as_u64().unwrap() > 900, "above the templates that OpenSearch brings");
    }

    #[test]
    fn a_plain_index_has_no_stream() {
        let plan = Plan::new(&Target { plain: true, ..target("logs") }).unwrap();
        assert!(plan.template.body.get("data_stream").is_none());
        assert_eq!(plan.creation.path, "/logs");
    }

    #[test]
    fn the_digest_follows_the_content() {
        let digest = |shards| Plan::new(&Target { shards, ..target("logs") }).unwrap().digest;
        assert_eq!(digest(Some(1)), digest(Some(1)));
        assert_ne!(digest(Some(1)), digest(Some(2)));
    }

    #[test]
    fn the_role_is_for_this_index_alone() {
        let plan = Plan::new(&Target { writer_role: Some("writer".to_owned()), ..target("logs") }).unwrap();
        let role = plan.role.unwrap();
        assert_eq!(role.path, "/_plugins/_security/api/roles/writer");
        assert_eq!(role.body["index_permissions"][0]["index_patterns"], json!(["logs"]));
    }

    #[test]
    fn names_that_would_change_the_path_are_refused() {
        for name in ["", "Logs", "a/b", "a*", "_all", "-a", "a b", "a,b", ".", "a%2Fb", "a?b"] {
            assert!(Plan::new(&target(name)).is_err(), "{name}");
        }
    }
}
