//! The page about the rules, made of the table. `docs/rules.md` holds it, and this test compares the two; with
//! `TELESIEVE_BLESS=1`, as `cargo xtask docs` sets it, it writes the page.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;

use telesieve_kernels::{Check, Group, KeyNames, Named, RuleInfo};

const HEAD: &str = "\
# Rules

What each rule of [`redact`](transforms.md#redact) finds, and what it leaves alone. Each rule has a version, which
increases when its results change. The examples are tests: every build runs all of them through redaction, as text, as
keys, and as JSON inside JSON.

`cargo xtask docs` generates this page from the code.

## Groups

You can use the name of a group wherever you can use the name of a rule: in `rules`, `except` and `overrides`.

GROUPS
`all` is `secrets`, `personal` and `network`. `default` is what the layer of `cargo xtask dist` uses: every rule that is
precise enough to run on all logs from day one. It leaves out `ip`, because operators need addresses to find out what
went wrong, and because most addresses in a function's log belong to machines. Rules for national ids run only if you
name them: order numbers and times have the same forms.

## What all rules search

- **Every key and every value**, at every depth, of every record: function logs, extension logs (including telesieve's
  own lines) and platform records with all of their content, such as `errorType` or `tracing`. Names of keys are text
  like any other.
- **Decoded text**: `jane\\u0040example.com` is an address, `\\/` a slash, and a surrogate pair one character. Redaction
  escapes its replacement again and never splits an escape: JSON stays JSON of the same shape.
- **Numbers**: a card number without quotes is found. Its replacement is a string.
- **JSON inside a string**, and text inside that, seven levels deep. If escapes remain even then, the whole string
  counts as a match, because its content is unknown.
- **URL-encoded text**: `jane%40example.com`, `Authorization%3A%20Bearer%20abc`, also if encoded twice. Redaction does
  not encode the replacement.
- **Base64** of text, for the rules that say so below: runs of 20 characters or more, in either alphabet, with JSON in
  them or not. One match redacts the whole run. A run is searched as a whole (with `a/` before it, it is a different
  run), and base64 inside base64 is not searched.
- **Records that were cut off**, and records that are not JSON at all.

## What no rule sees

- A value that is split over several elements of an array, several fields or several records.
- Text that is compressed, encrypted, in hex, in base64 of less than 20 characters, or URL-encoded three times.
- Encodings inside each other, except URL-encoding in base64 and base64 in URL-encoding; the `+` that encodes a space in
  forms; control characters that are URL-encoded, and base64 of text that contains some, such as colours.
- A card number with an exponent, such as `4.1E15`, in JSON inside text; in the record's own JSON it is found.
- In text, the second line of a value in quotes, unless the value is a key or certificate that starts with `-----BEGIN`.
- E-mail addresses with letters beyond Cyrillic (U+052F), or with quotes around the part before the `@`.
- Look-alike characters: fullwidth digits, Cyrillic letters; and text that a zero-width space splits.
- A value that follows no `:` or `=`, or whose name is in another field, if the name contains none of `pas`, `pwd`,
  `psw`, `sec`, `tok`, `cre`, `key` and `aut`: `setPin(\"1234\")`, `{\"name\": \"pin\", \"value\": 1234}`. A value whose field
  is before the field of its name.
- Vendor tokens of less than 20 characters, and seed phrases without a name.
- Passwords in the arguments of a call, such as `new PDO(dsn, user, password)`, and words after the first space of a
  password without quotes.
- A value that is secret only because of its meaning: names of people, postal addresses, order numbers. Name the field
  (`fields`), or add a rule of your own (`patterns`).
- The key of a value, once a transform before `redact` has copied the value into a label, a metric's label or an event
  of its own: an address is found there, too, but the `hunter2` of `{\"password\": \"hunter2\"}` is a word like any other.
  Put `redact` first.
- `{\"version\": \"1.2.3.4\"}`, where only the key shows that this is no address: `ip` matches it.
- The time, request id and kind of an event, outside its record. They come from the platform and not from the function;
  the extension [checks their form](fields.md).
";

/// The page as Markdown.
fn page() -> String {
    let mut page = HEAD.replacen("GROUPS\n", &groups(), 1);
    for info in Named::all().map(Named::info) {
        rule(&mut page, info);
    }
    page.push_str(
        "\n## Checks\n\nFor [your own patterns](transforms.md#redact): the check that a match must pass.\n\n",
    );
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
        Check::Mod97 => "letters and digits pass ISO 7064 mod 97-10, computed as for IBANs.",
        Check::Card => "a payment card number: an issuer's prefix and length, and the Luhn check.",
        Check::Iban => "an IBAN: a country's length and structure, and mod 97-10.",
        Check::Mixed => "at least one letter and one digit: a token, not a word or a number.",
    }
}

fn rule(page: &mut String, info: &RuleInfo) {
    writeln!(page, "\n## `{}`\n\n{} Version {}.\n", info.name, info.description, info.version).unwrap();
    writeln!(page, "- Must pass: {}", info.validator).unwrap();
    let base64 = if info.reads_base64 { " and base64" } else { ", but not base64" };
    writeln!(page, "- Searches URL-encoded text{base64}.").unwrap();
    if let Some(names) = info.keys {
        keys(page, &names);
    }
    page.push_str("\n| found in | match |\n|---|---|\n");
    for (text, hit) in info.hits {
        writeln!(page, "| {} | {} |", code(text), code(hit)).unwrap();
    }
    let misses: Vec<String> = info.misses.iter().map(|text| code(text)).collect();
    writeln!(page, "\nLeft alone: {}", misses.join(", ")).unwrap();
}

fn keys(page: &mut String, names: &KeyNames) {
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    page.push_str("- Values of these keys always match. Comparison of names ignores case, `_`, `-`, `.`, spaces and a");
    page.push_str(" number at the end.");
    if !names.names.is_empty() {
        write!(page, " Names: {}.", list(names.names)).unwrap();
    }
    if !names.passwords.is_empty() {
        write!(page, " Words for a password, and names that end in one: {}.", list(names.passwords)).unwrap();
    }
    if !names.words.is_empty() {
        write!(page, " As the last word of a name (`DB_PASS`, not `bypass`): {}.", list(names.words)).unwrap();
    }
    if !names.plurals.is_empty() {
        write!(page, " Unless the value is a number: {}.", list(names.plurals)).unwrap();
    }
    if !names.endings.is_empty() {
        write!(page, " Names that end in {}.", list(names.endings)).unwrap();
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
