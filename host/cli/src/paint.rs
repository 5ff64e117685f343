//! Colour and columns, as far as the terminal has them.
//!
//! Without colour (`NO_COLOR`, `TERM=dumb`, or no terminal) edits are put in brackets: `[-gone-]`, `{+new+}`.

use std::io::IsTerminal;

use crate::diff::{Change, Piece};

/// Width where nothing says another.
const WIDTH: usize = 100;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    colour: bool,
    /// Columns of the terminal.
    pub(crate) width: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Gone,
    New,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Gone => "9;31",
            Self::New => "1;32",
        }
    }
}

impl Paint {
    /// As the environment and standard output say.
    pub(crate) fn of_terminal() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let terminal = std::io::stdout().is_terminal();
        let window = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
        let columns = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = columns.or(window).filter(|width| *width >= 40).unwrap_or(WIDTH);
        let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let is_forced = variable("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let colour = (terminal && !is_dumb || is_forced) && variable("NO_COLOR").is_none();
        Self { colour, width }
    }

    fn paint(self, text: &str, style: Style) -> String {
        if self.colour && style != Style::Plain && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", style.code())
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(text, Style::Bold)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(text, Style::Dim)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.paint(text, Style::Good)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.paint(text, Style::Bad)
    }

    /// A text without an edit in lines of at most so many columns, and of how many columns each is.
    pub(crate) fn plain_column(self, text: &str, width: usize, faint: bool) -> Vec<(String, usize)> {
        let style = if faint { Style::Dim } else { Style::Plain };
        let text = text.trim_end_matches('\n');
        self.wrap(&visible(text).map(|character| (character, style)).collect::<Vec<_>>(), width)
    }

    /// The old or the new side of an edit in lines of at most so many columns, and of how many columns each is.
    pub(crate) fn edited_column(self, pieces: &[Piece<'_>], side: Change, width: usize) -> Vec<(String, usize)> {
        let mut cells = Vec::new();
        let mut inside = false;
        let (open, close, style) = match side {
            Change::Removed => ("[-", "-]", Style::Gone),
            _ => ("{+", "+}", Style::New),
        };
        let mut bracket = |cells: &mut Vec<(char, Style)>, now: bool| {
            if now != inside && !self.colour {
                cells.extend(if now { open } else { close }.chars().map(|mark| (mark, Style::Plain)));
            }
            inside = now;
        };
        for piece in pieces.iter().filter(|piece| piece.change == Change::Same || piece.change == side) {
            let edited = piece.change == side;
            bracket(&mut cells, edited);
            cells.extend(visible(piece.text).map(|c| (c, if edited { style } else { Style::Plain })));
        }
        bracket(&mut cells, false);
        self.wrap(&cells, width)
    }

    fn wrap(self, cells: &[(char, Style)], width: usize) -> Vec<(String, usize)> {
        let mut rest = cells;
        let mut lines = Vec::new();
        while rest.len() > width {
            // At a gap, if there is one in the last third of the line.
            let gap = rest[width * 2 / 3..width].iter().rposition(|cell| matches!(cell.0, ' ' | ','));
            let (line, after) = rest.split_at(gap.map_or(width, |gap| width * 2 / 3 + gap + 1));
            lines.push((self.runs(line), line.len()));
            rest = after;
        }
        lines.push((self.runs(rest), rest.len()));
        lines
    }

    /// Paints each run of one style.
    fn runs(self, cells: &[(char, Style)]) -> String {
        let runs = cells.chunk_by(|a, b| a.1 == b.1);
        runs.map(|run| self.paint(&run.iter().map(|cell| cell.0).collect::<String>(), run[0].1)).collect()
    }
}

/// Text without what would move the cursor.
fn visible(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|character| match character {
        '\n' => '⏎',
        '\t' => ' ',
        control if control.is_control() => '·',
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::diff;

    fn lines(lines: Vec<(String, usize)>) -> Vec<String> {
        lines.into_iter().map(|line| line.0).collect()
    }

    #[test]
    fn edits_are_in_brackets_without_colour() {
        let paint = Paint { colour: false, width: 80 };
        let pieces = diff("for jane.doe ok", "for [R] ok");
        assert_eq!(lines(paint.edited_column(&pieces, Change::Removed, 80)), ["for [-jane.doe-] ok"]);
        assert_eq!(lines(paint.edited_column(&pieces, Change::Added, 80)), ["for {+[R]+} ok"]);
    }

    #[test]
    fn colours_come_in_runs() {
        let paint = Paint { colour: true, width: 80 };
        let pieces = diff("a b", "a c");
        assert_eq!(lines(paint.edited_column(&pieces, Change::Added, 80)), ["a \x1b[1;32mc\x1b[0m"]);
    }

    #[test]
    fn long_lines_wrap_at_gaps() {
        let paint = Paint { colour: false, width: 80 };
        assert_eq!(lines(paint.plain_column("one two three four", 10, false)), ["one two ", "three four"]);
        assert_eq!(lines(paint.plain_column("a\tb\nc\u{1b}d\n", 10, false)), ["a b⏎c·d"]);
        assert_eq!(lines(paint.plain_column("", 10, false)), [""]);
    }
}
