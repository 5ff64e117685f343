//! The table that ends the benchmark: each figure beside its budget.
//!
//! It is a report. What other commands measure is named with the command, so that nobody takes it for forgotten.

use std::io::Write as _;

use anyhow::Result;

/// Figures of other commands: what, budget, command.
const ELSEWHERE: [(&str, &str, &str); 5] = [
    ("layer, x86_64, three transforms", "2.5 MB", "cargo xtask dist"),
    ("billed time added, next", "1 ms", "cargo xtask bench billed"),
    ("standard program beside VRL", "20 ×", "cargo xtask bench throughput"),
    ("... ten rules and bulk lines", "15 ×", "cargo xtask bench throughput"),
    ("WebAssembly beside native code", "1.10 ×", "cargo xtask bench throughput"),
];

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
            self.row(what, "", budget, command);
        }
        let mut out = std::io::stdout();
        writeln!(out, "\n{:<44}{:>10}{:>10}", "figure", "measured", "budget")?;
        Ok(self.0.iter().try_for_each(|row| writeln!(out, "{row}"))?)
    }
}
