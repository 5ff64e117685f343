//! Servers that want to see a certificate, and servers at IPv6 addresses.
//!
//! `certificates/` holds an authority and one certificate that is good for a server and for a client, for a hundred years;
//! nothing trusts them but these tests.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use telesieve_sinks::{Item, OpenSearch};

use crate::{far, nowhere};

const STORED: &str = r#"{"items":[{"create":{"status":201,"_index":"logs"}}]}"#;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/certificates").join(name)
}

/// A server that lets only those in who show a certificate of its authority.
fn exclusive(address: &str) -> Option<String> {
    let listener = std::net::TcpListener::bind(address).ok()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("ca.pem")).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let chain = vec![CertificateDer::from_pem_file(file("both.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("both.key")).unwrap();
    let config = Arc::new(config.with_client_cert_verifier(verifier).with_single_cert(chain, key).unwrap());
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{STORED}", STORED.len());
                drop(stream.write_all(answer.as_bytes()));
            }
        }
    });
    Some(url)
}

fn config(url: &str, certificate: Option<&str>, key: Option<&str>) -> telesieve_config::OpenSearch {
    telesieve_config::OpenSearch {
        url: url.to_owned(),
        ca_file: Some(file("ca.pem")),
        client_cert_file: certificate.map(file),
        client_key_file: key.map(file),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_certificate_is_shown_to_whoever_asks_for_one() {
    let url = exclusive("127.0.0.1:0").unwrap();
    for (certificate, key, outcome) in [(Some("both.pem"), Some("both.key"), None), (None, None, Some(()))] {
        let sink = OpenSearch::new(&config(&url, certificate, key), &nowhere()).unwrap();
        let report = sink.send(&[Item::new("action\ndocument\n", 1)], far()).await;
        assert_eq!(report.fault.as_ref().map(|_| ()), outcome, "{report:?}");
    }
}

#[tokio::test]
async fn ipv6_addresses_are_addresses() {
    // A machine may be without.
    let Some(url) = exclusive("[::1]:0") else { return };
    assert!(url.starts_with("https://[::1]:"));
    let sink = OpenSearch::new(&config(&url, Some("both.pem"), Some("both.key")), &nowhere()).unwrap();
    assert!(sink.send(&[Item::new("action\ndocument\n", 1)], far()).await.is_healthy());
}

#[test]
fn what_cannot_be_shown_is_said_at_once() {
    for (certificate, key, expected) in [
        (Some("both.pem"), None, "client_cert_file and client_key_file must be set together"),
        (None, Some("both.key"), "client_cert_file and client_key_file must be set together"),
        (Some("both.key"), Some("both.key"), "failed to load the client certificate in"),
        (Some("both.pem"), Some("both.pem"), "failed to read the private key in"),
        (Some("nothing.pem"), Some("both.key"), "failed to load the client certificate in"),
    ] {
        let error = OpenSearch::new(&config("https://127.0.0.1", certificate, key), &nowhere()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
