//! The sink for debugging: a file, or standard output.
//!
//! Documents are appended, one to a line, as OpenSearch would store them. Metrics replace the file beside it, `.prom`.
//! Only what the transforms let through gets here, as with any sink. On Lambda a sandbox's only writable folder is `/tmp`,
//! and standard output is the function's log, where each line comes back as telemetry of an extension: lines start with a
//! mark there, by which the caller knows them again, and long ones are cut.
//!
//! Writing may block: it happens on a thread of the runtime's, which is made when something is first written.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, TryLockError};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::{BulkReport, ErrorType, Fault, Item, ItemOutcome, PushError, Sending, Sink, TakesDocuments, TakesMetrics};

/// The path that stands for standard output.
const STDOUT: &str = "stdout";
/// Bytes of documents of one call.
const MAX_BODY_BYTES: usize = 1 << 20;
/// Bytes of documents that may wait: a disk is not away for long.
const MAX_WAITING_BYTES: usize = 4 << 20;
/// Bytes of a line on standard output. The platform cuts records of 256 KiB, and what follows the cut has no mark.
const MAX_LINE_BYTES: usize = 64 << 10;
/// Shortest time between two pushes.
const MIN_INTERVAL: Duration = Duration::from_secs(15);

/// See the module's documentation.
pub struct FileSink {
    path: PathBuf,
    metrics: bool,
    for_documents: Arc<Mutex<Out>>,
    /// Another one, because documents and metrics are written side by side.
    for_metrics: Arc<Mutex<Out>>,
}

/// The one who writes.
struct Out {
    path: PathBuf,
    /// What each line on standard output starts with.
    mark: &'static str,
    max_bytes: u64,
    /// The open file, and its length.
    file: Option<(File, u64)>,
}

impl FileSink {
    /// Opens nothing yet. `mark` starts each line on standard output.
    #[must_use]
    pub fn new(config: &telesieve_config::File, mark: &'static str) -> Self {
        let path = config.path.clone();
        let out = || {
            let (path, max_bytes) = (path.clone(), config.max_bytes);
            Arc::new(Mutex::new(Out { path, mark, max_bytes, file: None }))
        };
        let (for_documents, for_metrics) = (out(), out());
        Self { path, metrics: config.metrics, for_documents, for_metrics }
    }

    /// Does something that may block. If it does beyond the deadline, whatever was to be written may be written later.
    async fn write<T: Send + 'static>(
        out: &Arc<Mutex<Out>>,
        deadline: Instant,
        write: impl FnOnce(&mut Out) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let out = Arc::clone(out);
        let written = spawn_blocking(move || match out.try_lock() {
            Ok(mut out) => write(&mut out).map_err(|error| Fault::Unwritable(error.into())),
            Err(TryLockError::Poisoned(broken)) => {
                write(&mut broken.into_inner()).map_err(|error| Fault::Unwritable(error.into()))
            }
            // The last call has not come back yet.
            Err(TryLockError::WouldBlock) => Err(Fault::TimedOut),
        });
        match timeout_at(deadline, written).await {
            Ok(Ok(done)) => done,
            Ok(Err(ended)) => Err(Fault::Unwritable(ended.into())),
            Err(_) => Err(Fault::TimedOut),
        }
    }

    async fn documents(&self, items: &[Item], deadline: Instant) -> BulkReport {
        let mut report = BulkReport::nothing_sent(items.len());
        let lines: Vec<_> = items.iter().map(|item| item.lines.clone()).collect();
        report.plain_bytes = items.iter().map(|item| item.len() as u64).sum();
        report.requests = 1;
        let write = move |out: &mut Out| out.documents(lines.iter().map(|lines| document(lines)));
        match Self::write(&self.for_documents, deadline, write).await {
            Ok(written) => {
                report.sent_bytes = report.plain_bytes;
                report.outcomes[..written].fill(ItemOutcome::Stored);
                report.outcomes[written..].fill(ItemOutcome::Rejected(ErrorType::ours("file_full")));
            }
            Err(fault) => report.fault = Some(fault),
        }
        report
    }
}

/// The document of a bulk item, without the action in front of it.
fn document(lines: &[u8]) -> &[u8] {
    let start = lines.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    &lines[start..]
}

impl Out {
    /// Writes documents as long as there is room for them. Returns how many it wrote.
    fn documents<'d>(&mut self, documents: impl Iterator<Item = &'d [u8]>) -> io::Result<usize> {
        let mark = self.mark;
        if self.path == Path::new(STDOUT) {
            let (mut text, mut written) = (Vec::new(), 0);
            for document in documents {
                line(mark, document, &mut text);
                written += 1;
            }
            io::stdout().lock().write_all(&text)?;
            return Ok(written);
        }
        let max_bytes = self.max_bytes;
        let (file, length) = self.file()?;
        let (mut text, mut written) = (Vec::new(), 0);
        for document in documents {
            if *length + (text.len() + document.len()) as u64 > max_bytes {
                break;
            }
            text.extend_from_slice(document);
            written += 1;
        }
        file.write_all(&text)?;
        *length += text.len() as u64;
        Ok(written)
    }

    fn file(&mut self) -> io::Result<&mut (File, u64)> {
        let file = match self.file.take() {
            Some(open) => open,
            None => {
                let file = OpenOptions::new().create(true).append(true).open(&self.path)?;
                let length = file.metadata()?.len();
                (file, length)
            }
        };
        Ok(self.file.insert(file))
    }

    /// Nobody ever reads half a file.
    fn metrics(&self, text: &str) -> io::Result<()> {
        if self.path == Path::new(STDOUT) {
            let mut lines = Vec::with_capacity(text.len() * 2);
            text.lines().for_each(|metric| line(self.mark, metric.as_bytes(), &mut lines));
            return io::stdout().lock().write_all(&lines);
        }
        let (new, old) = (self.path.with_added_extension("prom.new"), self.path.with_added_extension("prom"));
        std::fs::write(&new, text)?;
        std::fs::rename(new, old)
    }
}

