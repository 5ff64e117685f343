//! Ready-made transform: takes sensitive values out of every record that it sees, whatever its kind.
//!
//! Rules look at decoded text: an address that is spelled with escapes, that stands in a key, or in JSON inside a string
//! is found all the same. If this transform fails, its records do not leave.
//!
//! ```toml
//! [keys]
//! pii = "a long random secret"      # better: TELESIEVE_KEYS_PII in the environment
//!
//! [[transform]]
//! name = "redact"
//!
//! [transform.settings]
//! rules = ["all"]                   # the default; or names of rules and groups: secrets, personal, network, default,
//!                                   # national-ids, email, ip, …
//! except = ["ip"]                   # of those in `rules`; none by default
//! action = "replace"                # the default; mask, hash, truncate, remove, or drop (the whole record)
//! replacement = "[{rule}]"          # for replace, with the rule's name in it; the default
//! keep_last = 4                     # for mask: letters and digits that stay, half of them at most; the default
//! keep_first = 4                    # for truncate: characters that stay (bytes, for fields); the default
//! key = "pii"                       # for hash: a name of [keys]; none by default
//! place = "whole"                   # where rules look: "whole" (the default), "message", "keys" or "field:some.path"
//!
//! [transform.settings.overrides.payment-card]
//! action = "mask"
//!
//! [transform.settings.overrides.email]
//! action = "hash"
//! key = "pii"
//!
//! [[transform.settings.patterns]]   # rules of your own
//! name = "employee"
//! pattern = "EMP-[0-9]{6}"
//! replacement = "EMP-?"
//!
//! [[transform.settings.patterns]]
//! name = "loyalty"
//! pattern = "[0-9]{4}( ?[0-9]{4}){2}"
//! check = "luhn"                    # none by default; luhn, mod97, card, iban or mixed (letters and digits)
//! place = "field:order"             # the place above by default
//!
//! [[transform.settings.patterns]]
//! name = "customer"
//! keys = ["customer_no", "*_iban"]  # values of these keys at any depth, in JSON and in text
//!
//! [[transform.settings.tokens]]       # tokens of your own, without a regular expression
//! name = "acme-token"
//! prefix = "acme_"
//! alphabet = "base64url"            # hex, upper-hex, base36, upper-base36, alphanumeric, base58, base64 or base64url
//! min_length = 20                   # behind the prefix
//! max_length = 40                   # none by default: a token goes on to the end of its alphabet
//!
//! [[transform.settings.fields]]     # whatever stands there, text or not
//! path = "user.name"
//! action = "hash"
//! key = "pii"
//!
//! [[transform.settings.fields]]
//! path = "items.*.card"             # `*`: any name or element; `**`: any number of levels
//! action = "remove"
//! ```
//!
//! What an override, a pattern or a field does not say is taken from the top: action, replacement, keep_last, keep_first and
//! key.
//! Patterns come before named rules, and fields before both.

mod fields;
mod rules;
mod settings;

use fields::Fields;
use settings::Settings;
use telesieve_guest::{Batch, Ruleset, Script, SettingError, Setup, transform};

struct Redact {
    fields: Fields,
    rules: Vec<Ruleset>,
}

#[expect(clippy::needless_pass_by_value, reason = "settings are handed over")]
fn setup(settings: Settings, setup: &mut Setup) -> Result<Redact, SettingError> {
    let rules = rules::declare(&settings, setup);
    let fields = Fields::declare(&settings, setup);
    if rules.is_empty() && settings.fields.is_empty() {
        setup.reject("rules", "expected a rule, a pattern or a field: there is nothing to redact");
    }
    Ok(Redact { fields, rules })
}

/// Nearly always one recipe for all records. Only fields that are replaced or forbid their record need a look.
#[transform(kind = "redact", setup = setup)]
fn redact(batch: &Batch, script: &mut Script, redact: &Redact) {
    let everywhere = script.recipe(|edit| {
        redact.fields.everywhere(edit);
        redact.scrub(edit);
    });
    for event in batch.events().filter(|event| redact.fields.concern(event)) {
        script.edit(&event, |edit| {
            redact.fields.here(&event, edit);
            redact.fields.everywhere(edit);
            redact.scrub(edit);
        });
    }
    script.assign_rest(everywhere);
}

impl Redact {
    fn scrub(&self, edit: &mut telesieve_guest::Edit) {
        for rules in &self.rules {
            edit.scrub(*rules);
        }
    }
}

#[cfg(test)]
mod tests;
