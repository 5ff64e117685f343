//! `telesieve redact`: a filter for the shell. Text or NDJSON goes in, and comes out redacted by the rules that ship.
//!
//! [`records`] takes the input apart, [`redactor`] redacts a record, [`report`] counts. Text that no rule changes is written
//! byte for byte as it was read.

mod records;
mod redactor;
mod report;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

use crate::diff::{Change, diff};
use crate::format::FormatArgs;
use crate::out;
use crate::paint::Paint;
use records::{Input, Next, Record, Records, Stdin};
use redactor::{Outcome, Redactor};
use report::Report;

/// Exit status of `--check` if something was found.
const FOUND: u8 = 1;
/// Exit status if something could not be read or redacted.
const FAILED: u8 = 2;

/// The name of standard input, in arguments and in reports.
const STDIN: &str = "-";

/// Redact text or NDJSON: files, or standard input, to standard output.
///
/// Uses the engine and the rules of the extension. A line and the lines that continue it (they are indented, close a bracket, or
/// belong to a PEM block) are one record. Lines that are JSON stay JSON. Matched values are never printed.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct RedactArgs {
    /// Files to redact, in order. `-`: standard input, the default.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Rules and groups, as in `rules` of the redact transform: `secrets,email`, `all,-ip`.
    #[arg(long, value_name = "RULES", default_value = "default", value_delimiter = ',', allow_hyphen_values = true)]
    rules: Vec<String>,
    /// The text that replaces a value; `{rule}` is the name of the rule.
    #[arg(long, value_name = "TEXT", default_value = "[{rule}]")]
    replacement: String,
    /// Run the transforms of kind `redact` of a telesieve.toml, in its order, instead of `--rules`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rules", "replacement"])]
    config: Option<PathBuf>,
    /// Print to standard error which rule matched, where and how often.
    #[arg(long)]
    report: bool,
    /// Print what would change, instead of the redacted text.
    #[arg(long)]
    diff: bool,
    /// Print only the report, and exit with 1 if a rule matched.
    #[arg(long)]
    check: bool,
    /// The format of the report.
    #[command(flatten)]
    format: FormatArgs,
}

const HELP: &str = "\
Examples:
  telesieve redact < app.log > clean.log
  kubectl logs -f api | telesieve redact --rules secrets
  telesieve redact --check --rules all samples/*.ndjson      a gate for CI: exit status 1 if a rule matches
  telesieve redact --diff app.log                            what would change

Exit status:
  0  redacted; with --check: no rule matched
  1  with --check: a rule matched
  2  wrong usage, or a file could not be read, written or redacted";

/// Redacts all files.
///
/// # Errors
/// None: what fails is printed, and is an exit status.
pub fn run(args: &RedactArgs) -> Result<ExitCode> {
    match redact_all(args) {
        Ok(report) if args.check && report.has_findings() => Ok(FOUND.into()),
        Ok(_) => Ok(ExitCode::SUCCESS),
        // Whoever reads our output has enough of it.
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            out::error(&error);
            Ok(FAILED.into())
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn redact_all(args: &RedactArgs) -> Result<Report> {
    let redactor = match &args.config {
        Some(config) => Redactor::of_config(config)?,
        None => Redactor::of_rules(&args.rules.join(" "), &args.replacement)?,
    };
    let mut filter = Filter { args, redactor, report: Report::default(), paint: Paint::of_terminal() };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let stdin = [PathBuf::from(STDIN)];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    for path in files {
        if path.as_os_str() == STDIN {
            filter.records("<stdin>", Records::new(Stdin::new()), &mut out)?;
        } else {
            let file = File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
            ensure!(!file.metadata()?.is_dir(), "{} is a folder, expected a file", path.display());
            filter.records(&path.display().to_string(), Records::new(file), &mut out)?;
        }
    }
    filter.print_report(&mut out)?;
    out.flush()?;
    Ok(filter.report)
}

/// Everything that a record goes through.
struct Filter<'a> {
    args: &'a RedactArgs,
    redactor: Redactor,
    report: Report,
    paint: Paint,
}

impl Filter<'_> {
    fn records(&mut self, name: &str, mut records: Records<impl Input>, out: &mut impl Write) -> Result<()> {
        loop {
            match records.next().with_context(|| format!("failed to read {name}"))? {
                Next::Record(record) => self.record(name, &record, out)?,
                Next::Idle => out.flush()?,
                Next::End => return Ok(()),
            }
        }
    }

    fn record(&mut self, name: &str, record: &Record<'_>, out: &mut impl Write) -> Result<()> {
        let redacted = self.redactor.redact(record.bytes)?;
        self.report.count(name, record.line, &redacted);
        if self.args.diff {
            if let Outcome::Unchanged = redacted.outcome {
                return Ok(());
            }
            return self.print_diff(name, record, &redacted.outcome, out);
        }
        if self.args.check {
            return Ok(());
        }
        match &redacted.outcome {
            Outcome::Unchanged => out.write_all(record.bytes)?,
            Outcome::Changed(text) => out.write_all(text.as_bytes())?,
            Outcome::Dropped => return Ok(()),
        }
        Ok(out.write_all(record.terminator)?)
    }

    fn print_diff(&self, name: &str, record: &Record<'_>, outcome: &Outcome, out: &mut impl Write) -> Result<()> {
        let before = String::from_utf8_lossy(record.bytes);
        let after = if let Outcome::Changed(text) = outcome { text.as_str() } else { "" };
        let pieces = diff(&before, after);
        let width = self.paint.width.saturating_sub(4);
        writeln!(out, "{}", self.paint.bold(&format!("{name}:{}", record.line)))?;
        for (text, _) in self.paint.edited_column(&pieces, Change::Removed, width) {
            writeln!(out, "  {} {text}", self.paint.bad("-"))?;
        }
        if let Outcome::Dropped = outcome {
            return Ok(writeln!(out, "  {}", self.paint.dim("the record is dropped"))?);
        }
        for (text, _) in self.paint.edited_column(&pieces, Change::Added, width) {
            writeln!(out, "  {} {text}", self.paint.good("+"))?;
        }
        Ok(())
    }

    fn print_report(&self, out: &mut impl Write) -> Result<()> {
        let text = if self.args.format.is_json() { self.report.json().to_string() } else { self.report.text() };
        if self.args.check {
            writeln!(out, "{text}")?;
        } else if self.args.report {
            out.flush()?;
            out::notice(&text);
        }
        Ok(())
    }
}
