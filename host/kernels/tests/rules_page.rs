//! The page about the rules, made of the table. `docs/rules.md` holds it, and this test compares the two; with
//! `TELESIEVE_BLESS=1`, as `cargo xtask docs` sets it, it writes the page.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;

use telesieve_kernels::{Check, Group, KeyNames, Named, RuleInfo};

const HEAD: &str = "\
# Rules

What the rules of [`redact`](transforms.md#redact) find, and what they do not. Each has a version, which goes up when it
finds something else than before. Its examples are tests: all of them run through redaction, as text, as keys, and as JSON
inside JSON, in every build.

This page is generated from the code: `cargo xtask docs`.

## Groups

The name of a group may be used wherever the name of a rule may: in `rules`, `except` and `overrides`.

GROUPS
`all` is `secrets`, `personal` and `network`. `default` is what the layer of `cargo xtask dist` has: everything whose hits are
sure enough to be taken out of every log on day one. It leaves out `ip`, because operators need addresses to find out what
went wrong, and because most of those in a function's log are of machines. National ids are on where they are named: their
forms are those of order numbers and times, too.

## What all rules see

- **Every key and every value**, at every depth, of every record: function logs, extension logs (telesieve's own lines, too)
  and platform records with all that is in them, such as `errorType` or `tracing`. Names of keys are text like any other.
- **Decoded text**: `jane\\u0040example.com` is an address, `\\/` a slash, and a surrogate pair one character. What a hit
  becomes is escaped anew, and an escape is never cut in two: JSON stays JSON of the same shape.
- **Numbers**: a card's number without quotes is found. What takes its place is a string.
- **JSON inside a string**, and text inside that, seven levels deep. Where escapes are left even then, the whole string
  counts as a hit: nobody can say what it holds.
- **URL-encoded text**: `jane%40example.com`, `Authorization%3A%20Bearer%20abc`, also if encoded twice. What takes the place
  of a hit is not encoded in turn.
- **Base64** that stands for text, for the rules that say so below: runs of 20 characters or more, in either alphabet, with
  JSON in them or not. One hit costs the whole run. Runs count as a whole (with `a/` in front of it, a run is another one),
  and base64 inside base64 is not looked into.
- **Records that were cut off**, and records that are no JSON at all.

## What no rule sees

- A value that is spread over several elements of an array, several fields or several records.
- Text that is compressed, encrypted, in hex, in base64 of less than 20 characters, or URL-encoded three times.
- Encodings in each other, but for URL-encoding in base64 and base64 in URL-encoding; the `+` that stands for a space in forms;
  control characters that are URL-encoded, and base64 of text that holds some, such as colours.
- A card's number with an exponent, such as `4.1E15`, in JSON that is text itself; in the record's own JSON it is found.
- In text, the second line of a value in quotes, unless the value is a key or certificate that starts with `-----BEGIN`.
- Addresses of e-mail with letters beyond Cyrillic (U+052F), or with quotes around what is in front of the `@`.
- Characters that only look like others: fullwidth digits, Cyrillic letters, and what is split by a zero-width space.
- A value that no `:` or `=` is in front of, or whose name is in a field of its own, where the name has none of `pas`, `pwd`,
  `psw`, `sec`, `tok`, `cre`, `key` and `aut` in it: `setPin(\"1234\")`, `{\"name\": \"pin\", \"value\": 1234}`. Where the
  value's field is in front of the name's.
- Tokens of vendors of less than 20 characters, and seed phrases without a name.
- Passwords in the arguments of a call, such as `new PDO(dsn, user, password)`, and words behind the first blank of a password
  without quotes.
- A value that only its meaning makes secret: names of people, addresses of houses, order numbers. Name the field
  (`fields`), or add a rule of your own (`patterns`).
- Where a value stood, once a transform in front of `redact` has put it into a label, a metric's label or an event of its own:
  an address is found there, too, but the `hunter2` of `{\"password\": \"hunter2\"}` is a word like any other. Put `redact` first.
- `{\"version\": \"1.2.3.4\"}`, where the key alone says that this is no address: `ip` hits it.
- Times, request ids and the event's kind beside the record. They come from the platform and not from the function.
";

/// The page as Markdown.
fn page() -> String {
    let mut page = HEAD.replacen("GROUPS\n", &groups(), 1);
    for info in Named::all().map(Named::info) {
        rule(&mut page, info);
    }
    page.push_str("\n## Checks\n\nFor [patterns of your own](transforms.md#redact): what matches must pass.\n\n");
    for check in Check::ALL {
        writeln!(page, "- `{}`: {}", check.name(), about(check)).unwrap();
    }
    page
}

/// The groups and their rules.
fn groups() -> String {
    let mut page = "| group | rules |\n|---|---|\n".to_owned();
    let rules = |holds: &dyn Fn(&RuleInfo) -> bool| {
        let names = Named::all().map(Named::info).filter(|info| holds(info)).map(|info| format!("`{}`", info.name));
        names.collect::<Vec<_>>().join(", ")
    };
    for group in Group::ALL {
        writeln!(page, "| `{}` | {} |", group.name(), rules(&|info| info.group == group)).unwrap();
    }
    writeln!(page, "| `default` | {} |", rules(&|info| info.by_default)).unwrap();
    page.push('\n');
    page
}

fn about(check: Check) -> &'static str {
    match check {
        Check::Luhn => "the digits pass the Luhn check; there are no letters.",
        Check::Mod97 => "letters and digits pass ISO 7064 mod 97-10 in the way of IBANs.",
        Check::Card => "a number of a payment card: an issuer's prefix and length, and the Luhn check.",
        Check::Iban => "an IBAN: a country's length and structure, and mod 97-10.",
        Check::Mixed => "at least one letter and one digit: a token, and not a word or a number.",
    }
}

fn rule(page: &mut String, info: &RuleInfo) {
    writeln!(page, "\n## `{}`\n\n{} Version {}.\n", info.name, info.description, info.version).unwrap();
    writeln!(page, "- Must pass: {}", info.validator).unwrap();
    let base64 = if info.reads_base64 { "is looked into" } else { "is not looked into" };
    writeln!(page, "- URL-encoded text is looked into; base64 {base64}.").unwrap();
    if let Some(names) = info.keys {
        keys(page, &names);
    }
    page.push_str("\n| found in | |\n|---|---|\n");
    for (text, hit) in info.hits {
        writeln!(page, "| {} | {} |", code(text), code(hit)).unwrap();
    }
    let misses: Vec<String> = info.misses.iter().map(|text| code(text)).collect();
    writeln!(page, "\nLeft alone: {}", misses.join(", ")).unwrap();
}

fn keys(page: &mut String, names: &KeyNames) {
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    page.push_str(
        "- Values of keys are hits whatever they are. Names are compared without case, `_`, `-`, `.`, spaces and a",
    );
    page.push_str(" number at their end.");
    if !names.names.is_empty() {
        write!(page, " Names: {}.", list(names.names)).unwrap();
    }
    if !names.passwords.is_empty() {
        write!(page, " Words for a password, and names that end with them: {}.", list(names.passwords)).unwrap();
    }
    if !names.words.is_empty() {
        write!(page, " As the last word of a name (`DB_PASS`, not `bypass`): {}.", list(names.words)).unwrap();
    }
    if !names.plurals.is_empty() {
        write!(page, " Unless the value is a number: {}.", list(names.plurals)).unwrap();
    }
    if !names.endings.is_empty() {
        write!(page, " Names that end with {}.", list(names.endings)).unwrap();
    }
    if !names.except.is_empty() {
        write!(page, " Not: {}.", list(names.except)).unwrap();
    }
    page.push('\n');
}

/// Code that shows control characters and does not end a cell of a table.
fn code(text: &str) -> String {
    let text = text.replace('\u{1b}', "\\u001b").replace('\t', "\\t").replace('\n', "\\n").replace('|', "\\|");
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{text}{fence}")
}

#[test]
fn the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    if std::env::var_os("TELESIEVE_BLESS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page(), "cargo xtask docs");
}
