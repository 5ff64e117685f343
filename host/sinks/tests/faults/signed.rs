//! Signed requests: what is signed is what is sent, and keys are fetched when they are needed and not before.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use telesieve_aws::{Keys, Request as ToSign, Scope, sign};
use telesieve_config::{AwsService, Secrets};
use telesieve_core::time::{format_rfc3339, parse_rfc3339};
use telesieve_sinks::{Aws, BulkReport, Item, OpenSearch};

use crate::fake::{Fake, Reply, Request};
use crate::{far, nobody, text};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const STORED: &str = r#"{"items":[{"create":{"status":201,"_index":"logs"}}]}"#;

fn aws(variables: &[(&str, &str)]) -> Aws {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Aws::new(&Secrets::default(), |name| variables.get(name).map(|value| (*value).to_owned()))
}

fn with_keys() -> Aws {
    let region = ("AWS_REGION", "eu-central-1");
    aws(&[("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_SESSION_TOKEN", "t/t="), region])
}

fn behind(container: &Fake) -> Aws {
    let url = format!("{}/credentials", container.url);
    let token = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "c0ntainer");
    aws(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url), token, ("AWS_REGION", "eu-central-1")])
}

fn sink(url: &str, aws: &Aws) -> OpenSearch {
    let mut config = telesieve_config::OpenSearch { url: url.to_owned(), ..Default::default() };
    config.sigv4 = Some(AwsService::Aoss);
    config.username = text("nobody");
    config.gzip_min_bytes = Some(1);
    OpenSearch::new(&config, aws).unwrap()
}

async fn send(sink: &OpenSearch) -> BulkReport {
    sink.send(&[Item::new("action\ndocument\n", 1)], far()).await
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    let start = format!("{name}: ");
    request.head.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default()
}

/// The `authorization` that the request should have, in lower case as everything that the fake hands out.
fn expected(request: &Request, keys: &Keys) -> String {
    let target = request.target.strip_prefix("POST ").unwrap();
    let (path, query) = target.split_once('?').unwrap();
    let date = header(request, "x-amz-date");
    let (day, time) = (format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..8]), &date[9..15]);
    let time = format!("{day}T{}:{}:{}Z", &time[..2], &time[2..4], &time[4..6]);
    let to_sign = ToSign {
        method: "POST",
        host: header(request, "host"),
        path,
        query,
        headers: &[("content-type", header(request, "content-type"))],
        body: &request.body,
    };
    let scope = Scope { region: "eu-central-1", service: "aoss" };
    let headers = sign(&to_sign, scope, keys, parse_rfc3339(&time).unwrap());
    headers.into_iter().find(|(name, _)| *name == "authorization").unwrap().1.expose().to_lowercase()
}

