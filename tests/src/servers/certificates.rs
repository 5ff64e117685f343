//! A certificate authority and a server's certificate for the loopback address and `search.example.test`, which no name
//! server knows, made anew for every run.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use xtask::process::output;

const EXTENSIONS: &str =
    "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:search.example.test\nextendedKeyUsage=serverAuth,clientAuth\n";

/// Leaves `ca.pem`, `node.pem` and `node.key` in a folder.
///
/// # Errors
/// There is no `openssl`.
pub(super) fn make(folder: &Path) -> Result<()> {
    fs::write(folder.join("extensions"), EXTENSIONS)?;
    let key = ["req", "-newkey", "rsa:2048", "-nodes"];
    openssl(folder, &key, "-x509 -days 2 -subj /CN=telesieve-tests -keyout ca.key -out ca.pem")?;
    openssl(folder, &key, "-subj /CN=node -keyout node.key -out node.csr")?;
    openssl(
        folder,
        &["x509", "-req"],
        "-in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out node.pem",
    )
}

fn openssl(folder: &Path, command: &[&str], options: &str) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder).args(command).args(options.split(' '));
    output(&mut openssl).context("failed to make certificates")?;
    Ok(())
}
