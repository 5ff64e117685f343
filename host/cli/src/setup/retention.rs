//! How long documents are kept: a policy of OpenSearch's index state management, where the cluster has it.
//!
//! The stream is rolled over by size and age. Nothing is deleted unless somebody says after how many days. The digest of
//! the policy stands in its description, because there is no other place that the plugin leaves alone.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::cluster::{Cluster, Policy};
use super::request::{Request, digest};

const POLICY: &str = include_str!("../../setup/retention-policy.json");

/// The request that makes the policy of a stream.
pub(super) fn policy(index: &str, days: Option<u32>) -> Result<Request> {
    let mut body: Value = serde_json::from_str(POLICY)?;
    let policy = &mut body["policy"];
    policy["ism_template"][0]["index_patterns"] = json!([index]);
    if let Some(days) = days {
        ensure!(days > 0, "--retention-days must be at least 1");
        policy["states"][0]["transitions"] =
            json!([{ "state_name": "deleted", "conditions": { "min_rollover_age": format!("{days}d") } }]);
        let deleted = json!({ "name": "deleted", "actions": [{ "delete": {} }], "transitions": [] });
        policy["states"].as_array_mut().expect("the embedded policy has states").push(deleted);
    }
    let digest = digest(policy);
    let kept = days.map_or("kept forever".to_owned(), |days| format!("deleted {days} days after a rollover"));
    policy["description"] = json!(format!("Rolled over by size and age, {kept}. telesieve setup {digest}"));
    Ok(Request { path: format!("/_plugins/_ism/policies/{index}"), body })
}

/// Where the plugin says which index of a stream has which policy, and which version of it.
pub(super) fn explain_path(index: &str) -> String {
    format!("/_plugins/_ism/explain/{index}?show_policy=true")
}

/// What puts indices (names with commas, or the stream) under the policy: `add` is for those that have none,
/// `change_policy` for those that have an older version.
pub(super) fn placing(call: &str, policy: &str, indices: &str) -> (String, Value) {
    (format!("/_plugins/_ism/{call}/{indices}"), json!({ "policy_id": policy }))
}

/// Makes the policy or brings it up to date, and puts a stream that was there before under it as it is now: what is
/// managed already goes on by the version that it began with. That is looked up on every run, because an earlier one may have
/// ended between the two. Says what it did.
pub(super) async fn apply(cluster: &Cluster, policy: &Request, index: &str, existed: bool) -> Result<String> {
    let description = &policy.body["policy"]["description"];
    let outcome = match cluster.policy(&policy.path).await? {
        Policy::Unsupported => return Ok("skipped: the cluster has no index state management".to_owned()),
        Policy::There { description: there, .. } if there == *description => "unchanged",
        Policy::There { version, .. } => {
            let path = format!("{}?{version}", policy.path);
            cluster.send(&Request { path, body: policy.body.clone() }).await?;
            "updated"
        }
        Policy::Missing => {
            cluster.send(policy).await?;
            "created"
        }
    };
    if !existed {
        return Ok(outcome.to_owned());
    }
    let explained = cluster.get(&explain_path(index)).await?.unwrap_or_default();
    Ok(format!("{outcome}{}", put_under(cluster, index, &Standing::of(&explained, index, description)).await?))
}

/// Which of a stream's indices are not under the policy as it is now.
#[derive(Debug, Default, PartialEq)]
struct Standing {
    without: Vec<String>,
    older: Vec<String>,
    /// Index and policy, where somebody decided otherwise.
    others: Vec<(String, String)>,
}

impl Standing {
    /// Reads what the plugin explains. The number of a version is no help: it is missing until an index is looked at for
    /// the first time, and made up where the policy came by a template. The description is that of the version.
    fn of(explained: &Value, policy: &str, description: &Value) -> Self {
        let mut standing = Self::default();
        for (name, index) in explained.as_object().into_iter().flatten().filter(|(_, index)| index.is_object()) {
            let managed = index["index.plugins.index_state_management.policy_id"].as_str();
            match managed.or_else(|| index["policy_id"].as_str()) {
                None => standing.without.push(name.clone()),
                Some(other) if other != policy => standing.others.push((name.clone(), other.to_owned())),
                // One that nobody has looked at yet begins with what is there then.
                Some(_) if index["policy"].is_null() || index["policy"]["description"] == *description => {}
                Some(_) => standing.older.push(name.clone()),
            }
        }
        standing
    }
}

