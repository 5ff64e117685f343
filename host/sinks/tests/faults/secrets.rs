//! Secrets that are kept in AWS: read when they are needed, again when they are refused or old, and never shown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use telesieve_config::Secrets;
use telesieve_core::{FunctionIdentity, SandboxId};
use telesieve_sinks::{Aws, BulkReport, Item, OpenSearch, PushGateway};

use crate::fake::{Fake, Reply, Request};
use crate::{far, nobody, text};

const STORED: &str = r#"{"items":[{"create":{"status":201,"_index":"logs"}}]}"#;
const DENIED: &str = r#"{"__type":"AccessDeniedException","Message":"no: hunter2"}"#;
/// Beyond the age at which a secret that was refused is read again.
const A_WHILE: Duration = Duration::from_millis(2_050);

fn aws(endpoint: &str, max_age: Duration) -> Aws {
    let variables = BTreeMap::from([
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", endpoint),
    ]);
    Aws::new(&Secrets { max_age, ..Secrets::default() }, |name| variables.get(name).map(|value| (*value).to_owned()))
}

fn long_lived(endpoint: &str) -> Aws {
    aws(endpoint, Duration::from_secs(3_600))
}

fn sink(url: &str, aws: &Aws, username: &str, password: &str) -> OpenSearch {
    let config = telesieve_config::OpenSearch {
        url: url.to_owned(),
        username: text(username),
        password: text(password),
        timeout: Duration::from_secs(5),
        ..Default::default()
    };
    OpenSearch::new(&config, aws).unwrap()
}

async fn send(sink: &OpenSearch) -> BulkReport {
    sink.send(&[Item::new("action\ndocument\n", 1)], far()).await
}

/// The chain of what went wrong, as it is logged.
fn said(report: BulkReport) -> String {
    let fault = report.fault.unwrap();
    assert_eq!(fault.as_str(), "no_credentials");
    let mut text = fault.to_string();
    let mut source = std::error::Error::source(&fault);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    assert!(!format!("{text} {fault:?}").contains("hunter2"), "{fault:?}");
    text
}

