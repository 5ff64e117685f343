//! `docs/faults.md` is what happens: every row of its tables is played, and every cell is asserted.

use std::time::Duration;

use telesieve_config::{AwsService, Config, PushMode};
use telesieve_sinks::BreakerState;
use tokio::task::LocalSet;
use tokio::time::Instant;

use super::bench::{Bench, config};
use super::fake::{Fake, Reply, Request};
use super::servers::{AUTHORITY, black_hole, breaks_in_the_request, nobody, speaks_no_tls, tls};

/// Documents of a flush.
const EVENTS: usize = 3;
/// For servers that never answer.
const SHORT: Duration = Duration::from_millis(150);

const EXPIRED: &[u8] = include_bytes!("certificates/expired.pem");
const VALID: &[u8] = include_bytes!("certificates/server.pem");
const STORED: &str = r#"{"status":201}"#;

/// A sink at the other end, whatever it is.
struct Far {
    url: String,
    authority: Option<&'static str>,
    timeout: Option<Duration>,
    fake: Option<Fake>,
    _kept: Box<dyn std::any::Any>,
}

impl Far {
    fn new(url: String) -> Self {
        Self { url, authority: None, timeout: None, fake: None, _kept: Box::new(()) }
    }

    fn short(self) -> Self {
        Self { timeout: Some(SHORT), ..self }
    }

    async fn fake(reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let fake = Fake::start(reply).await;
        Self { fake: Some(fake), ..Self::new(String::new()) }.at()
    }

    fn at(self) -> Self {
        let url = self.fake.as_ref().map(|fake| fake.url.clone()).unwrap_or_default();
        Self { url, ..self }
    }

    async fn always(reply: fn() -> Reply) -> Self {
        Self::fake(move |_, _| reply()).await
    }

    /// Answers the item in the middle like this, and the others with 201.
    async fn one_item(answer: &'static str) -> Self {
        Self::fake(move |number, request| {
            let count = items(request);
            let answers = (0..count).map(|at| if at == 1 || number > 0 { answer } else { STORED });
            bulk(answers)
        })
        .await
    }

    async fn items(answer: &'static str) -> Self {
        Self::fake(move |_, request| bulk((0..items(request)).map(|_| answer))).await
    }

    fn config(&self, opensearch: bool) -> Config {
        let url = Some(self.url.as_str());
        let mut config = if opensearch { config(url, None) } else { config(None, url) };
        let authority = self.authority.map(Into::into);
        if let Some(sink) = &mut config.opensearch {
            sink.ca_file.clone_from(&authority);
            (sink.timeout, sink.connect_timeout) =
                self.timeout.map_or((sink.timeout, sink.timeout), |time| (time, time));
        }
        if let Some(sink) = &mut config.pushgateway {
            sink.ca_file.clone_from(&authority);
            (sink.timeout, sink.connect_timeout) =
                self.timeout.map_or((sink.timeout, sink.timeout), |time| (time, time));
        }
        config
    }
}

/// Items of a bulk body.
fn items(request: &Request) -> usize {
    request.text().lines().count() / 2
}

