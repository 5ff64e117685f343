//! Links of Markdown pages, found and rewritten.
//!
//! Only inline links (`[text](target)`) outside of code are seen; a target has no spaces. Other forms would reach MkDocs as
//! they are, which refuses those that lead nowhere.

use anyhow::Result;

/// Rewrites the targets of all links of a page.
///
/// # Errors
/// Those of `rewrite`.
pub(super) fn rewritten(page: &str, mut rewrite: impl FnMut(&str) -> Result<String>) -> Result<String> {
    let mut written = String::with_capacity(page.len());
    let mut fence = None;
    for line in page.split_inclusive('\n') {
        let was_code = fence.is_some();
        fence = fence_after(fence, line);
        if was_code || fence.is_some() {
            written.push_str(line);
        } else {
            rewrite_line(line, &mut rewrite, &mut written)?;
        }
    }
    Ok(written)
}

/// The fence that is open behind a line: the characters that close it.
fn fence_after<'a>(open: Option<&'a str>, line: &'a str) -> Option<&'a str> {
    let line = line.trim();
    let fence = fence_of(line);
    match (open, fence) {
        (None, fence) => fence,
        (Some(open), Some(fence)) if fence.starts_with(open) && line == fence => None,
        (open, _) => open,
    }
}

/// The three or more backticks or tildes that a line begins with.
fn fence_of(line: &str) -> Option<&str> {
    let mark = line.chars().next().filter(|first| matches!(first, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(mark).len();
    line.get(..length).filter(|_| length >= 3)
}

fn rewrite_line(line: &str, rewrite: &mut impl FnMut(&str) -> Result<String>, written: &mut String) -> Result<()> {
    let mut rest = line;
    let mut in_code = false;
    while let Some((before, target)) = rest.split_once("](") {
        in_code ^= before.matches('`').count() % 2 == 1;
        written.push_str(before);
        written.push_str("](");
        rest = target;
        if !in_code {
            let (target, behind) = rest.split_at(rest.find([')', ' ', '\n']).unwrap_or(rest.len()));
            written.push_str(&rewrite(target)?);
            rest = behind;
        }
    }
    written.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(page: &str) -> String {
        rewritten(page, |target| Ok(target.to_uppercase())).expect("no link fails")
    }

    #[test]
    fn links_of_text_are_rewritten() {
        assert_eq!(upper("a [b](c.md#d), [`e`](f) and ![g](h \"i\")\n"), "a [b](C.MD#D), [`e`](F) and ![g](H \"i\")\n");
    }

    #[test]
    fn code_is_left_alone() {
        for code in ["`[a](b)`\n", "```sh\n[a](b)\n```\n", "````\n```\n[a](b)\n````\n", "~~~\n[a](b)\n```\n[a](b)\n~~~"]
        {
            assert_eq!(upper(code), code);
        }
        assert_eq!(upper("```\nx\n```\n[a](b)"), "```\nx\n```\n[a](B)");
    }
}
