//! Pushes and deletions.

use telesieve_config::PushMode;
use telesieve_core::{FunctionIdentity, SandboxId};
use telesieve_sinks::{PushError, PushGateway};

use crate::fake::{Fake, Reply};
use crate::{far, nobody, nowhere, soon, text};

fn gateway(url: &str) -> PushGateway {
    of_mode(PushMode::Group, url)
}

fn of_mode(mode: PushMode, url: &str) -> PushGateway {
    let config = telesieve_config::PushGateway {
        url: url.to_owned(),
        job: "lambda".to_owned(),
        mode,
        delete_on_shutdown: true,
        username: text("writer"),
        password: text("hunter2"),
        ..Default::default()
    };
    let function = FunctionIdentity { name: "orders/api".to_owned(), ..Default::default() };
    PushGateway::new(&config, &function, &SandboxId::from_random([0xab; 8]), &nowhere()).unwrap()
}

/// What became of one push that was answered like this.
async fn push(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<(), PushError> {
    let fake = Fake::start(move |_, _| reply()).await;
    gateway(&fake.url).push("x 1\n".to_owned(), soon()).await
}

fn fault(result: Result<(), PushError>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(PushError::Refused { .. }) => "refused",
        Err(PushError::Fault(fault)) => fault.as_str(),
        Err(PushError::Unanswered(_)) => "unanswered",
    }
}

#[tokio::test]
async fn requests_name_the_group() {
    let fake = Fake::start(|_, _| Reply::status(202)).await;
    let gateway = gateway(&fake.url);
    gateway.push("x 1\n".to_owned(), far()).await.unwrap();
    gateway.delete(far()).await.unwrap();
    let requests = fake.requests();
    let group = "/metrics/job/lambda/function@base64/b3JkZXJzL2FwaQ/sandbox/abababababababab";
    assert_eq!(requests[0].target, format!("PUT {group}"));
    assert_eq!(requests[1].target, format!("DELETE {group}"));
    assert_eq!(requests[0].body, b"x 1\n");
    for line in ["content-type: text/plain; version=0.0.4", "authorization: basic d3jpdgvyomh1bnrlcji="] {
        assert!(requests[0].head.lines().any(|there| there == line), "{line} in {}", requests[0].head);
    }
}

/// Whether each request was compressed.
fn compressed(fake: &Fake) -> Vec<bool> {
    fake.requests().iter().map(|request| request.head.contains("content-encoding: gzip")).collect()
}

#[tokio::test]
async fn long_pushes_are_compressed_unless_the_gateway_adds_up() {
    for (mode, bytes, gzip) in
        [(PushMode::Group, 5_000, true), (PushMode::Group, 4_000, false), (PushMode::Aggregate, 5_000, false)]
    {
        let fake = Fake::start(|_, _| Reply::status(200)).await;
        let text = "x 1\n".repeat(bytes / 4);
        of_mode(mode, &fake.url).push(text.clone(), far()).await.unwrap();
        assert_eq!((compressed(&fake), fake.requests()[0].text()), (vec![gzip], text), "{mode:?}, {bytes}");
    }
}

#[tokio::test]
async fn a_gateway_that_cannot_read_what_is_compressed_is_sent_it_plain_from_then_on() {
    for status in [400, 415] {
        let fake = Fake::start(move |_, request| match request.head.contains("content-encoding: gzip") {
            true => Reply::status(status),
            false => Reply::status(200),
        })
        .await;
        let gateway = gateway(&fake.url);
        for _ in 0..2 {
            gateway.push("x 1\n".repeat(2_000), far()).await.unwrap();
        }
        assert_eq!(compressed(&fake), [true, false, false], "{status}");
    }
}

#[tokio::test]
async fn a_restored_sandbox_has_a_group_of_its_own() {
    let fake = Fake::start(|_, _| Reply::status(200)).await;
    let gateway = gateway(&fake.url);
    gateway.regroup(&FunctionIdentity::default(), &SandboxId::from_random([1; 8]));
    gateway.push(String::new(), far()).await.unwrap();
    assert_eq!(fake.requests()[0].target, "PUT /metrics/job/lambda/function@base64/=/sandbox/0101010101010101");
}

