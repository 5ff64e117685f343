//! Credentials: signatures that AWS would take, and secrets that are kept elsewhere and change.

use std::time::Duration;

use serde_json::json;
use telesieve_sandbox::scenarios::{ROLE_KEY_ID, ROLE_SECRET, ROLE_TOKEN, leaks, shop};
use telesieve_sandbox::{InitType, Invocation, Line, Options, Sandbox};
use telesieve_tests::servers::{Moto, OpenSearch, SignedRequest, botocore_authorization};
use telesieve_tests::{cli, opt_tree};

use crate::play::{Accounting, Receivers, finish, options, play};

/// Keys of the environment, and those of the address that a function under SnapStart has.
#[tokio::test]
async fn requests_are_signed_as_botocore_signs_them() {
    for (init_type, service) in [(InitType::OnDemand, "es"), (InitType::SnapStart, "aoss")] {
        let receivers = Receivers::start().await;
        let sandbox = receivers
            .options(opt_tree())
            .init_type(init_type)
            .env("TELESIEVE_OPENSEARCH_SIGV4", service)
            .env("TELESIEVE_OPENSEARCH_REGION", "eu-west-3");
        let played = play(sandbox, shop()).await;
        let documents = receivers.opensearch.documents().len();
        assert!(documents > 0, "{init_type:?}: {}", played.output);
        receivers.accounting().assert_balanced();
        // Signed requests name the key and carry the token; nothing else of it leaves.
        let left = leaks(&receivers.opensearch.wire().bytes());
        assert!(left.iter().all(|secret| [ROLE_KEY_ID, ROLE_TOKEN].contains(&secret.text)), "{left:?}");
        let requests = SignedRequest::all_in(&receivers.opensearch.wire().bytes());
        assert!(!requests.is_empty());
        for request in requests {
            let keys = (ROLE_KEY_ID, ROLE_SECRET, ROLE_TOKEN);
            let theirs = botocore_authorization(&request, service, "eu-west-3", keys).unwrap();
            assert_eq!(request.header("authorization"), Some(theirs.as_str()), "{init_type:?}: {}", request.target);
        }
    }
}

/// `telesieve setup` signs every request, until one is refused: the receiver knows nothing of templates.
#[tokio::test]
async fn setup_signs_as_botocore_does() {
    let (whole, part) = ("/_index_template/logs", "/_component_template/logs-custom");
    let domain = ["GET /", "GET /_data_stream/logs", "GET /logs/_settings"].map(str::to_owned);
    let collection = ["GET /logs/_settings".to_owned()];
    for (service, first, template) in [("es", &domain[..], part), ("aoss", &collection[..], whole)] {
        let receivers = Receivers::start().await;
        let mut setup = std::process::Command::new(cli());
        setup.args(["setup", "--plain-index", "--index", "logs", "--url", &receivers.opensearch.url()]);
        setup.env("TELESIEVE_OPENSEARCH_SIGV4", service).env("AWS_REGION", "eu-west-3");
        setup.env("AWS_ACCESS_KEY_ID", ROLE_KEY_ID).env("AWS_SECRET_ACCESS_KEY", ROLE_SECRET);
        setup.env("AWS_SESSION_TOKEN", ROLE_TOKEN);
        let output = tokio::task::spawn_blocking(move || setup.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&format!("404 for PUT {template}")), "{said}");
        let requests = SignedRequest::all_in(&receivers.opensearch.wire().bytes());
        let made: Vec<_> = requests.iter().map(|request| format!("{} {}", request.method, request.target)).collect();
        let tried = ["GET", "PUT"].map(|method| format!("{method} {template}"));
        assert_eq!(made, [first, &tried].concat());
        for request in requests {
            let keys = (ROLE_KEY_ID, ROLE_SECRET, ROLE_TOKEN);
            let theirs = botocore_authorization(&request, service, "eu-west-3", keys).unwrap();
            assert_eq!(request.header("authorization"), Some(theirs.as_str()), "{service}: {}", request.target);
        }
    }
}

/// A collection that refuses ids gets documents without them.
#[tokio::test]
async fn documents_can_do_without_ids() {
    let receivers = Receivers::start().await;
    let sandbox = receivers.options(opt_tree()).env("TELESIEVE_OPENSEARCH_DOCUMENT_IDS", "false");
    play(sandbox, shop()).await;
    let documents = receivers.opensearch.documents();
    assert!(!documents.is_empty());
    assert!(documents.iter().all(|document| document.id.is_empty() && document.fields["event.id"].is_string()));
    receivers.accounting().assert_balanced();
}

/// A sandbox that ships to a real cluster with users, and finds its credentials where moto keeps them.
fn with_kept_credentials(node: &OpenSearch, moto: &Moto, receivers: &Receivers) -> Options {
    let mut options = options(opt_tree(), &node.url, &receivers.pushgateway.url());
    // Time enough on a machine that is busy with other tests.
    options.function.timeout = Duration::from_secs(60);
    options
        .env("TELESIEVE_FLUSH_MODE", "interval")
        .env("TELESIEVE_FLUSH_INTERVAL_MS", "300")
        .env("TELESIEVE_OPENSEARCH_CONNECT_TIMEOUT_MS", "10000")
        .env("TELESIEVE_OPENSEARCH_TIMEOUT_MS", "15000")
        .env("AWS_ENDPOINT_URL", &moto.url)
        .env("TELESIEVE_OPENSEARCH_CA_FILE", node.ca_file.as_ref().unwrap().display().to_string())
}