/// A line for standard output: marked, and not too long.
fn line(mark: &str, text: &[u8], out: &mut Vec<u8>) {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    out.extend_from_slice(mark.as_bytes());
    let end = character_end(text, MAX_LINE_BYTES);
    out.extend_from_slice(&text[..end]);
    if end < text.len() {
        out.extend_from_slice(format!(" … ({} bytes)", text.len()).as_bytes());
    }
    out.push(b'\n');
}

/// The last place up to `most` at which no character is cut.
fn character_end(text: &[u8], most: usize) -> usize {
    let continues = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (0..=most.min(text.len())).rev().find(|at| !continues(*at)).unwrap_or(0)
}

impl fmt::Debug for FileSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileSink({})", self.path.display())
    }
}

impl Sink for FileSink {
    fn name(&self) -> &'static str {
        "file"
    }

    fn documents(&self) -> Option<&dyn TakesDocuments> {
        Some(self)
    }

    fn metrics(&self) -> Option<&dyn TakesMetrics> {
        self.metrics.then_some(self)
    }
}

impl TakesDocuments for FileSink {
    fn max_body_bytes(&self) -> usize {
        MAX_BODY_BYTES
    }

    fn max_waiting_bytes(&self) -> usize {
        MAX_WAITING_BYTES
    }

    fn send<'s>(&'s self, items: &'s [Item], deadline: Instant) -> Sending<'s, BulkReport> {
        Box::pin(self.documents(items, deadline))
    }
}

impl TakesMetrics for FileSink {
    fn min_interval(&self) -> Duration {
        MIN_INTERVAL
    }

    fn push(&self, text: String, deadline: Instant) -> Sending<'_, Result<(), PushError>> {
        Box::pin(async move { Ok(Self::write(&self.for_metrics, deadline, move |out| out.metrics(&text)).await?) })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn sink(path: &Path, max_bytes: u64) -> FileSink {
        let config = telesieve_config::File { path: path.to_owned(), metrics: true, max_bytes };
        FileSink::new(&config, "[mark] ")
    }

    fn items() -> Vec<Item> {
        (0..3).map(|number| Item::new(format!("action\n{{\"n\":{number}}}\n"), number)).collect()
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn documents_are_appended_and_metrics_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        for _ in 0..2 {
            let sink = sink(&path, 1_000);
            assert_eq!(sink.documents(&items(), far()).await.tally().stored, 3);
            sink.push("x 1\n".to_owned(), far()).await.unwrap();
            sink.push("x 2\n".to_owned(), far()).await.unwrap();
        }
        let documents = "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), documents.repeat(2));
        assert_eq!(std::fs::read_to_string(folder.path().join("events.ndjson.prom")).unwrap(), "x 2\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn a_full_file_takes_no_more_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let report = sink(&path, 17).documents(&items(), far()).await;
        assert_eq!((report.tally().stored, report.tally().rejected), (2, 1));
        assert_eq!(report.rejected().next().unwrap().as_str(), "file_full");
        let again = sink(&path, 17).documents(&items(), far()).await;
        assert_eq!(again.tally().rejected, 3, "what is there already counts");
    }

    #[tokio::test]
    async fn a_path_that_cannot_be_written_is_a_fault_and_no_loss() {
        let report = sink(Path::new("/nowhere/events.ndjson"), 1_000).documents(&items(), far()).await;
        assert_eq!((report.fault.unwrap().as_str(), report.outcomes.len()), ("unwritable", 3));
        let pushed = sink(Path::new("/nowhere/events.ndjson"), 1_000).push("x 1\n".to_owned(), far()).await;
        assert!(matches!(pushed, Err(PushError::Fault(Fault::Unwritable(_)))));
    }

    /// A pipe that nobody reads: one writer hangs, the others are told at once.
    #[tokio::test]
    async fn a_writer_that_hangs_costs_the_deadline() {
        let sink = sink(Path::new("unused"), 1_000);
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let soon = Instant::now() + Duration::from_millis(50);
        let out = &sink.for_documents;
        let hangs = FileSink::write(out, soon, move |_| wait.recv().map_err(io::Error::other)).await;
        assert!(matches!(hangs, Err(Fault::TimedOut)), "{hangs:?}");
        assert!(matches!(FileSink::write(out, far(), |_| Ok(())).await, Err(Fault::TimedOut)));
        drop(release);
    }

    #[test]
    fn lines_on_standard_output_are_marked_and_cut() {
        let mut out = Vec::new();
        line("[mark] ", b"{\"n\":0}\n", &mut out);
        line("[mark] ", "ä".repeat(40_000).as_bytes(), &mut out);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "[mark] {\"n\":0}");
        assert!(lines[1].starts_with("[mark] ä") && lines[1].ends_with("ä … (80000 bytes)"));
        assert!(lines[1].len() < MAX_LINE_BYTES + 40);
    }
}