/// An answer of a container's address.
fn keys(id: &str, expires_in: i64) -> Reply {
    let now_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let expires = format_rfc3339(now_ms + expires_in * 1_000);
    Reply::json(format!(r#"{{"AccessKeyId":"{id}","SecretAccessKey":"s","Token":"t","Expiration":"{expires}"}}"#))
}

#[tokio::test]
async fn what_is_signed_is_what_is_sent() {
    let fake = Fake::start(|_, _| Reply::json(STORED)).await;
    let sink = sink(&format!("{}/a%20prefix", fake.url), &with_keys());
    assert!(send(&sink).await.is_healthy());
    let request = &fake.requests()[0];
    assert_eq!(
        request.target,
        "POST /a%20prefix/_bulk?filter_path=errors%2Citems.%2A.status%2Citems.%2A.error.type%2Citems.%2A._index",
        "the query is spelled as it is signed"
    );
    assert_eq!(header(request, "content-encoding"), "gzip");
    assert_eq!(header(request, "authorization"), expected(request, &Keys::new("id", SECRET, Some("t/t="))));
    assert!(
        header(request, "authorization").contains("credential=id/20")
            && header(request, "authorization")
                .contains("signedheaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token")
    );
    assert_eq!(header(request, "content-length"), request.body.len().to_string());
}

#[tokio::test]
async fn each_try_has_a_signature_of_its_own_time() {
    let fake = Fake::start(|number, _| if number == 0 { Reply::Reset } else { Reply::json(STORED) }).await;
    assert!(send(&sink(&fake.url, &with_keys())).await.is_healthy());
    let requests = fake.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(header(request, "authorization"), expected(request, &Keys::new("id", SECRET, Some("t/t="))));
    }
}

#[tokio::test]
async fn the_servers_clock_is_followed_if_ours_is_far_off() {
    let dated = |status, body: &str| Reply::Answer(status, "date: Fri, 01 Jan 2021 12:00:00 GMT\r\n", body.to_owned());
    let fake = Fake::start(move |_, request| {
        let there = header(request, "x-amz-date").starts_with("20210101t1200");
        if there { dated(200, STORED) } else { dated(403, "{}") }
    })
    .await;
    let sink = sink(&fake.url, &with_keys());
    for _ in 0..2 {
        assert!(send(&sink).await.is_healthy());
    }
    let dates: Vec<bool> =
        fake.requests().iter().map(|request| header(request, "x-amz-date").starts_with("20210101t")).collect();
    assert_eq!(dates, [false, true, true], "and it is remembered");
}

#[tokio::test]
async fn refused_keys_of_the_environment_are_not_tried_again() {
    let fake = Fake::start(|_, _| Reply::status(403)).await;
    let report = send(&sink(&fake.url, &with_keys())).await;
    assert_eq!((report.fault.unwrap().as_str(), fake.requests().len()), ("unauthorized", 1));
}

#[tokio::test]
async fn keys_are_fetched_once_and_only_when_they_are_needed() {
    let container = Fake::start(|_, _| keys("first", 3_600)).await;
    let fake = Fake::start(|_, _| Reply::json(STORED)).await;
    let sink = sink(&fake.url, &behind(&container));
    assert_eq!(container.requests().len(), 0);
    for _ in 0..3 {
        assert!(send(&sink).await.is_healthy());
    }
    let asked = container.requests();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].target.as_str(), header(&asked[0], "authorization")), ("GET /credentials", "c0ntainer"));
    for request in fake.requests() {
        assert_eq!(header(&request, "authorization"), expected(&request, &Keys::new("first", "s", Some("t"))));
    }
}

#[tokio::test]
async fn a_restored_sandbox_fetches_keys_of_its_own() {
    let container = Fake::start(|number, _| keys(["first", "second"][number.min(1)], 3_600)).await;
    let fake = Fake::start(|_, _| Reply::json(STORED)).await;
    let sink = sink(&fake.url, &behind(&container));
    assert!(send(&sink).await.is_healthy());
    sink.forget_login();
    assert!(send(&sink).await.is_healthy());
    let second = &fake.requests()[1];
    assert_eq!(header(second, "authorization"), expected(second, &Keys::new("second", "s", Some("t"))));
}

#[tokio::test]
async fn keys_about_to_expire_are_replaced_and_refused_ones_too() {
    // What has just been fetched is not fetched again, and that goes by a clock that cannot be paused beside sockets.
    let container =
        Fake::start(|number, _| keys(["first", "second", "third"][number.min(2)], [60, 3_600, 3_600][number.min(2)]))
            .await;
    let fake = Fake::start(|_, request| {
        let refused = header(request, "authorization").contains("second/") && request.connection > 0;
        if refused { Reply::status(403) } else { Reply::json(STORED) }
    })
    .await;
    let sink = sink(&fake.url, &behind(&container));
    assert!(send(&sink).await.is_healthy());
    assert!(send(&sink).await.is_healthy());
    assert_eq!(container.requests().len(), 1, "first ones will do for a moment");
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    assert!(send(&sink).await.is_healthy());
    assert_eq!(container.requests().len(), 2, "second");
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    sink.forget_connections();
    assert!(send(&sink).await.is_healthy());
    assert_eq!(container.requests().len(), 3, "third");
}

#[tokio::test]
async fn without_keys_nothing_is_sent_and_it_is_said_why() {
    let fake = Fake::start(|_, _| Reply::json(STORED)).await;
    let silent = nobody().await;
    let refusing = Fake::start(|_, _| Reply::status(500)).await;
    let cases = [
        (aws(&[]), "no role credentials in the environment", false),
        (aws(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &silent)]), "failed to fetch the credentials of the role", true),
        (behind(&refusing), "failed to fetch the credentials of the role: HTTP 500", true),
        (aws(&[("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s")]), "no AWS region", false),
    ];
    for (aws, expected, transient) in cases {
        let report = send(&sink(&fake.url, &aws)).await;
        let fault = report.fault.unwrap();
        let source = std::error::Error::source(&fault).unwrap().to_string();
        assert!(source.starts_with(expected), "{source}");
        assert_eq!((fault.as_str(), fault.is_transient(), fault.is_of_the_sink()), ("no_credentials", transient, true));
    }
    assert_eq!(fake.requests().len(), 0);
}
