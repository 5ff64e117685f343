//! What a configuration becomes, and what is said about its errors.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use telesieve_config::{Credential, FlushMode, Loaded, LogLevel, OnError, load, load_file, load_over, reference};

fn read(text: &str, variables: &[(&str, &str)]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telesieve.toml");
    std::fs::write(&path, text).unwrap();
    let mut loaded = load_file(&path, true, &environment(variables));
    let name = path.display().to_string();
    for error in &mut loaded.errors {
        if let telesieve_config::Place::File { path, .. } = &mut error.place {
            *path = path.replace(&name, "telesieve.toml");
        }
    }
    loaded
}

fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn errors(loaded: &Loaded) -> Vec<String> {
    loaded.errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_file_is_read() {
    let loaded = read(
        r#"
[log]
level = "debug"
[flush]
mode = "next"
interval_ms = 30_000
[opensearch]
url = "https://search.example.com/"
password = "hunter2"
[keys]
pseudonyms = "a key"
[[transform]]
name = "redact"
on = ["function"]
[transform.settings]
rules = ["email"]
[[transform]]
name = "tags"
artifact = "order-tags"
on_error = "pass"
budget_ms = 20
"#,
        &[],
    );
    assert_eq!(errors(&loaded), Vec::<String>::new());
    let config = loaded.config;
    assert_eq!(config.log.level, LogLevel::Debug);
    assert_eq!((config.flush.mode, config.flush.interval), (FlushMode::Next, Duration::from_secs(30)));
    let opensearch = config.opensearch.unwrap();
    assert_eq!((opensearch.url.as_str(), opensearch.index.as_str()), ("https://search.example.com", "telesieve-logs"));
    assert!(!format!("{opensearch:?}").contains("hunter2"));
    assert_eq!(config.pushgateway, None);
    assert_eq!(key(&config.keys, "pseudonyms"), "a key");
    let [redact, tags] = config.transforms.as_slice() else { panic!("two transforms") };
    assert_eq!((redact.artifact.as_str(), &redact.settings), ("redact", &serde_json::json!({"rules": ["email"]})));
    assert_eq!(redact.on.as_deref(), Some(["function".to_owned()].as_slice()));
    assert_eq!(
        (tags.artifact.as_str(), tags.on_error, tags.budget),
        ("order-tags", OnError::Pass, Duration::from_millis(20))
    );
}

#[test]
fn every_mistake_is_reported_at_once_with_its_place() {
    let loaded = read(
        r#"[flush]
mode = "allways"
bugdet_ms = 5
[telemetry]
max_items = 10
[opensearch]
url = "search.example.com"
password = 7
api_key = "ssm:"
[[transform]]
name = "redact"
setings = {}
[[transform]]
name = "redact"
"#,
        &[
            ("TELESIEVE_FLUSH_INTERVAL_MS", "soon"),
            ("TELESIEVE_OPENSEARCH_ULR", "x"),
            ("TELESIEVE_TRANSFORM_TIDY_ON", "x"),
        ],
    );
    assert_eq!(
        errors(&loaded),
        [
            "telesieve.toml:3:1: flush.bugdet_ms: unknown, did you mean budget_ms?",
            "telesieve.toml:2:8: flush.mode: expected one of adaptive, end, next, interval, found \"allways\"",
            "telesieve.toml:9:11: opensearch.api_key: expected text, secretsmanager:<name>, ssm:<name>, or the ARN of a secret or a parameter, with #<field> for a field of its JSON; the sink `opensearch` is disabled",
            "telesieve.toml:8:12: opensearch.password: expected text, secretsmanager:<name>, ssm:<name>, or the ARN of a secret or a parameter, with #<field> for a field of its JSON; the sink `opensearch` is disabled",
            "telesieve.toml:7:7: opensearch.url: expected an http:// or https:// URL without credentials; the sink `opensearch` is disabled",
            "telesieve.toml:5:13: telemetry.max_items: expected a whole number from 1000 to 10000, found 10",
            "telesieve.toml:12:1: transform.setings: unknown, did you mean settings?",
            "telesieve.toml:13:1: transform.name: another transform has the same name",
            "$TELESIEVE_FLUSH_INTERVAL_MS: expected a whole number from 100 to 900000, found \"soon\"",
            "$TELESIEVE_OPENSEARCH_ULR: unknown, did you mean TELESIEVE_OPENSEARCH_URL?",
            "$TELESIEVE_TRANSFORM_TIDY_ON: no transform with this name; known transforms: redact, transform-2",
        ]
    );
    assert!(loaded.config.transforms.iter().all(|transform| transform.broken.is_some()));
    assert_eq!(loaded.config.flush.mode, FlushMode::Adaptive);
}

#[test]
fn a_misspelled_table_is_reported_without_its_consequences() {
    let table = "[[transforms]]\nname = 'redact'\n[transform.settings]\nrules = ['all']\n";
    let loaded = read(&table.repeat(2), &[]);
    let found = errors(&loaded);
    assert!(found.len() == 1 && found[0].contains("transforms: unknown, did you mean transform?"), "{found:?}");
    assert!(loaded.config.transforms[0].broken.is_some(), "every event is dropped");
}

#[test]
fn what_may_hide_a_transform_closes_everything() {
    for text in [
        "[[transforms]]\nname = \"redact\"\n",
        "[flush\nmode = \"end\"\n",
        "transform = 3\n",
        "[[transform]\nname = 'x'",
    ] {
        let loaded = read(text, &[]);
        assert!(!loaded.errors.is_empty(), "{text}");
        assert!(loaded.config.transforms[0].broken.is_some(), "{text}");
        assert!(errors(&loaded)[0].contains("all events are dropped until this is fixed"), "{:?}", errors(&loaded));
    }
}

#[test]
fn a_named_file_must_be_there_and_the_default_one_need_not() {
    let named = load(&environment(&[("TELESIEVE_CONFIG", "/nowhere/telesieve.toml")]));
    assert_eq!(named.errors.len(), 1);
    assert!(named.config.transforms[0].broken.is_some());
    let unnamed = load_file(Path::new("/nowhere/telesieve.toml"), false, &environment(&[]));
    assert_eq!((unnamed.errors.len(), unnamed.config.transforms.len()), (0, 0));
}

#[test]
fn the_environment_has_the_last_word() {
    let loaded = read(
        "[opensearch]\nurl = \"http://file:9200\"\n[[transform]]\nname = \"my-redact\"\n[keys]\nPseudo-1 = \"old\"\n",
        &[
            ("TELESIEVE_OPENSEARCH_URL", "http://variable:9200"),
            ("TELESIEVE_PUSHGATEWAY_URL", "http://variable:9091"),
            ("TELESIEVE_TELEMETRY_TYPES", "platform, function"),
            ("TELESIEVE_TRANSFORM_MY_REDACT_BUDGET_MS", "7"),
            ("TELESIEVE_KEYS_PSEUDO_1", "new"),
            ("TELESIEVE_KEYS_OTHER", "another"),
        ],
    );
    assert_eq!(errors(&loaded), Vec::<String>::new());
    let config = loaded.config;
    assert_eq!(config.opensearch.unwrap().url, "http://variable:9200");
    assert_eq!(config.pushgateway.unwrap().url, "http://variable:9091");
    assert_eq!(config.telemetry.types, ["platform", "function"]);
    assert_eq!(config.transforms[0].budget, Duration::from_millis(7));
    assert_eq!((key(&config.keys, "Pseudo-1"), key(&config.keys, "other")), ("new", "another"));
}

fn key<'k>(keys: &'k BTreeMap<String, Credential>, name: &str) -> &'k str {
    keys[name].text().unwrap().expose()
}

