//! Passwords in URLs (`scheme://user:password@host`) and in connection strings (`Server=a;Password=b;`).
//!
//! Passwords hold every sign, also unencoded, so a password ends at the last `@` that a host stands behind. Of the user only
//! what is itself a token is hit: a user without a password, or in front of `x-oauth-basic`. Templates and ports stay.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

use super::token::holds_run;
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, is_marked_whole, rule::keep, shown};
use crate::bytes::{self, is_word};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct UrlPassword;

static ABOUT: RuleInfo = RuleInfo {
    name: "url-password",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "Passwords in URLs and in connection strings, and tokens that stand for the user of a URL.",
    keys: None,
    validator: "A host behind the last `@`; in connection strings the name of the parameter.",
    reads_base64: true,
    hits: shown(&[
        ("postgres://app:s3cr3t@db:5432/x", "s3cr3t"),
        ("amqp://app:p@ss/w#rd!@mq/vh", "p@ss/w#rd!"),
        ("redis://:hunter2@localhost:6379", "hunter2"),
        ("https://0123456789abcdef0123:x-oauth-basic@github.com/a/b", "0123456789abcdef0123"),
        ("jdbc:oracle:thin:scott/tiger@db:1521", "tiger"),
        ("Server=db;User Id=a;Password=b c;Timeout=3", "b c"),
        (
            "AccountName=a;AccountKey=abcdefghij0123456789abcd==;EndpointSuffix=core.windows.net",
            "abcdefghij0123456789abcd==",
        ),
    ]),
    misses: shown(&[
        "http://localhost:8080/users/@me",
        "https://example.com/?email=jane@localhost",
        "https://medium.com/@x/y:z",
        "postgres://app:{password}@db/x",
        "postgres://app:$PASSWORD@db/x",
        "postgres://app:***@db/x",
        "postgres://app:@db/x",
        "ssh://git@host/repo",
        "http://[::1]:8080/a@b",
    ]),
};

impl BuiltIn for UrlPassword {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::AT | Signals::EQUALS
    }

    fn clues(&self) -> Clues {
        Clues::AT | Clues::NAME | Clues::RUN
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let first = hits.len();
        find_urls(subject, hits);
        find_slashed(subject.text, hits);
        find_parameters(subject.text, hits);
        keep(hits, first, |hit| {
            let value = &subject.text[hit];
            !is_template(value) && !is_marked_whole(value, subject.markers)
        });
    }
}

/// Whether a value is nothing, or stands for another one: `{name}`, `${name}`, `$NAME`, `%NAME%`, `<name>`, stars.
fn is_template(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| {
        name.iter().all(|byte| is_word(*byte) || matches!(byte, b'_' | b'.' | b'-' | b' ' | b'{' | b'}' | b'$'))
    };
    match value {
        [b'{', inner @ .., b'}'] | [b'$', b'{' | b'(', inner @ .., b'}' | b')'] | [b'<', inner @ .., b'>'] => {
            is_name(inner)
        }
        [b'%', inner @ .., b'%'] => is_name(inner),
        [b'$', name @ ..] => !name.is_empty() && name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_'),
        _ => value.iter().all(|byte| matches!(byte, b'*' | b'x' | b'X')),
    }
}

/// User info in URLs.
fn find_urls(subject: &Subject<'_>, hits: &mut Hits) {
    let text = subject.text;
    let (mut searched, mut run) = (0, Run::default());
    for at in bytes::find_iter(text, b"://") {
        let start = at + 3;
        if start < searched || !text[..at].last().is_some_and(|byte| is_word(*byte)) {
            continue;
        }
        // All URLs of a run end with it.
        if start >= run.end {
            run = Run::at(text, start);
        }
        let last = run.last_at.and_then(|last| last.checked_sub(start));
        let info = last.and_then(|last| user_info(&text[start..run.end], last));
        let Some(info) = info.map(|length| start..start + length) else { continue };
        searched = info.end;
        if !is_marked_whole(&text[info.clone()], subject.markers) {
            hit_user_info(text, info, hits);
        }
    }
}

/// Text without white space and quotes.
#[derive(Default)]
struct Run {
    end: usize,
    /// Its last `@`.
    last_at: Option<usize>,
}

impl Run {
    fn at(text: &[u8], start: usize) -> Self {
        let end = url_end(text, start);
        Self { end, last_at: memrchr(b'@', &text[start..end]).map(|at| start + at) }
    }
}

