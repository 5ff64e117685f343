//! Delivery to a secured OpenSearch, with the role that `telesieve setup` makes or prints.

use serde_json::{Value, json};
use telesieve_sandbox::scenarios::shop;
use telesieve_tests::servers::{OpenSearch, PushGateway};
use telesieve_tests::{opt_tree, telesieve};

use crate::play::{Accounting, Receivers, options, play};

/// TLS with an authority of one's own, a user, and a role that may do nothing but create documents.
#[tokio::test]
async fn the_writer_role_is_enough() {
    let node = OpenSearch::secured().await;
    let (index, gateway) = ("secured-logs", PushGateway::shared().await);
    set_up(node, index);
    let writer = node.make_user("shop-writer", "secured-writer").await.unwrap();
    let sandbox = options(opt_tree(), &node.url, &gateway.url)
        .env("TELESIEVE_OPENSEARCH_INDEX", index)
        .env("TELESIEVE_PUSHGATEWAY_JOB", index)
        .env("TELESIEVE_OPENSEARCH_CA_FILE", node.ca_file.as_ref().unwrap().display().to_string())
        .env("TELESIEVE_OPENSEARCH_USERNAME", &writer.name)
        .env("TELESIEVE_OPENSEARCH_PASSWORD", &writer.password);
    let played = play(sandbox, shop()).await;
    let documents = node.documents(index).await.unwrap();
    assert!(!documents.is_empty(), "{}", played.output);
    assert!(!played.output.contains(&writer.password));
    let accounting = accounting(gateway, index).await;
    accounting.assert_balanced();
    assert_eq!(documents.len() as f64, accounting.shipped, "{accounting:?}");
}

/// What `--print-policy` prints is put into the cluster as it stands, and the extension has no other rights.
#[tokio::test]
async fn the_printed_role_is_enough() {
    let (node, gateway) = (OpenSearch::secured().await, PushGateway::shared().await);
    let (index, user, password) = ("printed-logs", "printed-writer", "Sieve-9-printed-Only");
    let ca_file = node.ca_file.as_ref().unwrap().display().to_string();
    let configured = [
        ("TELESIEVE_OPENSEARCH_URL", node.url.as_str()),
        ("TELESIEVE_OPENSEARCH_INDEX", index),
        ("TELESIEVE_OPENSEARCH_CA_FILE", &ca_file),
        ("TELESIEVE_OPENSEARCH_USERNAME", user),
        ("TELESIEVE_OPENSEARCH_PASSWORD", password),
    ];
    let (name, secret) = OpenSearch::ADMIN;
    let admin = [("TELESIEVE_OPENSEARCH_USERNAME", name), ("TELESIEVE_OPENSEARCH_PASSWORD", secret)];
    telesieve(&["setup", "--url", &node.url, "--index", index, "--ca-file", &ca_file], &admin).unwrap();
    let printed = telesieve(&["setup", "--print-policy", "--writer-role", "printed"], &configured).unwrap();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert!(!printed.to_string().contains(password));
    let users = "/_plugins/_security/api/internalusers";
    node.admin.put_security(&format!("{users}/{user}"), &json!({"password": password})).await.unwrap();
    for request in ["opensearch_role", "opensearch_role_mapping"] {
        let path = printed[request]["path"].as_str().unwrap();
        node.admin.put_security(path, &printed[request]["body"]).await.unwrap();
    }
    let sandbox = configured
        .into_iter()
        .fold(options(opt_tree(), &node.url, &gateway.url), |options, (name, value)| options.env(name, value));
    let played = play(sandbox.env("TELESIEVE_PUSHGATEWAY_JOB", index), shop()).await;
    let documents = node.documents(index).await.unwrap();
    let accounting = accounting(gateway, index).await;
    accounting.assert_balanced();
    assert!(!documents.is_empty(), "{}", played.output);
    assert_eq!(documents.len() as f64, accounting.shipped, "{accounting:?}");
    let seen = node.admin.as_user(user, password);
    assert_eq!(seen.get(&format!("/{index}/_search")).await.unwrap().status, 403, "it may not read");
}

