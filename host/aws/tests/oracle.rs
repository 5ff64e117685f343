//! Our signatures beside those of AWS's own signer, over random requests and times.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign as oracle,
};
use aws_sigv4::sign::v4;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use telesieve_aws::{Keys, Request, Scope, sign};

const ID: &str = "ASIAQEXAMPLEROLEKEY7";

#[derive(Clone, Debug)]
struct Case {
    method: &'static str,
    host: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    region: String,
    service: &'static str,
    secret: String,
    token: Option<String>,
    seconds: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let place = (
        prop_oneof![Just("GET"), Just("POST"), Just("PUT")],
        "[a-z0-9.-]{1,20}(:[1-9][0-9]{2,3})?",
        "(/[A-Za-z0-9_.~$@:-]{0,6}(%20|%2F|%C3%A9)?){1,4}",
        "([a-z_]{1,4}=([a-z0-9,*./:~-]|%2C|%20|%C3%A9){0,12}&){0,4}[a-z]{1,3}=x",
    );
    let content = (
        proptest::collection::btree_map("x-[a-z]{1,8}|content-type", "[ -~]{0,20}", 0..4),
        proptest::collection::vec(any::<u8>(), 0..300),
    );
    let scope = ("[a-z]{2}-[a-z]{4,9}-[1-9]", prop_oneof![Just("es"), Just("aoss"), Just("secretsmanager")]);
    // To the year 2200, the 29th of February of leap years included.
    let keys = ("[A-Za-z0-9/+]{40}", proptest::option::of("[A-Za-z0-9/+=]{1,400}"), 0_u64..7_258_118_400);
    (place, content, scope, keys).prop_map(
        |((method, host, path, query), (headers, body), (region, service), (secret, token, seconds))| Case {
            method,
            host,
            path,
            query,
            headers: headers.into_iter().collect(),
            body,
            region,
            service,
            secret,
            token,
            seconds,
        },
    )
}

fn ours(case: &Case) -> Vec<(String, String)> {
    let headers: Vec<(&str, &str)> = case.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let request = Request {
        method: case.method,
        host: &case.host,
        path: &case.path,
        query: &case.query,
        headers: &headers,
        body: &case.body,
    };
    let keys = Keys::new(ID, &case.secret, case.token.as_deref());
    let scope = Scope { region: &case.region, service: case.service };
    let now_ms = i64::try_from(case.seconds).unwrap() * 1_000 + 999;
    let mut headers: Vec<_> = sign(&request, scope, &keys, now_ms)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.expose().to_owned()))
        .collect();
    headers.sort();
    headers
}

fn theirs(case: &Case) -> Vec<(String, String)> {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    // Paths go over the wire as they are signed: nothing resolves dots.
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let identity = Credentials::new(ID, &case.secret, case.token.clone(), None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&case.region)
        .name(case.service)
        .time(UNIX_EPOCH + Duration::from_secs(case.seconds))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let url = format!("https://{}{}?{}", case.host, case.path, case.query);
    let headers = case.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new(case.method, url, headers, SignableBody::Bytes(&case.body)).unwrap();
    let (instructions, _) = oracle(request, &params).unwrap().into_parts();
    let mut headers: Vec<_> = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    headers.sort();
    headers
}

proptest! {
    #![proptest_config(Config {
        cases: 2_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x7e1e_51e5e),
        ..Config::default()
    })]

    #[test]
    fn signatures_are_equal(case in case()) {
        prop_assert_eq!(ours(&case), theirs(&case));
    }
}
