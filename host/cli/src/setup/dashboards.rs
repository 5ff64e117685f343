//! Saved objects of OpenSearch Dashboards: an index pattern, visualisations, a search, and two dashboards over them.
//!
//! The ids are fixed and hold the name of the stream, so a second import takes the place of the first.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use telesieve_config::OpenSearch;

use super::cluster::text;

const SAVED_OBJECTS: &str = include_str!("../../setup/dashboards.ndjson");

/// The stream that the file is written for.
const WRITTEN_FOR: &str = "telesieve-logs";

/// Between the parts of the upload; no saved object holds it.
const BOUNDARY: &str = "telesieve-saved-objects-boundary";

/// The objects for a stream, one a line. A stream's name needs no escapes in JSON.
pub(super) fn saved_objects(index: &str) -> String {
    SAVED_OBJECTS.replace(WRITTEN_FOR, index)
}

/// Where they are imported.
pub(super) fn address(url: &str) -> String {
    format!("{}/api/saved_objects/_import?overwrite=true", url.trim_end_matches('/'))
}

/// Imports them as the user that the cluster is set up by, for everybody to see.
pub(super) async fn import(config: &OpenSearch, url: &str, index: &str) -> Result<String> {
    let client = reqwest::Client::builder().build().context("failed to create an HTTP client")?;
    let mut request = client.post(address(url)).header("osd-xsrf", "true").header("securitytenant", "global");
    if let (Some(name), Some(password)) = (text(config.username.as_ref())?, text(config.password.as_ref())?) {
        request = request.basic_auth(name, Some(password));
    }
    let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    let response = request.body(upload(index)).send().await.context("failed to reach OpenSearch Dashboards")?;
    let status = response.status().as_u16();
    let answer: Value = serde_json::from_str(&response.text().await?).unwrap_or_default();
    outcome(status, &answer)
}

fn upload(index: &str) -> String {
    let disposition = "content-disposition: form-data; name=\"file\"; filename=\"telesieve.ndjson\"";
    let head = format!("--{BOUNDARY}\r\n{disposition}\r\ncontent-type: application/ndjson\r\n\r\n");
    format!("{head}{}\r\n--{BOUNDARY}--\r\n", saved_objects(index))
}

fn outcome(status: u16, answer: &Value) -> Result<String> {
    if status == 200 && answer["success"] == true {
        return Ok(format!("{} objects imported", answer["successCount"]));
    }
    let reasons = [&answer["errors"][0]["error"]["type"], &answer["message"]];
    let reason = reasons.into_iter().find_map(Value::as_str).unwrap_or("no reason given");
    bail!("HTTP {status} from OpenSearch Dashboards for the saved objects: {reason}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    /// What is named is there: else Dashboards refuses the import.
    #[test]
    fn every_reference_leads_to_an_object_of_the_file() {
        let objects: Vec<Value> =
            saved_objects("logs").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let identity = |object: &Value| (object["type"].to_string(), object["id"].to_string());
        let there: BTreeSet<_> = objects.iter().map(identity).collect();
        assert_eq!(there.len(), objects.len(), "no id twice");
        for object in &objects {
            for reference in object["references"].as_array().unwrap() {
                assert!(there.contains(&identity(reference)), "{reference}");
            }
        }
        assert!(!saved_objects("logs").contains(WRITTEN_FOR));
    }

    #[test]
    fn the_upload_is_one_part() {
        let upload = upload("logs");
        assert_eq!(upload.matches(BOUNDARY).count(), 2);
        assert!(upload.contains("\r\n\r\n{\"") && upload.ends_with("--\r\n"));
    }

    #[test]
    fn a_refusal_is_told_with_its_reason() {
        assert_eq!(outcome(200, &json!({"success": true, "successCount": 9})).unwrap(), "9 objects imported");
        let missing = json!({"success": false, "errors": [{"error": {"type": "missing_references"}}]});
        assert!(outcome(200, &missing).unwrap_err().to_string().contains("missing_references"));
        assert!(outcome(401, &json!({"message": "Unauthorized"})).is_err());
    }
}