fn secret(user: &str, password: &str) -> Reply {
    let secret = format!(r#"{{"user":"{user}","password":"{password}"}}"#);
    Reply::json(serde_json::json!({ "SecretString": secret }).to_string())
}

/// `Basic` of a pair, in the fake's lower case.
fn basic(pair: &str) -> String {
    let base64 = match pair {
        "writer:hunter2" => "d3jpdgvyomh1bnrlcji=",
        "pusher:hunter2" => "chvzagvyomh1bnrlcji=",
        "w:p0" => "dzpwma==",
        "w:p1" => "dzpwmq==",
        "w:first" => "dzpmaxjzda==",
        "w:second" => "dzpzzwnvbmq=",
        _ => unreachable!("{pair} is not in the table"),
    };
    format!("basic {base64}")
}

fn authorization(request: &Request) -> &str {
    request.head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default()
}

#[tokio::test]
async fn a_secret_is_read_once_for_all_its_fields_and_by_signed_request() {
    let manager = Fake::start(|_, _| secret("writer", "hunter2")).await;
    let fake = Fake::start(|_, _| Reply::json(STORED)).await;
    let sink = sink(&fake.url, &long_lived(&manager.url), "secretsmanager:os#user", "secretsmanager:os#password");
    assert_eq!(manager.requests().len(), 0, "nothing is read before it is needed");
    assert!(send(&sink).await.is_healthy() && send(&sink).await.is_healthy());
    let asked = manager.requests();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].target.as_str(), asked[0].body.as_slice()), ("POST /", br#"{"SecretId":"os"}"#.as_slice()));
    assert!(asked[0].head.contains("x-amz-target: secretsmanager.getsecretvalue"));
    let signature = authorization(&asked[0]);
    assert!(signature.contains("/eu-central-1/secretsmanager/aws4_request"), "{signature}");
    assert!(signature.contains("signedheaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target"));
    assert!(fake.requests().iter().all(|request| authorization(request) == basic("writer:hunter2")));
    assert!(!format!("{sink:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_parameter_and_a_name_in_the_configuration_are_one_pair() {
    let manager = Fake::start(|_, _| Reply::json(r#"{"Parameter":{"Value":"hunter2\n"}}"#)).await;
    let fake = Fake::start(|_, _| Reply::status(202)).await;
    let config = telesieve_config::PushGateway {
        url: fake.url.clone(),
        username: text("pusher"),
        password: text("arn:aws:ssm:us-east-1:123456789012:parameter/gateway"),
        ..Default::default()
    };
    let (function, sandbox) = (FunctionIdentity::default(), SandboxId::from_random([1; 8]));
    let gateway = PushGateway::new(&config, &function, &sandbox, &long_lived(&manager.url)).unwrap();
    gateway.push("x 1\n".to_owned(), far()).await.unwrap();
    assert_eq!(authorization(&fake.requests()[0]), basic("pusher:hunter2"));
    assert!(authorization(&manager.requests()[0]).contains("/us-east-1/ssm/"), "the region is that of the ARN");
}

/// The cluster changes its mind about the password; the secret follows, before or after.
#[tokio::test]
async fn a_rotated_secret_is_read_again_within_the_same_request() {
    let password = Arc::new(AtomicUsize::new(0));
    let kept = Arc::clone(&password);
    let manager = Fake::start(move |_, _| secret("w", &format!("p{}", kept.load(Ordering::Relaxed)))).await;
    let wanted = Arc::clone(&password);
    let fake = Fake::start(move |_, request| {
        let right = basic(&format!("w:p{}", wanted.load(Ordering::Relaxed)));
        if authorization(request) == right { Reply::json(STORED) } else { Reply::status(401) }
    })
    .await;
    let sink = sink(&fake.url, &long_lived(&manager.url), "secretsmanager:os#user", "secretsmanager:os#password");
    assert!(send(&sink).await.is_healthy());
    password.store(1, Ordering::Relaxed);
    assert_eq!(send(&sink).await.fault.unwrap().as_str(), "unauthorized", "it has only just been read");
    tokio::time::sleep(A_WHILE).await;
    assert!(send(&sink).await.is_healthy());
    assert_eq!((manager.requests().len(), fake.requests().len()), (2, 4));
}

#[tokio::test]
async fn a_secret_that_is_refused_and_has_not_changed_is_not_tried_again() {
    let manager = Fake::start(|_, _| secret("w", "p")).await;
    let fake = Fake::start(|_, _| Reply::status(403)).await;
    let sink = sink(&fake.url, &long_lived(&manager.url), "w", "secretsmanager:os#password");
    assert_eq!(send(&sink).await.fault.unwrap().as_str(), "unauthorized");
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(send(&sink).await.fault.unwrap().as_str(), "unauthorized");
    assert_eq!((manager.requests().len(), fake.requests().len()), (2, 2));
}

/// One that is too old is read again; if that fails, or takes too long, the old one is as good.
#[tokio::test]
async fn an_old_secret_is_read_again_and_kept_if_that_fails() {
    for failure in [0, 1] {
        let manager = Fake::start(move |number, _| match number {
            0 => secret("w", "first"),
            1 => secret("w", "second"),
            _ if failure == 0 => Reply::status(500),
            _ => Reply::Hang,
        })
        .await;
        let fake = Fake::start(|_, _| Reply::json(STORED)).await;
        let aws = aws(&manager.url, Duration::from_millis(1));
        let sink = sink(&fake.url, &aws, "w", "secretsmanager:os#password");
        for _ in 0..4 {
            assert!(send(&sink).await.is_healthy());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let used: Vec<String> = fake.requests().iter().map(|request| authorization(request).to_owned()).collect();
        let (first, second) = (basic("w:first"), basic("w:second"));
        assert_eq!(used, [first, second.clone(), second.clone(), second]);
        assert_eq!(manager.requests().len(), 3, "what failed is not asked for again soon");
    }
}

#[tokio::test]
async fn what_is_missing_is_said_in_one_line_and_nothing_is_sent() {
    let fake = Fake::start(|_, _| Reply::json(STORED)).await;
    let silent = nobody().await;
    let reply = |body: &'static str| move |_: usize, _: &Request| Reply::Answer(400, "", body.to_owned());
    let denied = Fake::start(reply(DENIED)).await;
    let unknown = Fake::start(reply(r#"{"__type":"ResourceNotFoundException","Message":"x"}"#)).await;
    let plain = Fake::start(|_, _| Reply::json(r#"{"SecretString":"hunter2"}"#)).await;
    let read = "failed to get credentials: failed to read secretsmanager:os#key: ";
    let lacks = "the function's role lacks the permission secretsmanager:GetSecretValue";
    for (manager, expected) in [
        (&denied.url, lacks.to_owned()),
        (&unknown.url, "no secret or parameter with this name".to_owned()),
        (&silent, "connection failed: ".to_owned()),
    ] {
        let said = said(send(&sink(&fake.url, &long_lived(manager), "w", "secretsmanager:os#key")).await);
        assert!(
            said.starts_with(&format!("failed to get credentials: failed to read secretsmanager:os: {expected}")),
            "{said}"
        );
    }
    let said = said(send(&sink(&fake.url, &long_lived(&plain.url), "w", "secretsmanager:os#key")).await);
    assert_eq!(said, format!("{read}the value is not a JSON object with a string or a number in the field key"));
    assert_eq!(fake.requests().len(), 0);
}