fn bulk<'a>(answers: impl Iterator<Item = &'a str>) -> Reply {
    let answers: Vec<_> = answers.map(|answer| format!(r#"{{"create":{answer}}}"#)).collect();
    Reply::json(format!(r#"{{"errors":true,"items":[{}]}}"#, answers.join(",")))
}

/// Whether a body holds the second document of the sandbox.
fn has_second(request: &Request) -> bool {
    request.text().contains("-1\"")
}

/// What fails alike for both sinks, below HTTP and by status.
async fn common(fault: &str) -> Option<Far> {
    const DATED: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:37 GMT\r\n";
    const PAUSE: &str = "retry-after: 60\r\n";
    Some(match fault {
        "connection refused" => {
            let (url, kept) = nobody();
            Far { _kept: Box::new(kept), ..Far::new(url) }
        }
        "black hole: connection attempt unanswered" => {
            let (url, kept) = black_hole().await;
            Far { _kept: Box::new(kept), ..Far::new(url).short() }
        }
        "connected, no response" => Far::always(|| Reply::Hang).await.short(),
        "slow trickle" => Far::always(|| Reply::Trickle(200, "{".repeat(50))).await.short(),
        "reset in the middle of the request" => Far::new(breaks_in_the_request().await),
        "reset before the response" => Far::always(|| Reply::Reset).await,
        "not TLS" => Far::new(speaks_no_tls().await),
        "certificate of an unknown authority" => Far::new(tls(VALID)),
        "certificate has expired" => Far { authority: Some(AUTHORITY), ..Far::new(tls(EXPIRED)) },
        "301 or any other 3xx" => Far::always(|| Reply::Answer(301, "location: /elsewhere\r\n", String::new())).await,
        "401" => Far::always(|| Reply::status(401)).await,
        "403" => Far::always(|| Reply::status(403)).await,
        "404 or any other 4xx" => Far::always(|| Reply::status(404)).await,
        "408" => Far::always(|| Reply::status(408)).await,
        "429" => Far::always(|| Reply::status(429)).await,
        "429 with `Retry-After` in seconds" => Far::always(|| Reply::Answer(429, PAUSE, String::new())).await,
        "429 with `Retry-After` as a date" => Far::always(|| Reply::Answer(429, DATED, String::new())).await,
        "500, 502, 503, 504" => Far::always(|| Reply::status(503)).await,
        "503 with `Retry-After`" => Far::always(|| Reply::Answer(503, PAUSE, String::new())).await,
        _ => return None,
    })
}

async fn opensearch(fault: &str) -> Far {
    const REFUSED: &str = r#"{"error":{"type":"illegal_argument_exception","reason":"jane@example.com"},"status":400}"#;
    const BLOCK: &str = r#"{"error":{"type":"cluster_block_exception"},"status":403}"#;
    if let Some(far) = common(fault).await {
        return far;
    }
    match fault {
        "response breaks off" => Far::always(|| Reply::Cut(200, r#"{"errors":false,"items":[{"#.into())).await,
        "403: the cluster is blocked" => Far::always(|| Reply::Answer(403, "", BLOCK.into())).await,
        "413: too many documents" => {
            Far::fake(|_, request| match items(request) {
                1 => bulk([STORED].into_iter()),
                _ => Reply::status(413),
            })
            .await
        }
        "413: one document alone is too large" => {
            Far::fake(|_, request| match (has_second(request), items(request)) {
                (true, _) => Reply::status(413),
                (false, count) => bulk((0..count).map(|_| STORED)),
            })
            .await
        }
        "400: one document is invalid" => {
            Far::fake(|_, request| match (has_second(request), items(request)) {
                (true, _) => Reply::Answer(400, "", REFUSED.into()),
                (false, count) => bulk((0..count).map(|_| STORED)),
            })
            .await
        }
        "402" => Far::always(|| Reply::status(402)).await,
        "200 with a page of HTML" => Far::always(|| Reply::json("<html>jane@example.com</html>")).await,
        "200 with JSON that breaks off" => Far::always(|| Reply::json(r#"{"errors":false,"items":[{"cre"#)).await,
        "200 with the wrong number of items" => Far::always(|| bulk([STORED].into_iter())).await,
        "200 that never ends" => Far::always(|| Reply::json(" ".repeat(200_000))).await,
        "item 409" => Far::one_item(r#"{"status":409,"error":{"type":"version_conflict_engine_exception"}}"#).await,
        "item 429" => Far::one_item(r#"{"status":429,"error":{"type":"rejected_execution_exception"}}"#).await,
        "item 5xx" => Far::one_item(r#"{"status":503}"#).await,
        "item 403" => Far::one_item(r#"{"status":403,"error":{"type":"security_exception"}}"#).await,
        "item 403: the index is blocked" => {
            Far::one_item(r#"{"status":403,"error":{"type":"cluster_block_exception"}}"#).await
        }
        "item without a status" => Far::one_item("{}").await,
        "item 400" => Far::one_item(r#"{"status":400,"error":{"type":"mapper_parsing_exception"}}"#).await,
        "item 404" => Far::one_item(r#"{"status":404,"error":{"type":"index_not_found_exception"}}"#).await,
        "every item 429" => Far::items(r#"{"status":429}"#).await,
        "every item 400" => Far::items(r#"{"status":400,"error":{"type":"mapper_parsing_exception"}}"#).await,
        _ => panic!("docs/faults.md has a row for OpenSearch that is not tested: {fault}"),
    }
}

async fn pushgateway(fault: &str) -> Far {
    const NAMED: &str = r#"collected metric faas_inits_total label:<value:"jane@example.com"> should be a Gauge"#;
    if let Some(far) = common(fault).await {
        return far;
    }
    match fault {
        "response breaks off" => Far::always(|| Reply::Cut(200, String::new())).await,
        "400 that names a family" => {
            Far::fake(|_, request| match request.text().contains("faas_inits_total") {
                true => Reply::Answer(400, "", NAMED.into()),
                false => Reply::status(200),
            })
            .await
        }
        "400 or 415 to a compressed push" => {
            Far::fake(|_, request| match request.head.contains("content-encoding: gzip") {
                true => Reply::status(415),
                false => Reply::status(200),
            })
            .await
        }
        "400 that names no family" => Far::always(|| Reply::Answer(400, "", "jane@example.com".into())).await,
        "202" => Far::always(|| Reply::status(202)).await,
        _ => panic!("docs/faults.md has a row for PushGateway that is not tested: {fault}"),
    }
}

async fn adds_up(fault: &str) -> Far {
    if let Some(far) = common(fault).await {
        return far;
    }
    match fault {
        "response breaks off" => Far::always(|| Reply::Cut(200, String::new())).await,
        "500 or 503" => Far::always(|| Reply::status(500)).await,
        "502 or 504: a proxy got no response" => Far::always(|| Reply::status(502)).await,
        "202" => Far::always(|| Reply::status(202)).await,
        "400 that names a family" | "400 that names no family" => pushgateway(fault).await,
        _ => panic!("docs/faults.md has a row for aggregating gateways that is not tested: {fault}"),
    }
}

/// Rows of the table under a heading, without its head.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md")).unwrap();
    let section = page.split_once(&format!("# {heading}\n")).unwrap().1;
    let table = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    table.skip(2).map(cells).collect()
}

/// What a cell of the column "documents" means: stored, rejected, waiting.
fn documents(cell: &str) -> (u64, u64, u64) {
    match cell {
        "all stay pending" => (0, 0, 3),
        "all are stored" => (3, 0, 0),
        "one stays pending, the others are stored" => (2, 0, 1),
        "one is dropped (`rejected`), the others are stored" => (2, 1, 0),
        "all are dropped (`rejected`)" => (0, 3, 0),
        _ => panic!("docs/faults.md: {cell}"),
    }
}

/// Whether a line is as a cell has it; `…` stands for anything.
fn is_like(line: &str, cell: &str) -> bool {
    let parts: Vec<_> = cell.split('…').collect();
    let mut rest = line;
    for part in &parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    line.starts_with(parts[0]) && (rest.is_empty() || cell.ends_with('…'))
}

fn assert_line(bench: &Bench, from: usize, cell: &str, row: &str) {
    let lines = bench.lines().split_off(from);
    match cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')) {
        None => assert_eq!((cell, lines), ("none", Vec::new()), "{row}"),
        Some(cell) => {
            let (level, cell) = cell.split_once(": ").unwrap();
            let expected = format!("{level}: {cell}");
            assert!(lines.iter().any(|line| is_like(line, &expected)), "{row}: {lines:#?}");
        }
    }
    assert!(!lines_text(bench).contains("jane"), "{row}: {lines:?}", lines = bench.lines());
}

fn lines_text(bench: &Bench) -> String {
    bench.lines().concat()
}

fn outcomes(bench: &mut Bench, sink: &str) -> String {
    let with = format!("sink=\"{sink}\"");
    let counts = bench.counts("telesieve_sink_requests_total{", "outcome", &with);
    counts.into_iter().map(|(outcome, count)| format!("{count} `{outcome}`")).collect::<Vec<_>>().join(", ")
}

/// What the column "breaker" says: after one flush, and after another one that ends alike.
fn assert_breaker(cell: &str, after_one: BreakerState, after_two: BreakerState, row: &str) {
    let expected = match cell {
        "stays closed" => (BreakerState::Closed, BreakerState::Closed),
        "counts" => (BreakerState::Closed, BreakerState::Open),
        "opens" => (BreakerState::Open, BreakerState::Open),
        _ => panic!("docs/faults.md: {cell}"),
    };
    assert_eq!((after_one, after_two), expected, "{row}");
}

async fn opensearch_row(row: Vec<String>) {
    if row[0] == "no credentials" {
        let far = Far::always(|| Reply::status(200)).await;
        let mut config = far.config(true);
        // Tests run without a role.
        config.opensearch.as_mut().unwrap().sigv4 = Some(AwsService::Es);
        return documents_row(row, "opensearch", &config).await;
    }
    let far = opensearch(&row[0]).await;
    documents_row(row, "opensearch", &far.config(true)).await;
}

async fn file_row(row: Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (path, max_bytes) = match row[0].as_str() {
        "path that cannot be written" => (folder.path().join("nowhere/events"), 1 << 20),
        "file is full" => (folder.path().join("events"), 10),
        fault => panic!("docs/faults.md has a row for files that is not tested: {fault}"),
    };
    let mut config = config(None, None);
    config.file = Some(telesieve_config::File { path, max_bytes, ..Default::default() });
    documents_row(row, "file", &config).await;
}

async fn documents_row(row: Vec<String>, sink: &'static str, config: &Config) {
    let [fault, tries, kept, breaker, line] = row.try_into().unwrap();
    let mut bench = Bench::new(config);
    let state = |bench: &Bench| bench.lifecycle.events[0].state(Instant::now());
    bench.events(EVENTS);
    bench.invoke("1", Duration::from_secs(60));
    bench.settle().await;
    assert_eq!(bench.asked(), 1, "{fault}: nothing is held up");
    let (shipped, dropped, waiting) = bench.accounts();
    let (stored, rejected, wait) = documents(&kept);
    let rejected = (rejected > 0).then_some(("rejected", rejected));
    assert_eq!((shipped, dropped, waiting), (stored, rejected.into_iter().collect(), wait), "{fault}");
    assert_eq!(outcomes(&mut bench, sink), tries, "{fault}");
    assert_line(&bench, 0, &line, &fault);
    let after_one = state(&bench);
    bench.invoke("2", Duration::from_secs(60));
    bench.settle().await;
    assert_breaker(&breaker, after_one, state(&bench), &fault);
    bench.accounts();
}

async fn pushgateway_row(row: Vec<String>) {
    let [fault, pushes, carried, breaker, line] = row.try_into().unwrap();
    let far = pushgateway(&fault).await;
    let mut bench = Bench::new(&far.config(false));
    let state = |bench: &Bench| bench.lifecycle.metrics[0].state(Instant::now());
    bench.events(EVENTS);
    bench.invoke("1", Duration::from_secs(60));
    bench.settle().await;
    assert_eq!(bench.asked(), 1, "{fault}: nothing is held up");
    assert_eq!(outcomes(&mut bench, "pushgateway"), pushes, "{fault}");
    assert_line(&bench, 0, &line, &fault);
    let after_one = state(&bench);
    let text = |bench: &mut Bench| {
        let guests = !bench.lifecycle.metrics[0].without_guests;
        bench.lifecycle.pipeline.metrics_text(&Vec::new(), None, guests, 0)
    };
    let next = text(&mut bench);
    match carried.as_str() {
        "all metrics" => assert!(next.contains("faas_inits_total{"), "{fault}"),
        "all metrics but the family" => {
            assert!(!next.contains("faas_inits_total{") && next.contains("faas_"), "{fault}");
        }
        "all metrics but those of transforms" => {
            assert!(bench.lifecycle.metrics[0].without_guests && next.contains("faas_"), "{fault}");
        }
        _ => panic!("docs/faults.md: {carried}"),
    }
    bench.invoke("2", Duration::from_secs(60));
    bench.settle().await;
    assert_breaker(&breaker, after_one, state(&bench), &fault);
    bench.accounts();
}

async fn adding_row(row: Vec<String>) {
    let [fault, pushes, held, breaker, line] = row.try_into().unwrap();
    let far = adds_up(&fault).await;
    let mut config = far.config(false);
    config.pushgateway.as_mut().unwrap().mode = PushMode::Aggregate;
    let mut bench = Bench::new(&config);
    let state = |bench: &Bench| bench.lifecycle.metrics[0].state(Instant::now());
    bench.events(EVENTS);
    bench.invoke("1", Duration::from_secs(60));
    bench.settle().await;
    assert_eq!(bench.asked(), 1, "{fault}: nothing is held up");
    assert_eq!(outcomes(&mut bench, "pushgateway"), pushes, "{fault}");
    assert_line(&bench, 0, &line, &fault);
    let after_one = state(&bench);
    let lifecycle = &mut bench.lifecycle;
    let news = lifecycle.pipeline.metrics_text(&Vec::new(), lifecycle.metrics[0].told(), true, 0);
    lifecycle.metrics[0].told().unwrap().settle(false);
    let is_news = news.lines().any(|line| {
        line.starts_with("telesieve_events_received_total{") && line.contains("\"function\"") && line.ends_with(" 3")
    });
    assert_eq!(if is_news { "sent again" } else { "count as arrived" }, held, "{fault}: {news}");
    bench.invoke("2", Duration::from_secs(60));
    bench.settle().await;
    assert_breaker(&breaker, after_one, state(&bench), &fault);
    bench.accounts();
}

#[tokio::test]
async fn every_row_of_gateways_that_add_up_is_what_happens() {
    let rows = rows("Aggregating gateways");
    assert_eq!(rows.len(), 24, "no row may get lost");
    all(rows.into_iter().map(adding_row)).await;
}

#[tokio::test]
async fn every_row_of_opensearch_is_what_happens() {
    let rows = rows("OpenSearch");
    assert_eq!(rows.len(), 40, "no row may get lost");
    all(rows.into_iter().map(opensearch_row)).await;
}

#[tokio::test]
async fn every_row_of_files_is_what_happens() {
    let rows = rows("File");
    assert_eq!(rows.len(), 2, "no row may get lost");
    all(rows.into_iter().map(file_row)).await;
}

#[tokio::test]
async fn every_row_of_pushgateway_is_what_happens() {
    let rows = rows("PushGateway");
    assert_eq!(rows.len(), 24, "no row may get lost");
    all(rows.into_iter().map(pushgateway_row)).await;
}

/// Side by side: most of them wait for something.
async fn all(rows: impl Iterator<Item = impl Future<Output = ()> + 'static>) {
    LocalSet::new()
        .run_until(async {
            let tasks: Vec<_> = rows.map(tokio::task::spawn_local).collect();
            let mut failed = 0;
            for task in tasks {
                failed += u32::from(task.await.is_err());
            }
            assert_eq!(failed, 0, "rows that are not what happens");
        })
        .await;
}
