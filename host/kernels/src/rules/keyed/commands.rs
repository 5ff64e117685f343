//! Credentials on command lines whose flags have one letter: `curl -u name:password`, `mysql -psecret`, `sshpass -p x`.

use std::ops::Range;

use super::{quote, value};
use crate::bytes;

/// Programs, the flags that take a secret, and how the value is joined to the flag.
const COMMANDS: &[(&str, &[&str], Joined)] = &[
    ("curl", &["-u", "-U", "--user", "--proxy-user", "--pass", "--oauth2-bearer"], Joined::Behind),
    ("wget", &["--password", "--http-password", "--ftp-password", "--proxy-password"], Joined::Behind),
    ("http", &["-a", "--auth"], Joined::Behind),
    ("mysql", &["-p"], Joined::Directly),
    ("mysqldump", &["-p"], Joined::Directly),
    ("mysqladmin", &["-p"], Joined::Directly),
    ("mariadb", &["-p"], Joined::Directly),
    ("mongo", &["-p"], Joined::Behind),
    ("mongosh", &["-p"], Joined::Behind),
    ("mongodump", &["-p"], Joined::Behind),
    ("redis-cli", &["-a"], Joined::Behind),
    ("sqlcmd", &["-P"], Joined::Behind),
    ("ldapsearch", &["-w"], Joined::Behind),
    ("ldapmodify", &["-w"], Joined::Behind),
    ("sshpass", &["-p"], Joined::Either),
    ("psexec", &["-p"], Joined::Behind),
    ("docker login", &["-p"], Joined::Behind),
    ("podman login", &["-p"], Joined::Behind),
    ("helm", &["-p"], Joined::Behind),
    ("az login", &["-p"], Joined::Behind),
    ("openssl", &["-k", "-K", "-passin", "-passout"], Joined::Behind),
    ("keytool", &["-storepass", "-keypass"], Joined::Behind),
    ("smbclient", &["-U"], Joined::Behind),
];

/// How the value is joined to its flag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joined {
    /// Behind a blank or `=`.
    Behind,
    /// Without anything between.
    Directly,
    /// In either way.
    Either,
}

/// Reports the values of flags, to the end of the line that a program is called in.
pub(super) fn find(text: &[u8], report: &mut dyn FnMut(Range<usize>)) {
    if bytes::find(text, b" -").is_none() {
        return;
    }
    for (program, flags, joined) in COMMANDS {
        let mut searched = 0;
        for at in bytes::find_iter(text, program.as_bytes()) {
            let end = at + program.len();
            let is_word = at == 0 || !text[at - 1].is_ascii_alphanumeric();
            if at < searched || !is_word || !matches!(text.get(end), Some(b' ' | b'.')) {
                continue;
            }
            searched = quote::line_end(text, end);
            of_line(text, end..searched, flags, *joined, report);
        }
    }
}

fn of_line(text: &[u8], line: Range<usize>, flags: &[&str], joined: Joined, report: &mut dyn FnMut(Range<usize>)) {
    let mut at = line.start;
    while let Some(blank) = memchr::memchr(b' ', &text[at..line.end]) {
        let start = at + blank + 1;
        at = start;
        let word = &text[start..line.end];
        let Some(length) = flags.iter().find_map(|flag| flag_length(word, flag)) else { continue };
        if let Some(found) = value_of(text, start + length, line.end, joined) {
            at = found.end.max(start);
            report(found);
        }
    }
}

/// How long a flag is at the start of a word. Of flags of one letter, others may be joined in front: `-ku`.
fn flag_length(word: &[u8], flag: &str) -> Option<usize> {
    const MOST: usize = 5;
    if word.starts_with(flag.as_bytes()) {
        return Some(flag.len());
    }
    let [b'-', letter] = *flag.as_bytes() else { return None };
    let letters = word.strip_prefix(b"-")?;
    let length = letters.iter().take(MOST).take_while(|byte| byte.is_ascii_alphabetic()).count();
    (length > 1 && letters[length - 1] == letter && letters.get(length) == Some(&b' ')).then_some(length + 1)
}

fn value_of(text: &[u8], at: usize, line: usize, joined: Joined) -> Option<Range<usize>> {
    let is_apart = matches!(text.get(at), Some(b' ' | b'='));
    let start = match (is_apart, joined) {
        (true, Joined::Directly) | (false, Joined::Behind) => return None,
        (true, _) => at + text[at..line].iter().take_while(|byte| matches!(byte, b' ' | b'=')).count(),
        (false, _) => at,
    };
    let first = *text.get(start).filter(|_| start < line)?;
    if first == b'-' {
        return None;
    }
    let found = match quote::open(text, start) {
        Some(quote) => quote.start..quote.end(text),
        None => start..value::word_end(text, start),
    };
    (!found.is_empty()).then_some(found)
}