/// Where a URL ends: before white space, quotes, brackets of tags, and escaped line ends and quotes.
fn url_end(text: &[u8], start: usize) -> usize {
    let ends = |at: usize| match text[at] {
        b'"' | b'\'' | b'`' | b'<' | b'>' => true,
        b'\\' => matches!(text.get(at + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'')),
        byte => byte.is_ascii_whitespace() || byte.is_ascii_control(),
    };
    (start..text.len()).find(|at| ends(*at)).unwrap_or(text.len())
}

/// How long the user info is that a URL's rest starts with: up to the last `@` that a host stands behind. The last `@` of
/// all is known.
fn user_info(url: &[u8], last: usize) -> Option<usize> {
    let authority = url.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(url.len());
    match memrchr(b'@', &url[..authority]) {
        Some(at) => Some(if is_later(url, at, authority, last) { last } else { at }),
        None => is_behind_path(url, authority, last).then_some(last),
    }
}

/// Whether the last `@` of a URL is the one behind its password, and the one before is a part of it: what stands between
/// that one and the path is no host with a dot or a port.
fn is_later(url: &[u8], at: usize, authority: usize, last: usize) -> bool {
    /// No password is as long.
    const FAR: usize = 256;
    let host = &url[at + 1..authority];
    let is_plain = is_host(host) && (host.contains(&b'.') || host.contains(&b':') || host == b"localhost");
    last > at
        && last - at < FAR
        && !is_plain
        && url[..at].contains(&b':')
        && is_host(&url[last + 1..])
        && !url[at..last].contains(&b'?')
        && !url[..last].ends_with(b"/")
}

/// Whether the last `@` of a URL is behind a password that holds a `/`, `?` or `#`: a colon stands in front of these, and no
/// port behind it.
fn is_behind_path(url: &[u8], authority: usize, last: usize) -> bool {
    let Some(colon) = memchr(b':', &url[..authority]) else { return false };
    let port = &url[colon + 1..authority];
    let is_port = port.iter().all(u8::is_ascii_digit) || url[..colon].contains(&b'.') && port.len() < 2;
    url[0] != b'[' && !is_port && is_host(&url[last + 1..])
}

/// Whether a host may start here.
fn is_host(rest: &[u8]) -> bool {
    rest.first().is_some_and(|byte| {
        is_word(*byte) || matches!(byte, b'[' | b'_' | b'{' | b'$' | b'(' | b'/') || !byte.is_ascii()
    })
}

/// Hits the password, and the user if it is a token.
fn hit_user_info(text: &[u8], info: Range<usize>, hits: &mut Hits) {
    let Some(colon) = memchr(b':', &text[info.clone()]).map(|at| info.start + at) else {
        if is_token(&text[info.clone()]) {
            hits.push(info);
        }
        return;
    };
    let (user, password) = (info.start..colon, colon + 1..info.end);
    let stands_alone = matches!(&text[password.clone()], b"" | b"x" | b"X" | b"x-oauth-basic");
    if is_token(&text[user.clone()]) && (stands_alone || is_long(&text[user.clone()])) {
        hits.push(user);
    }
    if !stands_alone || &text[password.clone()] == b"x" {
        hits.push(password);
    }
}

/// Whether a user looks like a token: long, with digits.
fn is_token(user: &[u8]) -> bool {
    user.len() >= 16 && user.iter().any(u8::is_ascii_digit) && !user.contains(&b'@')
}

fn is_long(user: &[u8]) -> bool {
    user.len() >= 32
}

/// What stands in front of `user/password@`.
const SLASHED: &[&[u8]] = &[
    b":oracle:thin:",
    b":oracle:oci:",
    b"sqlplus ",
    b"sqlldr ",
    b"expdp ",
    b"impdp ",
    b"exp ",
    b"imp ",
    b"rman target ",
    b"userid=",
];

/// `user/password@host`, as Oracle's drivers and tools take it.
fn find_slashed(text: &[u8], hits: &mut Hits) {
    /// Longer than any user, password and name.
    const LONGEST: usize = 256;
    let Some(_) = memchr(b'@', text) else { return };
    for start in SLASHED.iter().flat_map(|name| bytes::find_iter(text, name).map(|at| at + name.len())) {
        let options = start + options_length(&text[start..]);
        let end = url_end(&text[..text.len().min(options + LONGEST)], options);
        let argument = &text[options..end];
        let slash = memchr(b'/', argument);
        let last = memrchr(b'@', argument);
        if let (Some(slash), Some(last)) = (slash, last)
            && slash + 1 < last
            && (slash > 0 && !argument[..slash].contains(&b'@'))
        {
            hits.push(options + slash + 1..options + last);
        }
    }
}

