//! How long documents are kept: a policy of OpenSearch's index state management, where the cluster has it.
//!
//! The stream is rolled over by size and age. Nothing is deleted unless somebody says after how many days. The digest of
//! the policy stands in its description, because there is no other place that the plugin leaves alone.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::cluster::{Cluster, Policy};
use super::plan::{Request, digest};

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
    let kept = days.map_or("kept for ever".to_owned(), |days| format!("deleted {days} days after a rollover"));
    policy["description"] = json!(format!("Rolled over by size and age, {kept}. telesieve setup {digest}"));
    Ok(Request { path: format!("/_plugins/_ism/policies/{index}"), body })
}

/// Makes the policy or brings it up to date, and puts a stream that was there before under it as it is now: what is
/// managed already goes on by the version that it began with. Says what it did.
pub(super) async fn apply(cluster: &Cluster, policy: &Request, index: &str, existed: bool) -> Result<String> {
    match cluster.policy(&policy.path).await? {
        Policy::Unsupported => Ok("left out: the cluster has no index state management".to_owned()),
        Policy::There { description, .. } if description == policy.body["policy"]["description"] => {
            Ok("unchanged".to_owned())
        }
        Policy::There { version, .. } => {
            let path = format!("{}?{version}", policy.path);
            cluster.send(&Request { path, body: policy.body.clone() }).await?;
            Ok(format!("updated{}", put_under(cluster, "change_policy", index, existed).await?))
        }
        Policy::Missing => {
            cluster.send(policy).await?;
            Ok(format!("created{}", put_under(cluster, "add", index, existed).await?))
        }
    }
}

/// Puts a stream that was there under the policy of its name. What comes of it is added to what is said.
async fn put_under(cluster: &Cluster, call: &str, index: &str, existed: bool) -> Result<String> {
    if !existed {
        return Ok(String::new());
    }
    let answer = cluster.post(&format!("/_plugins/_ism/{call}/{index}"), &json!({ "policy_id": index })).await?;
    Ok(left_out(&answer))
}

/// Indices that the policy was not given to, and the cluster's reason for the first.
fn left_out(answer: &Value) -> String {
    match answer["failed_indices"].as_array().map(Vec::as_slice) {
        Some([first, rest @ ..]) => {
            let named = |member: &str| first[member].as_str().unwrap_or("?").to_owned();
            let others = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            format!("; but {} keeps what it has: {}{others}", named("index_name"), named("reason"))
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
        assert_eq!(left_out(&answer), "; but a keeps what it has: already has a policy, and 1 more");
    }

    #[test]
    fn other_days_are_another_policy() {
        let description = |days| policy("logs", days).unwrap().body["policy"]["description"].clone();
        assert_eq!(description(Some(30)), description(Some(30)));
        assert_ne!(description(Some(30)), description(Some(31)));
        assert!(policy("logs", Some(0)).is_err());
    }
}
