//! The tags of an HTML page with their attributes: enough to follow links.
//!
//! This reads what MkDocs and rustdoc write. It builds no tree, and it takes no notice of text between tags; the content of
//! scripts and styles is skipped.

use std::borrow::Cow;

/// Character references of the two programs.
const REFERENCES: [(&str, &str); 7] =
    [("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];

/// A start tag.
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) attributes: Vec<Attribute<'a>>,
}

/// An attribute, its value as it is spelled in the page.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    value: &'a str,
}

impl Tag<'_> {
    /// The value of an attribute, character references resolved.
    pub(super) fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name == name)?;
        Some(decoded(attribute.value))
    }
}

/// All start tags of a page.
pub(super) fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at..).unwrap_or_default();
        tags.extend(tag_or_comment(&mut rest));
    }
    tags
}

/// Reads what a `<` begins; none if that is no start tag.
fn tag_or_comment<'a>(rest: &mut &'a str) -> Option<Tag<'a>> {
    if rest.starts_with("<!--") {
        *rest = behind(rest, "-->");
        return None;
    }
    *rest = rest.get(1..).unwrap_or_default();
    if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let tag = tag(rest);
    if matches!(tag.name, "script" | "style") {
        *rest = behind(rest, &format!("</{}", tag.name));
    }
    Some(tag)
}

fn behind<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// Reads a tag whose name begins here.
fn tag<'a>(rest: &mut &'a str) -> Tag<'a> {
    let name = take_until(rest, |next| next.is_whitespace() || matches!(next, '>' | '/'));
    let mut attributes = Vec::new();
    loop {
        *rest = rest.trim_start_matches(|next: char| next.is_whitespace() || next == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return Tag { name, attributes };
        }
        attributes.push(attribute(rest));
    }
}

fn attribute<'a>(rest: &mut &'a str) -> Attribute<'a> {
    let name = take_until(rest, |next| next.is_whitespace() || matches!(next, '=' | '>' | '/'));
    *rest = rest.trim_start();
    let Some(behind_the_sign) = rest.strip_prefix('=') else {
        return Attribute { name, value: "" };
    };
    *rest = behind_the_sign.trim_start();
    Attribute { name, value: value(rest) }
}

/// A value in quotes of either kind, or a bare one.
fn value<'a>(rest: &mut &'a str) -> &'a str {
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
    let Some(quote) = quote else {
        return take_until(rest, |next| next.is_whitespace() || next == '>');
    };
    *rest = rest.get(1..).unwrap_or_default();
    let value = take_until(rest, |next| next == quote);
    *rest = rest.get(1..).unwrap_or_default();
    value
}

/// Takes the text in front of the first character that ends it.
fn take_until<'a>(rest: &mut &'a str, ends: impl Fn(char) -> bool) -> &'a str {
    let end = rest.find(ends).unwrap_or(rest.len());
    let (taken, left) = rest.split_at(end);
    *rest = left;
    taken
}

/// Resolves the character references that the two programs write. The ampersand comes last, so nothing is resolved twice.
fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let resolve = |text: String, (reference, character): (&str, &str)| text.replace(reference, character);
    Cow::Owned(REFERENCES.into_iter().fold(value.to_owned(), resolve))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(page: &str, name: &str) -> Vec<String> {
        let tags = tags(page);
        tags.iter().filter_map(|tag| tag.value(name)).map(Cow::into_owned).collect()
    }

    #[test]
    fn values_are_found_however_they_are_quoted() {
        let page = r#"<a href="one?a=1&amp;b=2">x</a><A href='two' id = "i"/><a class=c href=three>1 < 2</a>"#;
        assert_eq!(values(page, "href"), ["one?a=1&b=2", "two", "three"]);
        assert_eq!(values(page, "id"), ["i"]);
    }

    #[test]
    fn what_is_no_tag_is_passed_over() {
        let page = "<!-- <a href=no> --><script src=s>if (a < b) '<a href=no>'</script><style>a<b</style><p hidden><a href=yes>";
        assert_eq!(values(page, "href"), ["yes"]);
        assert_eq!(values(page, "src"), ["s"]);
        assert_eq!(values(page, "hidden"), [""]);
    }

    #[test]
    fn a_page_that_breaks_off_ends() {
        for page in ["<", "<a", "<a href", "<a href=", "<a href=\"x", "<!-- ", "<script>"] {
            assert!(tags(page).len() <= 1, "{page}");
        }
    }
}