/// How long the flags of a command and the quote in front of its argument are.
fn options_length(rest: &[u8]) -> usize {
    const MOST: usize = 8;
    let mut at = 0;
    for _ in 0..MOST {
        let Some(flag) = rest[at..].strip_prefix(b"-") else { break };
        let word = flag.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        at = rest.len().min(at + 1 + word + 1);
    }
    at + usize::from(matches!(rest.get(at), Some(b'"' | b'\'')))
}

/// Names of secret parameters, in lower case, without what separates words; whether they need another parameter next to
/// them to be told from assignments.
const PARAMETERS: &[(&[u8], bool)] = &[
    (b"accountkey", false),
    (b"sharedaccesskey", false),
    (b"sharedsecretvalue", false),
    (b"sharedaccesssignature", false),
    (b"entitykey", false),
    (b"sharedsecret", true),
    (b"accesskey", true),
    (b"accesstoken", true),
    (b"secret", true),
    (b"password", true),
    (b"pwd", true),
    (b"token", true),
    (b"privatekeypwd", true),
];

/// Parameters of connection strings.
fn find_parameters(text: &[u8], hits: &mut Hits) {
    let mut searched = 0;
    for at in memchr_iter(b'=', text) {
        if at < searched || !is_parameter(text, at) {
            continue;
        }
        let value = parameter_value(text, at + 1);
        searched = value.end;
        if !value.is_empty() && (holds_run(text, value.clone()) || triggers(text, at)) {
            hits.push(value);
        }
    }
}

/// Whether the `=` at a place stands behind the name of a secret parameter of a connection string.
fn is_parameter(text: &[u8], at: usize) -> bool {
    const LONGEST: usize = 40;
    let window = &text[at.saturating_sub(LONGEST)..at];
    let name = window.iter().rposition(|byte| matches!(byte, b';' | b'"' | b'\'' | b',' | b'?' | b'&' | b'\n'));
    let start = at - window.len() + name.map_or(0, |name| name + 1);
    let (mut letters, mut count) = ([0; LONGEST], 0);
    for byte in text[start..at].iter().filter(|byte| !matches!(byte, b' ' | b'_' | b'-')) {
        letters[count] = byte.to_ascii_lowercase();
        count += 1;
    }
    let is_next = start.checked_sub(1).is_some_and(|before| text[before] == b';');
    let mut known = PARAMETERS.iter().filter(|(name, _)| letters[..count].ends_with(name));
    known.any(|(_, needs_company)| !needs_company || is_next || has_company(text, at))
}

/// Whether another parameter follows behind a semicolon.
fn has_company(text: &[u8], at: usize) -> bool {
    const FAR: usize = 200;
    let value = &text[at + 1..text.len().min(at + FAR)];
    let Some(semicolon) = memchr(b';', value) else { return false };
    let rest = &value[semicolon + 1..];
    let name = rest.iter().take_while(|byte| is_word(**byte) || matches!(byte, b' ' | b'_' | b'-')).count();
    name > 1 && rest.get(name) == Some(&b'=') && !value[..semicolon].contains(&b'\n')
}

/// Whether the name in front of `=` is one that sets off the rule: all that end in one of these words.
fn triggers(text: &[u8], at: usize) -> bool {
    let before = text[..at].trim_ascii_end();
    [b"password".as_slice(), b"pwd", b"secret", b"token"].iter().any(|word| {
        before.len().checked_sub(word.len()).is_some_and(|start| before[start..].eq_ignore_ascii_case(word))
    })
}

/// How far the end of a value with spaces is looked for.
const LONGEST_VALUE: usize = 512;

/// The value of a parameter, without its quotes.
fn parameter_value(text: &[u8], from: usize) -> Range<usize> {
    let start = from + text[from..].iter().take_while(|byte| **byte == b' ').count();
    let closing = match text.get(start) {
        Some(b'{') => b'}',
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return start..plain_end(text, start),
    };
    match closing_quote(text, start + 1, closing) {
        Some(end) => start + 1..end,
        None => start..plain_end(text, start + 1),
    }
}

/// The closing quote of a value; doubled ones belong to it.
fn closing_quote(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let text = &text[..text.len().min(from + LONGEST_VALUE)];
    let mut at = from;
    loop {
        at += memchr(quote, text.get(at..)?)?;
        if text.get(at + 1) != Some(&quote) {
            return Some(at);
        }
        at += 2;
    }
}

