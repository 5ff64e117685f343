//! The table that ends the benchmark: each figure beside its budget.
//!
//! It is a report. What other commands measure and was not handed over is named with the command, so that nobody takes it
//! for forgotten.

use std::io::Write as _;

use anyhow::Result;

/// Figures of other commands: what, budget, command.
const ELSEWHERE: [(&str, &str, &str); 5] = [
    (LAYER, "2.6 MB", "cargo xtask dist"),
    (BILLED, "1 ms", "cargo xtask bench billed"),
    ("standard program, one transform, against VRL", "5.5 ×", "cargo xtask bench throughput"),
    ("ten rules, one transform, against VRL", "7.5 ×", "cargo xtask bench throughput"),
    ("WebAssembly, against the same edits natively", "1.10 ×", "cargo xtask bench throughput"),
];

/// The size of a layer.
pub const LAYER: &str = "layer, one architecture, three transforms";

/// What is added to the bill.
pub const BILLED: &str = "billed time added, next";

/// Rows that were measured.
#[derive(Default)]
pub struct Budgets(Vec<String>);

impl Budgets {
    /// A figure that may be at most `budget`.
    pub fn at_most(&mut self, what: &str, measured: f64, budget: f64, unit: &str) {
        let verdict = if measured <= budget { "pass" } else { "FAIL" };
        let [measured, budget] = [measured, budget].map(|value| format!("{value:.2} {unit}"));
        self.row(what, &measured, &budget, verdict);
    }

    /// The ratios that the benchmark of throughput printed, with its own verdicts: lines such as
    /// `name   5.90  ≥    20.00  FAIL`.
    pub fn printed(&mut self, text: &str) {
        for line in text.lines().filter(|line| line.ends_with("pass") || line.ends_with("FAIL")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [name @ .., measured, "≤" | "≥", budget, verdict] = words.as_slice() {
                self.row(&name.join(" "), &format!("{measured} ×"), &format!("{budget} ×"), verdict);
            }
        }
    }

    /// A figure without a budget.
    pub fn report(&mut self, what: &str, measured: &str) {
        self.row(what, measured, "", "reported");
    }

    /// A figure that this machine cannot tell, and why.
    pub fn unknown(&mut self, what: &str, why: &str) {
        self.row(what, "", "", &format!("not measurable here: {why}"));
    }

    fn row(&mut self, what: &str, measured: &str, budget: &str, verdict: &str) {
        self.0.push(format!("{what:<44}{measured:>10}{budget:>10}  {verdict}"));
    }

    /// Prints the table.
    ///
    /// # Errors
    /// Nobody reads it.
    pub fn show(mut self) -> Result<()> {
        for (what, budget, command) in ELSEWHERE {
            if !self.0.iter().any(|row| row.starts_with(what)) {
                self.row(what, "", budget, command);
            }
        }
        let mut out = std::io::stdout();
        writeln!(out, "\n{:<44}{:>10}{:>10}", "figure", "measured", "budget")?;
        Ok(self.0.iter().try_for_each(|row| writeln!(out, "{row}"))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_benchmark_printed_is_taken_over() {
        let mut table = Budgets::default();
        table.printed(
            "  chain 3          300.0 µs\n\n                 ratio      budget\n  \
             standard program, one transform, against VRL       5.90  ≥    20.00  FAIL\n  \
             WebAssembly, against the same edits natively       1.09  ≤     1.10  pass\n",
        );
        let rows = table.0.iter().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
        let expected = [
            "standard program, one transform, against VRL 5.90 × 20.00 × FAIL",
            "WebAssembly, against the same edits natively 1.09 × 1.10 × pass",
        ];
        assert_eq!(rows.collect::<Vec<_>>(), expected);
        assert!(ELSEWHERE.iter().filter(|(what, ..)| table.0.iter().any(|row| row.starts_with(what))).count() == 2);
    }
}
