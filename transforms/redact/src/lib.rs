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
//! rules = ["all"]                   # the default; or names: email, payment-card, bearer, aws-key, jwt, phone, ip,
//!                                   # iban, us-ssn, secret
//! except = ["ip"]                   # of those in `rules`; none by default
//! action = "replace"                # the default; mask, hash, remove, or drop (the whole record)
//! replacement = "[{rule}]"          # for replace, with the rule's name in it; the default
//! keep_last = 4                     # for mask: letters and digits that stay; the default
//! key = "pii"                       # for hash: a name of [keys]; none by default
//! place = "whole"                   # where rules look: "whole" (the default), "message" or "field:some.path"
//!
//! [transform.settings.overrides.payment-card]
//! action = "mask"
//!
//! [transform.settings.overrides.email]
//! action = "hash"
//! key = "pii"
//!
//! [[transform.settings.patterns]]
//! name = "employee"
//! pattern = "EMP-[0-9]{6}"
//! replacement = "EMP-?"
//!
//! [[transform.settings.fields]]     # whatever stands there, text or not
//! path = "user.name"
//! action = "hash"
//! key = "pii"
//!
//! [[transform.settings.fields]]
//! path = "items.*.card"
//! action = "remove"
//! ```
//!
//! What an override, a pattern or a field does not say is taken from the top: action, replacement, keep_last and key.
//! Patterns come before named rules, and fields before both.

mod fields;
mod rules;
mod settings;

use fields::Fields;
use settings::Settings;
use telesieve_guest::{Batch, Place, Ruleset, Script, SettingError, Setup, transform};

struct Redact {
    fields: Fields,
    rules: Option<(Ruleset, Place)>,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Redact, SettingError> {
    let rules = rules::declare(&settings, setup);
    let fields = Fields::declare(&settings, setup);
    if rules.is_none() && settings.fields.is_empty() {
        setup.reject("rules", "expected a rule, a pattern or a field: there is nothing to redact");
    }
    Ok(Redact { fields, rules: rules.map(|rules| (rules, settings.place)) })
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
        if let Some((rules, place)) = &self.rules {
            edit.scrub_at(*rules, place);
        }
    }
}

#[cfg(test)]
mod tests;