#[test]
fn credentials_and_keys_may_be_kept_elsewhere() {
    let variables = [
        ("TELESIEVE_PUSHGATEWAY_URL", "http://variable:9091"),
        ("TELESIEVE_PUSHGATEWAY_USERNAME", "ssm:/prod/gateway#user"),
        ("TELESIEVE_OPENSEARCH_PASSWORD", "secretsmanager:#"),
        ("TELESIEVE_KEYS_BROKEN", "secretsmanager:#"),
        ("TELESIEVE_KEYS_PEPPER", "secretsmanager:prod/pepper"),
    ];
    let file = "[keys]\nsalt = \"ssm:/prod/salt\"\nother = \"ssm:\"\nnumber = 7\n";
    let loaded = read(file, &variables);
    let said = errors(&loaded);
    assert_eq!(said.len(), 4, "{said:#?}");
    let expected = "expected text, secretsmanager:<name>";
    for (said, place) in said.iter().zip([
        "telesieve.toml:4:10: keys.number",
        "telesieve.toml:3:9: keys.other",
        "$TELESIEVE_KEYS_BROKEN",
        "$TELESIEVE_OPENSEARCH_PASSWORD",
    ]) {
        assert!(said.starts_with(&format!("{place}: {expected}")), "{said}");
    }
    let kept = |credential: &Credential| match credential {
        Credential::Kept(reference) => reference.to_string(),
        Credential::Text(_) => panic!("it is kept"),
    };
    assert_eq!(kept(&loaded.config.pushgateway.unwrap().username.unwrap()), "ssm:/prod/gateway#user");
    assert_eq!(loaded.config.keys.len(), 2, "what is none is no key, and not its own secret");
    assert_eq!(kept(&loaded.config.keys["salt"]), "ssm:/prod/salt");
    assert_eq!(kept(&loaded.config.keys["pepper"]), "secretsmanager:prod/pepper");
}

