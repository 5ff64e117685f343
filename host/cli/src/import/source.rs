//! What a file is: compressed or not, JSON, CSV or text.

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};
use flate2::read::MultiGzDecoder;
use serde_json::{Deserializer, Value};

use super::{Entry, document, text};

/// How gzip begins.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// Bytes that a file may have when it is unpacked: a small file that unpacks to everything is an attack.
const MOST_BYTES: u64 = 4 << 30;

/// The log events of a file.
///
/// # Errors
/// It is damaged, or in no known format.
pub(super) fn entries(bytes: Vec<u8>) -> Result<Vec<Entry>> {
    let bytes = unpacked(bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(['{', '[']) {
        return documents(text);
    }
    match text::csv(text) {
        Some(entries) => Ok(entries),
        None => Ok(text::entries(text)),
    }
}

/// Bytes without the compression around them.
///
/// # Errors
/// They are damaged, or too many.
pub(super) fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !bytes.starts_with(GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes.as_slice()).take(MOST_BYTES).read_to_end(&mut unpacked);
    read.context("the gzip data is damaged")?;
    if unpacked.len() as u64 == MOST_BYTES {
        bail!("it is larger than 4 GiB when unpacked");
    }
    // Firehose compresses what a subscription has compressed already.
    self::unpacked(unpacked)
}

/// The log events of JSON documents, one behind another, with or without line breaks between them.
fn documents(text: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut documents = Deserializer::from_str(text).into_iter::<Value>();
    let mut start = 0;
    while let Some(document) = documents.next() {
        let line = || text[..start].matches('\n').count() + 1;
        match document {
            Ok(document) => {
                let known = document::entries(&document, &mut entries)?;
                if !known {
                    bail!("line {}: unknown JSON format: expected {}", line(), document::FORMS);
                }
            }
            // Text may begin with a bracket, too: it is text if not even its start is JSON.
            Err(_) if start == 0 => return Ok(text::entries(text)),
            Err(error) => bail!("line {}: not valid JSON: {error}", line()),
        }
        start = documents.byte_offset();
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compression_is_taken_off() {
        let text = b"2026-03-02T08:15:20.101Z hello\n";
        let found = entries(gzip(&gzip(text))).unwrap();
        assert_eq!(found, entries(text.to_vec()).unwrap());
        assert_eq!(found[0].message, "hello\n");
        assert!(entries(gzip(text)[..20].to_vec()).unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn documents_may_follow_each_other() {
        let text = r#"{"timestamp":1,"message":"a"}{"timestamp":2,"message":"b"}
{"timestamp":3,"message":"c"}"#;
        assert_eq!(entries(text.as_bytes().to_vec()).unwrap().len(), 3);
    }

    #[test]
    fn unknown_json_has_a_line() {
        let error = entries(b"{\"timestamp\":1,\"message\":\"a\"}\n{\"foo\":1}".to_vec()).unwrap_err().to_string();
        assert!(error.starts_with("line 1: unknown JSON format") || error.starts_with("line 2:"), "{error}");
        let error = entries(b"{\"timestamp\":1,\"message\":\"a\"}\n{broken".to_vec()).unwrap_err().to_string();
        assert!(error.contains("not valid JSON"), "{error}");
    }

    #[test]
    fn text_may_begin_with_a_bracket() {
        assert_eq!(entries(b"[INFO] hello\n".to_vec()).unwrap()[0].message, "[INFO] hello\n");
    }
}