#[tokio::test]
async fn a_refusal_names_the_family_and_nothing_else() {
    let texts = [
        (
            r#"pushed metrics are invalid or inconsistent with existing metrics: collected metric faas_x label:<name:"a" value:"jane@example.com" > gauge:<value:1 >  should be a Counter"#,
            Some("faas_x"),
        ),
        (
            r#"... collected metric "telesieve_guest_x" { label:{name:"a"  value:"jane@example.com"}} was collected before with the same name and label values"#,
            Some("telesieve_guest_x"),
        ),
        (
            r#"text format parsing error in line 3: second TYPE line for metric name "go_info", or TYPE reported after samples"#,
            Some("go_info"),
        ),
        ("gathered metric family up has type GAUGE but should have COUNTER", Some("up")),
        ("text format parsing error in line 1: expected float as value, got \"jane@example.com\"", None),
        ("collected metric ", None),
        ("", None),
    ];
    for (text, expected) in texts {
        let Err(PushError::Refused { family }) = push(move || Reply::Answer(400, "", text.into())).await else {
            unreachable!("400 is a refusal");
        };
        assert_eq!(family.as_deref(), expected, "{text}");
    }
}

#[tokio::test]
async fn everything_else_is_a_fault() {
    assert_eq!(fault(push(|| Reply::Answer(301, "location: /metrics/job/a\r\n", String::new())).await), "redirected");
    assert_eq!(fault(push(|| Reply::status(401)).await), "unauthorized");
    assert_eq!(fault(push(|| Reply::status(404)).await), "misconfigured");
    assert_eq!(fault(push(|| Reply::status(503)).await), "unavailable");
    assert_eq!(fault(push(|| Reply::Hang).await), "timed_out");
    assert_eq!(fault(push(|| Reply::Reset).await), "connection_lost");
    assert_eq!(fault(gateway(&nobody().await).push(String::new(), far()).await), "unreachable");
    assert_eq!(fault(gateway(&nobody().await).delete(far()).await), "unreachable");
}

/// What is added up must not arrive twice, and the caller must know whether it may have arrived.
#[tokio::test]
async fn a_gateway_that_adds_up_is_sent_everything_once() {
    let push = async |reply: fn() -> Reply| {
        let fake = Fake::start(move |_, _| reply()).await;
        let gateway = of_mode(PushMode::Aggregate, &fake.url);
        assert!(gateway.adds_up() && !gateway.deletes_at_the_end());
        let result = fault(gateway.push("x 1\n".to_owned(), soon()).await);
        let targets: Vec<_> = fake.requests().iter().map(|request| request.target.clone()).collect();
        (result, targets)
    };
    let once = vec!["POST /metrics/job/lambda".to_owned()];
    for (reply, expected) in [
        ((|| Reply::status(202)) as fn() -> Reply, "ok"),
        (|| Reply::status(400), "refused"),
        (|| Reply::status(503), "unavailable"),
        (|| Reply::status(429), "throttled"),
        (|| Reply::status(504), "unanswered"),
        (|| Reply::Hang, "unanswered"),
        (|| Reply::Reset, "unanswered"),
    ] {
        assert_eq!(push(reply).await, (expected, once.clone()));
    }
    let gone = of_mode(PushMode::Aggregate, &nobody().await);
    assert_eq!(fault(gone.push(String::new(), far()).await), "unreachable");
    assert_eq!(fault(gone.push(String::new(), tokio::time::Instant::now()).await), "no_time");
}

#[tokio::test]
async fn an_answer_that_is_promised_and_not_sent_is_not_waited_for() {
    assert_eq!(fault(push(|| Reply::Cut(200, String::new())).await), "ok");
}

#[test]
fn nothing_secret_shows() {
    let shown = format!("{:?}", gateway("http://jane:pass@host:9091/prefix"));
    assert_eq!(
        shown,
        "PushGateway at http://host:9091/prefix, group \
         /metrics/job/lambda/function@base64/b3JkZXJzL2FwaQ/sandbox/abababababababab"
    );
}
