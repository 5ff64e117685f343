//! Carries a plan out, and says what changed.
//!
//! What is in place already is asked for before anything is sent, so that a second run can tell that there was nothing to
//! do.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::plan::Plan;
use super::request::Request;
use super::{retention, say};

/// Sends what is missing or old.
pub(super) async fn all(cluster: &Cluster, plan: &Plan) -> Result<()> {
    if cluster.is_serverless() && !plan.is_plain() {
        bail!("OpenSearch Serverless collections do not support data streams: add --plain-index");
    }
    say(&format!("cluster    OpenSearch {}", cluster.version().await?));
    let existed = exists(cluster, plan).await?;
    templates(cluster, plan).await?;
    if let Some(policy) = &plan.retention {
        let outcome = retention::apply(cluster, policy, &plan.index, existed).await;
        report("retention", &policy.path, &outcome.context("failed to create the retention policy")?);
    }
    if existed {
        cluster.send(&plan.mapping).await.with_context(|| contradiction(&plan.index))?;
        report(plan.noun(), &plan.mapping.path, "exists; its mapping is up to date");
    } else {
        cluster.send(&plan.creation).await?;
        report(plan.noun(), &plan.creation.path, "created");
    }
    if let Some(request) = &plan.role {
        role(cluster, request).await.context("failed to create the role")?;
    }
    if let Some(request) = &plan.role_mapping {
        role_mapping(cluster, request).await.context("failed to map the role")?;
    }
    Ok(())
}

/// A line about one thing.
pub(super) fn report(noun: &str, what: &str, outcome: &str) {
    say(&format!("{noun:<10} {what:<44} {outcome}"));
}

/// Whether the stream or index is there; the other one of that name is an error, and nothing is changed for it.
async fn exists(cluster: &Cluster, plan: &Plan) -> Result<bool> {
    let plain = plan.is_plain();
    match cluster.kind(&plan.index).await? {
        None => Ok(false),
        Some(true) if plain => {
            bail!("{} is a data stream: remove --plain-index, or choose another name", plan.index)
        }
        Some(false) if !plain => bail!("{} is a plain index: add --plain-index, or choose another name", plan.index),
        Some(_) => Ok(true),
    }
}

/// The component templates, then the index template that needs all of them.
async fn templates(cluster: &Cluster, plan: &Plan) -> Result<()> {
    if let Some(custom) = &plan.custom {
        let there = cluster.get(&custom.path).await?.is_some();
        if !there {
            cluster.send(custom).await?;
        }
        let outcome = if there { "exists, not changed" } else { "created empty, for your own settings and fields" };
        report("template", &custom.path, outcome);
    }
    for template in &plan.templates {
        let before = cluster.template_digest(&template.path).await?;
        let outcome = match before.as_deref() {
            None => "created",
            Some(digest) if template.body["_meta"]["digest"] == digest => "unchanged",
            Some(_) => "updated",
        };
        if outcome != "unchanged" {
            cluster.send(template).await?;
        }
        report("template", &template.path, outcome);
    }
    Ok(())
}

/// The role as it has to be: its own fields, whatever else the plugin says of it.
async fn role(cluster: &Cluster, request: &Request) -> Result<()> {
    let before = cluster.get(&request.path).await?;
    let outcome = match before.as_ref().map(only) {
        None => "created",
        Some(there) if covers(there, &request.body) => "unchanged",
        Some(_) => "updated",
    };
    if outcome != "unchanged" {
        cluster.send(request).await?;
    }
    report("role", &request.path, outcome);
    Ok(())
}

/// Adds who is missing: a mapping is replaced as a whole, and others may be in it.
async fn role_mapping(cluster: &Cluster, request: &Request) -> Result<()> {
    let before = cluster.get(&request.path).await?;
    let mut after = json!({});
    for key in ["backend_roles", "users", "hosts"] {
        after[key] = before.as_ref().map_or(json!([]), |there| only(there)[key].clone());
    }
    let there = after["backend_roles"].as_array_mut().context("the mapping has no list of backend roles")?;
    let wanted = request.body["backend_roles"].as_array().into_iter().flatten();
    let missing: Vec<Value> = wanted.filter(|name| !there.contains(name)).cloned().collect();
    let outcome = if missing.is_empty() { "unchanged" } else { "updated" };
    if !missing.is_empty() {
        there.extend(missing);
        cluster.send(&Request { path: request.path.clone(), body: after }).await?;
    }
    report("writers", &request.path, outcome);
    Ok(())
}

/// The security plugin answers with an object of one name.
fn only(answer: &Value) -> &Value {
    answer.as_object().and_then(|named| named.values().next()).unwrap_or(&Value::Null)
}

/// Whether everything that is wanted is there as it should be.
fn covers(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| there.get(key).is_some_and(|there| covers(there, wanted)))
        }
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len() && there.iter().zip(wanted).all(|(there, wanted)| covers(there, wanted))
        }
        _ => there == wanted,
    }
}

fn contradiction(index: &str) -> String {
    format!(
        "failed to extend the mapping of {index}; if it conflicts with an older mapping, `POST /{index}/_rollover` starts a new index"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_with_more_to_say_is_still_ours() {
        let wanted = json!({"index_permissions": [{"allowed_actions": ["a"]}]});
        let same = json!({"reserved": false, "index_permissions": [{"allowed_actions": ["a"], "fls": []}]});
        let wider = json!({"index_permissions": [{"allowed_actions": ["a", "b"]}]});
        assert!(covers(&same, &wanted));
        assert!(!covers(&wider, &wanted), "somebody gave it more than it needs");
        assert!(!covers(&json!({}), &wanted));
    }
}