#[test]
fn the_reference_page_is_up_to_date() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    if std::env::var_os("TELESIEVE_BLESS").is_some() {
        std::fs::write(&page, reference()).unwrap();
        return;
    }
    assert_eq!(written, reference(), "run `cargo xtask docs`");
}

/// The URL of the sink for events, if it is enabled.
fn events_go_to(loaded: &Loaded) -> Option<&str> {
    loaded.config.opensearch.as_ref().map(|sink| sink.url.as_str())
}

#[test]
fn a_url_that_cannot_be_used_disables_its_sink() {
    let file = "[opensearch]\nurl = 'https://layer.example'\n[pushgateway]\nurl = 'http://gateway.example'\n";
    for url in ["localhost:9200", "ftp://x", "https://u:p@host"] {
        let loaded = read(file, &[("TELESIEVE_OPENSEARCH_URL", url)]);
        assert_eq!(events_go_to(&loaded), None, "{url}");
        assert!(loaded.config.pushgateway.is_some(), "only the sink that the error is about is disabled");
        assert!(errors(&loaded)[0].ends_with("the sink `opensearch` is disabled"), "{:?}", errors(&loaded));
    }
    let loaded = over(file, "[opensearch]\nurl = 'nowhere'\n", &[]);
    assert_eq!(events_go_to(&loaded), None);
    let locked = over(&format!("locked = true\n{file}"), "[opensearch]\nurl = 'nowhere'\n", &[]);
    assert_eq!(events_go_to(&locked), None, "a function's file does not fall back to the layer's URL");
    let loaded = read("[opensearch]\nurl = 'nowhere'\n", &[("TELESIEVE_OPENSEARCH_URL", "https://stage.example")]);
    assert_eq!(events_go_to(&loaded), Some("https://stage.example"), "a later source decides");
}

#[test]
fn a_credential_that_cannot_be_used_disables_its_sink() {
    let file = "[opensearch]\nurl = 'https://layer.example'\napi_key = 'of the layer'\n";
    let loaded = read(
        file,
        &[
            ("TELESIEVE_OPENSEARCH_API_KEY", "arn:aws:secretsmanager:"),
            ("TELESIEVE_OPENSEARCH_URL", "https://stage.example"),
        ],
    );
    assert_eq!(errors(&loaded).len(), 1, "{:?}", errors(&loaded));
    assert_eq!(events_go_to(&loaded), None, "the layer's key does not go to another cluster");
}

/// A layer's file, a function's file, and variables.
fn over(layer: &str, own: &str, variables: &[(&str, &str)]) -> Loaded {
    let dir = tempfile::tempdir().unwrap();
    let (layer_path, own_path) = (dir.path().join("layer/telesieve.toml"), dir.path().join("own/telesieve.toml"));
    for (path, text) in [(&layer_path, layer), (&own_path, own)] {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut variables = environment(variables);
    variables.insert("TELESIEVE_CONFIG".to_owned(), own_path.display().to_string());
    load_over(&layer_path, &variables)
}

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded.config.transforms.iter().map(|transform| transform.name.as_str()).collect()
}

const FLOOR: &str = r#"
locked = true
[flush]
mode = "next"
[keys]
pepper = "of the layer"
[[transform]]
name = "redact"
on_error = "pass"
"#;