/// Names in one request: a path of 4,096 bytes is the longest that a cluster reads.
const AT_ONCE: usize = 12;

/// Puts indices under the policy. What comes of it is added to what is said.
async fn put_under(cluster: &Cluster, policy: &str, standing: &Standing) -> Result<String> {
    let mut said = String::new();
    for (call, names, what) in
        [("add", &standing.without, "attached to it"), ("change_policy", &standing.older, "switched to it")]
    {
        let (mut placed, mut failures) = (0, String::new());
        for some in names.chunks(AT_ONCE) {
            let (path, body) = placing(call, policy, &some.join(","));
            let answer = cluster.post(&path, &body).await?;
            placed += answer["updated_indices"].as_u64().unwrap_or_default();
            failures += &left_out(&answer);
        }
        if !names.is_empty() {
            said += &format!("; {placed} {} {what}{failures}", if placed == 1 { "index" } else { "indices" });
        }
    }
    if let Some((name, other)) = standing.others.first() {
        said += &format!("; not changed: {} with other policies, such as {name} with {other}", standing.others.len());
    }
    Ok(said)
}

/// Indices that the policy was not given to, and the cluster's reason for the first.
fn left_out(answer: &Value) -> String {
    match answer["failed_indices"].as_array().map(Vec::as_slice) {
        Some([first, rest @ ..]) => {
            let named = |member: &str| first[member].as_str().unwrap_or("?").to_owned();
            let others = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            format!("; but {} keeps its policy: {}{others}", named("index_name"), named("reason"))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_deleted_unless_somebody_says_so() {
        let policy = policy("logs", None).unwrap().body;
        assert!(!policy.to_string().contains("delete\""), "{policy}");
        assert_eq!(policy["policy"]["ism_template"][0]["index_patterns"], json!(["logs"]));
    }

    #[test]
    fn what_is_old_enough_is_deleted() {
        let policy = policy("logs", Some(30)).unwrap().body;
        let states = policy["policy"]["states"].as_array().unwrap();
        assert_eq!(states[0]["transitions"][0]["conditions"], json!({"min_rollover_age": "30d"}));
        assert_eq!(states[0]["transitions"][0]["state_name"], states[1]["name"]);
        assert_eq!(states[1]["actions"], json!([{"delete": {}}]));
    }

    #[test]
    fn what_is_not_put_under_the_policy_is_named() {
        assert_eq!(left_out(&json!({ "updated_indices": 2, "failures": false, "failed_indices": [] })), "");
        let failed = |name: &str| json!({ "index_name": name, "index_uuid": "u", "reason": "already has a policy" });
        let answer = json!({ "failures": true, "failed_indices": [failed("a"), failed("b")] });
        assert_eq!(left_out(&answer), "; but a keeps its policy: already has a policy, and 1 more");
    }

    #[test]
    fn only_what_is_not_under_this_version_is_touched() {
        let managed = |policy: &str, description: &str| {
            let key = "index.plugins.index_state_management.policy_id";
            json!({ key: policy, "policy_id": policy, "policy_seq_no": -2, "policy": { "description": description } })
        };
        let explained = json!({
            "current": managed("logs", "new"),
            "not looked at yet": { "policy_id": "logs", "enabled": true },
            "old": managed("logs", "before"),
            "never": { "index.plugins.index_state_management.policy_id": null, "enabled": null },
            "foreign": managed("hot-warm", "before"),
            "total_managed_indices": 4,
        });
        let standing = Standing::of(&explained, "logs", &json!("new"));
        assert_eq!(standing.without, ["never"]);
        assert_eq!(standing.older, ["old"]);
        assert_eq!(standing.others, [("foreign".to_owned(), "hot-warm".to_owned())]);
        assert_eq!(Standing::of(&Value::Null, "logs", &json!("new")), Standing::default());
    }

    #[test]
    fn other_days_are_another_policy() {
        let description = |days| policy("logs", days).unwrap().body["policy"]["description"].clone();
        assert_eq!(description(Some(30)), description(Some(30)));
        assert_ne!(description(Some(30)), description(Some(31)));
        assert!(policy("logs", Some(0)).is_err());
    }
}
