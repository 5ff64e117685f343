//! Delivery to a secured OpenSearch, with the role that `telesieve setup` makes.

use telesieve_sandbox::scenarios::shop;
use telesieve_tests::servers::{OpenSearch, PushGateway};
use telesieve_tests::{opt_tree, telesieve};

use crate::play::{Accounting, options, play};

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