#[test]
fn a_locked_layer_is_a_floor_to_which_a_function_adds() {
    let own = "[flush]\nbudget_ms = 17\n[keys]\nsalt = \"mine\"\n[[transform]]\nname = \"mine\"";
    let loaded = over(FLOOR, own, &[]);
    assert_eq!(loaded.errors, []);
    assert_eq!(names(&loaded), ["redact", "mine"], "the layer's come first");
    let [redact, mine] = &loaded.config.transforms[..] else { panic!("there are two") };
    assert!(redact.folder.as_ref().is_some_and(|folder| folder.ends_with("layer")) && mine.folder.is_none());
    assert!(loaded.folder.ends_with("own"));
    assert_eq!(loaded.config.keys.len(), 2);
    assert_eq!((loaded.config.flush.mode, loaded.config.flush.budget.as_millis()), (FlushMode::Next, 17));
}

#[test]
fn nothing_takes_away_from_a_locked_layer() {
    let own = "locked = false\n[keys]\npepper = \"known\"\n[[transform]]\nname = \"redact\"\non = [\"none\"]";
    let variables = [
        ("TELESIEVE_TRANSFORM_REDACT_ON", "none"),
        ("TELESIEVE_TRANSFORM_REDACT_ARTIFACT", "mine"),
        ("TELESIEVE_TRANSFORM_REDACT_VERIFY", "false"),
        ("TELESIEVE_TRANSFORM_REDACT_BUDGET_MS", "1"),
        ("TELESIEVE_KEYS_PEPPER", "known"),
    ];
    let loaded = over(FLOOR, own, &variables);
    assert_eq!(loaded.errors.len(), 7, "{:#?}", loaded.errors);
    let redact = &loaded.config.transforms[0];
    assert_eq!((redact.name.as_str(), redact.artifact.as_str(), &redact.on), ("redact", "redact", &None));
    assert!(redact.verify && redact.broken.is_none(), "it stays as it was");
    assert!(loaded.config.transforms[1].broken.is_some(), "the other one of that name is closed");
    assert_eq!(key(&loaded.config.keys, "pepper"), "of the layer");
}

#[test]
fn a_locked_layer_can_be_tightened() {
    let loaded = over(FLOOR, "", &[("TELESIEVE_TRANSFORM_REDACT_ON_ERROR", "drop")]);
    assert_eq!((loaded.errors.len(), loaded.config.transforms[0].on_error), (0, OnError::Drop));
}

#[test]
fn variables_alone_cannot_open_a_lock_either() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telesieve.toml");
    std::fs::write(&path, FLOOR).unwrap();
    let loaded = load_over(&path, &environment(&[("TELESIEVE_TRANSFORM_REDACT_ON", "none")]));
    assert_eq!((loaded.errors.len(), &loaded.config.transforms[0].on), (1, &None));
}

#[test]
fn a_layer_that_is_not_locked_is_replaced() {
    let loaded = over(&FLOOR.replace("locked = true", "locked = false"), "[[transform]]\nname = \"mine\"", &[]);
    assert_eq!((names(&loaded), loaded.config.flush.mode), (vec!["mine"], FlushMode::Adaptive));
}

#[test]
fn a_layer_that_cannot_be_read_closes_everything() {
    for layer in ["locked = true\n[[transform", "\u{0}", "lokced = true"] {
        let loaded = over(layer, "[[transform]]\nname = \"mine\"", &[]);
        assert_eq!(loaded.config.transforms[0].name, "configuration", "{layer}");
        assert!(!loaded.errors.is_empty());
    }
    let unsure = over(&FLOOR.replace("locked = true", "locked = \"yes\""), "", &[]);
    assert_eq!((names(&unsure), unsure.errors.len()), (vec!["redact"], 1), "what is no answer is taken as yes");
}

/// Reading one of these would take for ever, or all memory.
#[test]
fn an_odd_file_is_a_mistake_and_closes_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (fifo, huge) = (folder.path().join("fifo"), folder.path().join("huge"));
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    std::fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    let not_regular = "not a regular file";
    for (path, reason) in [
        (fifo.as_path(), not_regular),
        (folder.path(), not_regular),
        (Path::new("/dev/zero"), not_regular),
        (&huge, "longer than 1048576 bytes"),
    ] {
        let loaded = load_file(path, true, &environment(&[]));
        let said = errors(&loaded);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with(&format!("{}: cannot be read ({reason}): ", path.display())), "{said:?}");
        assert!(said[0].contains("expected") && said[0].contains("all events are dropped"), "{said:?}");
        assert!(loaded.config.transforms[0].broken.is_some());
    }
}
