//! The reference page, made of the option tables. `docs/configuration.md` holds it, and a test compares the two.

use std::fmt::Write as _;

use crate::options::{OPTIONS, Opt, SECTIONS};
use crate::transforms::TRANSFORM_OPTIONS;
use crate::value::Takes;

const HEAD: &str = "\
# Configuration

telesieve reads `$TELESIEVE_CONFIG`, or else `/opt/telesieve/telesieve.toml`. An environment variable of the function
overrides any key of a section: `TELESIEVE_<SECTION>_<KEY>`, such as `TELESIEVE_FLUSH_MODE` for `mode` in `[flush]`.
Write lists in variables with commas. Every key is optional and has the default given below.

`cargo xtask docs` generates this page from the code.

## Errors

An error in the configuration never stops the function. At the first start the extension logs all errors, each with
file, line, key and the expected value, and counts them in `telesieve_config_errors`.

- **A section's key.** An invalid key in the file keeps its default. An invalid variable has no effect: the file's value
  applies.
- **A sink.** An invalid URL or credential disables its sink, so that no data goes to another destination. A valid URL
  in a file or variable that is read later enables the sink again.
- **A transform.** A misconfigured transform fails closed: every record it would have processed is dropped and counted,
  since it may be the one that redacts.
- **The file.** If the file is not valid TOML, or has an unknown section, all events are dropped and counted, for the
  same reason.

`telesieve check` finds all of these before a deployment.

## `locked`

With `locked = true` at the top of the layer's file, `/opt/telesieve/telesieve.toml`, the layer's transforms are a
floor. A function that has a file of its own in `$TELESIEVE_CONFIG` can add transforms and cannot remove or weaken any:

- The layer's transforms run first. The function's own see only the events that those release.
- A function cannot reuse the name of a layer transform or key. For layer transforms, environment variables may only
  tighten: `on_error = \"drop\"` and `verify = true`.
- All other options of the layer's file apply unless the function's file or a variable overrides them.

Without `locked`, or without a file in the layer, only the function's file counts.

`locked` protects only the configuration. Anyone who can change a function's layers can still remove this layer or
overwrite its files; restrict that with IAM's `lambda:Layer` condition key.
";

const TAIL: &str = "\
| `settings` | a table | | The transform's own settings, written as `[transform.settings]`. See [transforms](transforms.md). The artifact contains them, so run `telesieve bundle` again when they change. |

Environment variables override a transform's keys, too: `TELESIEVE_TRANSFORM_<NAME>_<KEY>`, such as
`TELESIEVE_TRANSFORM_REDACT_BUDGET_MS`. They cannot override `name` or `settings`.

## `[keys]`

Secrets for keyed hashes. Each key has a name of your choice; its value is the secret, or a [reference](credentials.md)
to one. Transforms refer to keys by name and never see the secrets. Prefer the variable `TELESIEVE_KEYS_<NAME>` to the
file. The extension reads references once, when the sandbox starts; a transform whose key cannot be read drops its
records.
";

/// The reference page as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for (section, about) in SECTIONS {
        let _ = write!(page, "\n## `[{section}]`\n\n{about}\n\n");
        table(&mut page, OPTIONS.iter().filter(|option| option.section == *section).map(Row::from));
    }
    page.push_str("\n## `[[transform]]`\n\nThe chain of transforms. They run in the order of the file.\n\n");
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
    page.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
    for Row { key, takes, default, about } in rows {
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        let _ = writeln!(page, "| `{key}` | {takes} | {default} | {about} |");
    }
}