/// A wrong password, and a certificate of somebody unknown: nothing is shipped, and it is said why.
#[tokio::test]
async fn strangers_get_nothing() {
    let node = OpenSearch::secured().await;
    let gateway = PushGateway::shared().await;
    let ca_file = node.ca_file.as_ref().unwrap().display().to_string();
    for (job, ca_file) in [("wrong-password", Some(ca_file)), ("unknown-authority", None)] {
        let mut sandbox = options(opt_tree(), &node.url, &gateway.url)
            .env("TELESIEVE_PUSHGATEWAY_JOB", job)
            .env("TELESIEVE_OPENSEARCH_USERNAME", "nobody")
            .env("TELESIEVE_OPENSEARCH_PASSWORD", "wrong-Password-7");
        if let Some(file) = ca_file {
            sandbox = sandbox.env("TELESIEVE_OPENSEARCH_CA_FILE", file);
        }
        let played = play(sandbox, shop()).await;
        assert!(!played.output.contains("wrong-Password-7"));
        let accounting = accounting(gateway, job).await;
        accounting.assert_balanced();
        assert_eq!(accounting.shipped, 0.0, "{job}: {accounting:?}");
    }
}

/// A name that only the proxy knows, unless the proxy is not to be asked.
#[tokio::test]
async fn proxies_of_the_environment_are_followed() {
    for (unless, shipped) in [("other.invalid", true), ("search.invalid", false)] {
        let receivers = Receivers::start().await;
        let sandbox = options(opt_tree(), "http://search.invalid", &receivers.pushgateway.url())
            .env("HTTP_PROXY", receivers.opensearch.url())
            .env("NO_PROXY", unless);
        let played = play(sandbox, shop()).await;
        assert_eq!(!receivers.opensearch.documents().is_empty(), shipped, "{unless}: {}", played.output);
        // The gateway is on this machine, and no proxy is asked for it.
        receivers.accounting().assert_balanced();
    }
}

/// The group of metrics is deleted at shutdown, if that is configured.
#[tokio::test]
async fn the_group_is_deleted_at_shutdown_if_configured() {
    let (node, gateway) = (OpenSearch::plain().await, PushGateway::shared().await);
    for (delete, left) in [("true", false), ("false", true)] {
        let job = format!("delete-{delete}");
        let sandbox = options(opt_tree(), &node.url, &gateway.url)
            .env("TELESIEVE_PUSHGATEWAY_JOB", &job)
            .env("TELESIEVE_PUSHGATEWAY_DELETE_ON_SHUTDOWN", delete);
        let played = play(sandbox, shop()).await;
        let groups = gateway.groups(&job).await.unwrap();
        assert_eq!(!groups.is_empty(), left, "{job}: {groups:?}\n{}", played.output);
    }
}

fn set_up(node: &OpenSearch, index: &str) {
    let ca_file = node.ca_file.as_ref().unwrap().display().to_string();
    let args =
        ["setup", "--url", &node.url, "--index", index, "--ca-file", &ca_file, "--writer-role", "secured-writer"];
    let (name, password) = OpenSearch::ADMIN;
    let user = [("TELESIEVE_OPENSEARCH_USERNAME", name), ("TELESIEVE_OPENSEARCH_PASSWORD", password)];
    telesieve(&args, &user).unwrap();
}

async fn accounting(gateway: &PushGateway, job: &str) -> Accounting {
    let label = format!("job=\"{job}\"");
    let text = gateway.exposition().await.unwrap();
    let ours = |line: &&str| line.starts_with('#') || line.contains(&label);
    Accounting::parse(&text.lines().filter(ours).map(|line| format!("{line}\n")).collect::<String>())
}