/// Where a value without quotes ends: at the semicolon in front of another parameter, at the quote around the string, or
/// at the end of the line.
fn plain_end(text: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\n' | b'\r' | b'<' | b'\\');
    let end = start + text[start..].iter().take(LONGEST_VALUE).take_while(|byte| !ends(byte)).count();
    let mut semicolons = memchr_iter(b';', &text[start..end]).map(|at| start + at);
    if let Some(semicolon) = semicolons.find(|at| is_end(&text[at + 1..end])) {
        return semicolon;
    }
    // Nothing says where the string ends: at white space.
    start + text[start..].iter().take_while(|byte| !ends(byte) && !byte.is_ascii_whitespace()).count()
}

/// Whether nothing follows a semicolon, or another parameter does: others belong to the value.
fn is_end(rest: &[u8]) -> bool {
    const LONGEST_NAME: usize = 40;
    let is_name = |byte: &u8| is_word(*byte) || matches!(byte, b' ' | b'_' | b'-' | b'.' | b':');
    let name = rest.iter().take(LONGEST_NAME).take_while(|byte| is_name(byte)).count();
    rest.first().is_none_or(u8::is_ascii_whitespace) || name > 0 && rest.get(name) == Some(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::blanked;

    fn rest(text: &str) -> String {
        blanked(&UrlPassword, text)
    }

    const SCHEMES: &[&str] =
        &["postgres", "mysql+pymysql", "mongodb+srv", "redis", "amqp", "https", "git+https", "jdbc:mysql"];
    const PASSWORDS: &[&str] = &[
        "hunter2",
        "s3cr3tPass",
        "p%40ss",
        "p@sswörd",
        "a!b#c$d",
        "x&y=z",
        "semi;colon,",
        "br(a)[c]{k}",
        "til~de^",
        "pl+us*st",
        "que?ry1",
        "sla/sh1",
        "a:b:c:d",
        "a@b@c@d",
    ];
    const HOSTS: &[&str] =
        &["localhost", "db", "db:5432", "[::1]:80", "10.0.0.1", "db.example.com", "h1,h2:27017", "redis-master"];

    #[test]
    fn passwords_of_urls_are_hit() {
        for scheme in SCHEMES {
            for password in PASSWORDS {
                for host in HOSTS {
                    for tail in ["", "/name", "/name?ssl=true", "/a/b#c"] {
                        for (before, after) in [("", ""), ("to ", " failed"), ("\"url\":\"", "\"}"), ("u=", "\\n")] {
                            let text = format!("{before}{scheme}://app:{password}@{host}{tail}{after}");
                            let rest = rest(&text);
                            let is_left = password
                                .as_bytes()
                                .windows(4)
                                .any(|part| rest.as_bytes().windows(4).any(|left| left == part));
                            assert!(!is_left && rest.contains("app:") && rest.contains(host), "{text} left {rest}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn users_that_are_tokens_are_hit() {
        assert!(!rest("https://0123456789abcdef0123@github.com").contains("4567"));
        assert!(!rest("https://x-access-token:0123456789abcdef0123@github.com").contains("4567"));
        assert!(rest("https://oauth2:abc@gitlab.com").contains("oauth2"));
    }

    #[test]
    fn connection_strings_are_read() {
        for (text, password) in [
            ("Server=db;Database=x;User Id=sa;Password=Sup3r!=pass;", "Sup3r!=pass"),
            ("Server=db;User Id=sa;Password=Sup3;r!=pass;Timeout=3", "r!=pass"),
            ("Server=db;Uid=sa;Pwd='a;b''c d';Timeout=3", "a;b''c d"),
            ("Driver={ODBC};UID=sa;PWD={a;b}};c}", "a;b"),
            ("jdbc:sqlserver://db:1433;user=sa;password=Sup3rpass", "Sup3rpass"),
            (
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abcdefghijklmnopqrst/+==",
                "abcdefghijklmnopqrst/+==",
            ),
            ("Endpoint=sb://a/;SharedAccessKeyName=r;SharedAccessKey=abcdefghijklmnopqrst=", "abcdefghijklmnopqrst="),
            ("sqlplus -s scott/t1ger@db", "t1ger"),
        ] {
            let rest = rest(text);
            assert!(!rest.contains(password), "{text} left {rest}");
        }
    }

    #[test]
    fn other_urls_stay() {
        for text in [
            "http://host:8080/a/b@c",
            "https://x.com/users/@me",
            "https://x.com/?mail=a@b.c",
            "https://x.com:443/#a@b",
            "https://unpkg.com/@scope/name@1.2.3/index.js",
            "redis://localhost:6379/0",
            "git@github.com:a/b.git",
            "http://[::1]:80/@x",
            "s3://bucket/key@2x.png",
            "https://user@host/x",
            "https://x.com/a:b/c@d",
        ] {
            assert_eq!(rest(text), text);
        }
    }
}
