//! Hash the customer id
//!
//! The same customer gets the same token in every function that has the key. You can still count orders by customer,
//! but cannot tell who the customer is. Numbers are hashed like text. The transform names the key and never sees it.
//!
//! ```toml
//! [keys]
//! customer = "a long random secret"   # better: TELESIEVE_KEYS_CUSTOMER in the environment
//!
//! [[transform]]
//! name = "hash-customer"
//!
//! [transform.settings]
//! paths = ["customer.id", "customerId"]   # the default
//! ```

use serde::Deserialize;
use telesieve_guest::{Batch, Recipe, Script, SettingError, Setup, transform};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    paths: Vec<String>,
    key: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { paths: vec!["customer.id".to_owned(), "customerId".to_owned()], key: "customer".to_owned() }
    }
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Recipe, SettingError> {
    let Settings { paths, key } = settings;
    if paths.is_empty() {
        setup.reject("paths", "expected the path of a field: there is nothing to hash");
    }
    let key = setup.key(&key);
    Ok(setup.recipe(|edit| paths.into_iter().for_each(|path| _ = edit.hash(&path, key))))
}

/// One recipe for all records: those that have no such field stay as they are.
#[transform(kind = "redact", name = "hash-customer", setup = setup)]
fn hash_customer(_batch: &Batch, script: &mut Script, hash: &Recipe) {
    script.assign_rest(*hash);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    #[test]
    fn every_record_is_hashed() {
        let mut transform = Harness::<hash_customer>::new(json!({"paths": ["customer.id"]})).unwrap();
        let edits = transform.run(&[TestEvent::function("text"), TestEvent::function(json!({"customer": {"id": 7}}))]);
        assert_eq!(edits, [["hash customer.id with customer"], ["hash customer.id with customer"]]);
    }

    #[test]
    fn nothing_to_hash_is_a_mistake() {
        let faults = Harness::<hash_customer>::new(json!({"paths": []})).err().unwrap();
        assert_eq!(faults[0].path, "paths");
    }
}
