//! `cargo xtask picture`: the picture of the README, before and after, out of what the demo prints.
//!
//! It is SVG with text in it, for both colour schemes. Times and ids of the run are in it, so that it changes with each run:
//! it is made by hand and committed.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::process::{command, output, step};
use crate::{build, paths};

/// The file.
const FILE: &str = "docs/before-and-after.svg";
/// Columns of the terminal that the picture shows.
const COLUMNS: usize = 118;
/// Events that show what redaction does: parts of their text.
const SHOWN: [&str; 4] = ["payment authorised", "\"card\"", "GET /health", "Authorization"];
/// Pixels of a character and of a line.
const CELL: (f64, f64) = (7.8, 19.0);

const STYLE: &str = "\
svg{color-scheme:light dark}rect{fill:light-dark(#fff,#161b22);stroke:light-dark(#d0d7de,#30363d)}\
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:light-dark(#1f2328,#e6edf3);white-space:pre}\
.b{font-weight:600}.d{fill:light-dark(#656d76,#8b949e)}.g{fill:light-dark(#1a7f37,#3fb950)}\
.r{fill:light-dark(#cf222e,#f85149)}.x{text-decoration:line-through}";

/// Runs the demo and writes the picture.
///
/// # Errors
/// The demo cannot be built or run, or shows none of the events.
pub fn draw() -> Result<()> {
    let built = build::everything()?;
    step("drawing the demo");
    let mut demo = command(&built.cli);
    demo.arg("run").arg(&built.opt).env("CLICOLOR_FORCE", "1").env("COLUMNS", COLUMNS.to_string());
    let text = output(&mut demo)?;
    let lines = events(&text);
    ensure!(!lines.is_empty(), "the demo shows none of {SHOWN:?}");
    let file = paths::root().join(FILE);
    fs::write(&file, svg(&lines)).with_context(|| format!("failed to write {FILE}"))
}

/// The lines of the events that are shown. An event begins in the first column behind its colour.
fn events(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().skip(2).take_while(|line| !plain(line).starts_with("Series")).collect();
    let is_shown = |event: &&[&str]| SHOWN.iter().any(|part| event.iter().any(|line| plain(line).contains(part)));
    // A line that is indented belongs to the event before it.
    let events = lines.chunk_by(|_, next| plain(next).starts_with(' '));
    events.filter(is_shown).flatten().copied().collect()
}

/// A line without colours.
fn plain(line: &str) -> String {
    spans(line).into_iter().map(|(_, text)| text).collect()
}

/// The spans of a line: the codes of its colour, and text.
fn spans(line: &str) -> Vec<(&str, &str)> {
    let mut parts = line.split("\x1b[");
    let mut spans = vec![("", parts.next().unwrap_or_default())];
    spans.extend(parts.filter_map(|part| part.split_once('m')));
    spans.retain(|(_, text)| !text.is_empty());
    spans
}

fn svg(lines: &[&str]) -> String {
    let (width, height) = (COLUMNS as f64 * CELL.0 + 24.0, lines.len() as f64 * CELL.1 + 24.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         aria-label=\"Telemetry before and after the transforms\">\n<style>{STYLE}</style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"6\"/>\n",
        width - 1.0,
        height - 1.0
    );
    for (line, number) in lines.iter().zip(1..) {
        let y = f64::from(number) * CELL.1 + 8.0;
        let _ = write!(svg, "<text x=\"12\" y=\"{y:.0}\" xml:space=\"preserve\">");
        for (codes, text) in spans(line) {
            let _ = write!(svg, "<tspan class=\"{}\">{}</tspan>", class(codes), escaped(text));
        }
        svg.push_str("</text>\n");
    }
    svg + "</svg>\n"
}

/// Classes of the style for the codes of a terminal.
fn class(codes: &str) -> &'static str {
    match codes {
        "1" => "b",
        "2" => "d",
        "32" => "g",
        "1;32" => "g b",
        "1;31" => "r b",
        "9;31" => "r x",
        _ => "",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_classes() {
        let line = "a \x1b[9;31mb<c\x1b[0m d";
        assert_eq!(spans(line), [("", "a "), ("9;31", "b<c"), ("0", " d")]);
        assert_eq!(plain(line), "a b<c d");
        assert!(svg(&[line]).contains("<tspan class=\"r x\">b&lt;c</tspan>"));
    }
}