async fn invoke(sandbox: &Sandbox, text: &str) -> telesieve_sandbox::InvokeReport {
    sandbox.invoke(Invocation::new(vec![Line::text(text)])).await.unwrap()
}

/// How often a line is stored.
async fn stored(node: &OpenSearch, index: &str, text: &str) -> usize {
    // The stream is made with the first document.
    let documents = node.documents(index).await.unwrap_or_default();
    let is_it = |document: &&serde_json::Value| {
        document["_source"]["message"].as_str().is_some_and(|message| message.trim_end() == text)
    };
    documents.iter().filter(is_it).count()
}

/// Lets the sandbox run until a line is stored, or its own output has it.
async fn wait_for(sandbox: &Sandbox, text: &str, stored: impl AsyncFn() -> bool) {
    for _ in 0..90 {
        sandbox.run_idle(Duration::from_millis(500)).await;
        if stored().await || sandbox.output().iter().any(|output| output.line.contains(text)) {
            return;
        }
    }
    let lines: Vec<String> = sandbox.output().iter().map(|output| output.line.clone()).collect();
    panic!("{text} never came by: {lines:#?}");
}

/// The password changes between two invocations: at the cluster first, then in Secrets Manager, as rotations go.
#[tokio::test]
async fn a_rotation_loses_nothing() {
    let (node, moto, receivers) = (OpenSearch::secured().await, Moto::shared().await, Receivers::start().await);
    let (index, user) = ("rotated", "rotated-writer");
    let passwords = ["Sieve-9-before-Only", "Sieve-9-after-Only"];
    let secret = |password: &str| json!({"username": user, "password": password}).to_string();
    let set = async |password: &str| {
        let body = json!({"password": password, "opendistro_security_roles": ["all_access"]});
        let path = format!("/_plugins/_security/api/internalusers/{user}");
        node.admin.put_security(&path, &body).await.unwrap();
    };
    set(passwords[0]).await;
    let arn = moto.make_secret("telesieve/rotated", &secret(passwords[0])).await.unwrap();
    let options = with_kept_credentials(node, moto, &receivers)
        .env("TELESIEVE_OPENSEARCH_INDEX", index)
        .env("TELESIEVE_OPENSEARCH_USERNAME", format!("{arn}#username"))
        .env("TELESIEVE_OPENSEARCH_PASSWORD", "secretsmanager:telesieve/rotated#password");
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut invocations = vec![invoke(&sandbox, "before the rotation").await];
    wait_for(&sandbox, "the line", async || stored(node, index, "before the rotation").await == 1).await;

    set(passwords[1]).await;
    invocations.push(invoke(&sandbox, "in the middle of it").await);
    wait_for(&sandbox, "authentication failed: HTTP 401", async || false).await;
    moto.change_secret("telesieve/rotated", &secret(passwords[1])).await.unwrap();
    invocations.push(invoke(&sandbox, "after the rotation").await);
    wait_for(&sandbox, "the line", async || stored(node, index, "after the rotation").await == 1).await;
    let played = finish(&sandbox, invocations).await;

    for text in ["before the rotation", "in the middle of it", "after the rotation"] {
        assert_eq!(stored(node, index, text).await, 1, "{text}\n{}", played.output);
    }
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!((accounting.dropped_total(), accounting.pending), (0.0, 0.0), "{accounting:?}\n{}", played.output);
    assert!(played.output.contains("authentication failed: HTTP 401"), "{}", played.output);
    assert!(passwords.iter().all(|password| !played.output.contains(password)));
}

/// Parameter Store, and a secret that is made only after the sandbox has started: documents wait for it.
#[tokio::test]
async fn documents_wait_for_a_secret() {
    let (node, moto, receivers) = (OpenSearch::secured().await, Moto::shared().await, Receivers::start().await);
    let index = "waited";
    moto.make_parameter("/telesieve/user", OpenSearch::ADMIN.0).await.unwrap();
    let options = with_kept_credentials(node, moto, &receivers)
        .env("TELESIEVE_OPENSEARCH_INDEX", index)
        .env("TELESIEVE_OPENSEARCH_USERNAME", "ssm:/telesieve/user")
        .env("TELESIEVE_OPENSEARCH_PASSWORD", "ssm:/telesieve/password");
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut invocations = vec![invoke(&sandbox, "first line").await];
    let why = "opensearch: failed to get credentials: failed to read ssm:/telesieve/password: no secret or parameter with this name";
    wait_for(&sandbox, why, async || false).await;
    moto.make_parameter("/telesieve/password", OpenSearch::ADMIN.1).await.unwrap();
    invocations.push(invoke(&sandbox, "second line").await);
    wait_for(&sandbox, "the line", async || stored(node, index, "second line").await == 1).await;
    let played = finish(&sandbox, invocations).await;
    assert_eq!(stored(node, index, "first line").await, 1, "{}", played.output);
    let accounting: Accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!((accounting.dropped_total(), accounting.pending), (0.0, 0.0), "{accounting:?}\n{}", played.output);
}
