//! The reference page, made of the option tables. `docs/configuration.md` holds it, and a test compares the two.

use std::fmt::Write as _;

use crate::options::{OPTIONS, Opt, SECTIONS};
use crate::transforms::TRANSFORM_OPTIONS;
use crate::value::Takes;

const HEAD: &str = "\
# Configuration

telesieve reads `$TELESIEVE_CONFIG`, else `/opt/telesieve/telesieve.toml`. Any key of a section can be overridden by a
variable of the function: `TELESIEVE_<SECTION>_<KEY>`, so `[flush] mode` by `TELESIEVE_FLUSH_MODE`. Lists are written
with commas there. Nothing has to be in the file: an option that is not given has its default.

A mistake never stops the function. All of them are printed at the first start, each with file, line, key and what was
expected, and counted in `telesieve_config_errors`. A key with a mistake keeps its default. A transform with a mistake
is closed: the records that it should have seen are dropped and counted, because it may be the one that redacts them. A
file that is not valid TOML, or that has a section nobody knows, closes everything for the same reason.

## `locked`

With `locked = true` at the top of the file of a layer, `/opt/telesieve/telesieve.toml`, its transforms are a floor: a
function that brings a file of its own in `$TELESIEVE_CONFIG` adds to them and cannot take anything away. The layer's
transforms run first, so those of the function see only what they let through. A transform or a key with the name of
one of the layer's is a mistake, and variables can set no more of the layer's transforms than `on_error = \"drop\"` and
`verify = true`. Everything else that the layer's file says holds until the function's file or a variable says otherwise.
Without `locked`, the function's file stands alone, and so it does without a file in the layer.
It is a floor for configurations: who may change a function's layers can leave this one out, or put another one over its
files. IAM's condition key `lambda:Layer` says which layers a function may have.

This page is generated from the code: `cargo xtask docs`.
";

const TAIL: &str = "\
| `settings` | a table | | The transform's own settings, written as `[transform.settings]`. See [transforms](transforms.md). They go into the artifact, so run `telesieve bundle` again when they change. |

A transform's keys can be overridden too: `TELESIEVE_TRANSFORM_<NAME>_<KEY>`, such as `TELESIEVE_TRANSFORM_REDACT_BUDGET_MS`.

## `[keys]`

Secrets for keyed hashes: any name, and the secret as text or a [reference](credentials.md) to one. Transforms refer to
them by name and never see them. Better than in the file, they stand in a variable, `TELESIEVE_KEYS_<NAME>`. References
are read once, when the sandbox starts; a transform whose key cannot be read does not start.
";

/// The reference page as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for (section, about) in SECTIONS {
        let _ = write!(page, "\n## `[{section}]`\n\n{about}\n\n");
        table(&mut page, OPTIONS.iter().filter(|option| option.section == *section).map(Row::from));
    }
    page.push_str("\n## `[[transform]]`\n\nThe chain, in the order of the file.\n\n");
    table(
        &mut page,
        TRANSFORM_OPTIONS.iter().map(|o| Row { key: o.key, takes: o.takes, default: o.default, about: o.about }),
    );
    page.push_str(TAIL);
    page
}

struct Row {
    key: &'static str,
    takes: Takes,
    default: &'static str,
    about: &'static str,
}

impl From<&Opt> for Row {
    fn from(option: &Opt) -> Self {
        Self { key: option.key, takes: option.takes, default: option.default, about: option.about }
    }
}

fn table(page: &mut String, rows: impl Iterator<Item = Row>) {
    page.push_str("| key | takes | default | meaning |\n|---|---|---|---|\n");
    for Row { key, takes, default, about } in rows {
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        let _ = writeln!(page, "| `{key}` | {takes} | {default} | {about} |");
    }
}
