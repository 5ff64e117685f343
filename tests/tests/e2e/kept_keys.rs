//! Keys of hashes that are kept in AWS: the same tokens as with the key itself, and without the key, nothing.

use std::collections::BTreeSet;
use std::net::TcpListener;

use telesieve_sandbox::Options;
use telesieve_sandbox::scenarios::shop;
use telesieve_tests::servers::Moto;
use telesieve_tests::{free_port, opt_tree};

use crate::play::{Receivers, play};

/// Tokens of a hash in the documents that a sandbox with this key for customers ships.
async fn tokens(with_key: impl FnOnce(Options) -> Options) -> BTreeSet<String> {
    let receivers = Receivers::start().await;
    let played = play(with_key(receivers.options(opt_tree())), shop()).await;
    receivers.accounting().assert_balanced();
    receivers.assert_no_leak();
    assert!(!played.output.contains("keys."), "{}", played.output);
    let text = receivers.documents_text();
    let parts = text.split("\"h:").skip(1).filter_map(|rest| rest.split_once('"'));
    parts.map(|(token, _)| token.to_owned()).filter(|token| token.len() == 32).collect()
}

#[tokio::test]
async fn a_key_that_is_kept_makes_the_tokens_of_the_key_itself() {
    let moto = Moto::shared().await;
    moto.make_secret("telesieve/keys", r#"{"customer":"kept elsewhere","other":"another"}"#).await.unwrap();
    moto.make_parameter("/telesieve/keys/customer", "kept elsewhere").await.unwrap();
    let here = tokens(|options| options.env("TELESIEVE_KEYS_CUSTOMER", "kept elsewhere")).await;
    assert!(!here.is_empty());
    let kept = async |reference: &str| {
        tokens(|options| options.env("TELESIEVE_KEYS_CUSTOMER", reference).env("AWS_ENDPOINT_URL", &moto.url)).await
    };
    assert_eq!(kept("secretsmanager:telesieve/keys#customer").await, here);
    assert_eq!(kept("ssm:/telesieve/keys/customer").await, here);
    assert!(kept("secretsmanager:telesieve/keys#other").await.is_disjoint(&here));
}

#[tokio::test]
async fn without_its_key_a_transform_lets_nothing_pass() {
    let moto = Moto::shared().await;
    // Takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = |port: u16| format!("http://127.0.0.1:{port}");
    for (endpoint, why) in [
        (moto.url.clone(), "no secret or parameter with this name"),
        (at(free_port()), ""),
        (at(silent.local_addr().unwrap().port()), ""),
    ] {
        let receivers = Receivers::start().await;
        let options = receivers
            .options(opt_tree())
            .env("TELESIEVE_KEYS_CUSTOMER", "secretsmanager:telesieve/nowhere#customer")
            .env("AWS_ENDPOINT_URL", &endpoint);
        let played = play(options, shop()).await;
        let said = format!("keys.customer: failed to read secretsmanager:telesieve/nowhere: {why}");
        assert!(played.output.contains(&said), "{endpoint}: {}", played.output);
        assert!(played.output.contains("missing key `customer`"), "{endpoint}: {}", played.output);
        receivers.assert_no_leak();
        let lines = receivers.opensearch.documents();
        let lines: Vec<_> = lines.iter().filter(|document| document.fields["type"] == "function").collect();
        assert!(lines.is_empty(), "{endpoint}: {lines:#?}");
        let accounting = receivers.accounting();
        accounting.assert_balanced();
        assert!(accounting.dropped["transform_unavailable"] > 0.0, "{endpoint}: {accounting:?}");
    }
}
