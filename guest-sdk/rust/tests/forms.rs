//! Transforms in every form, through the macro and the harness.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod record_form {
    use serde::Deserialize;
    use telesieve_guest::testing::{Harness, TestEvent, json};
    use telesieve_guest::{
        Action, Counter, Edit, Error, Event, Key, Place, Result, Rule, Ruleset, SettingError, Setup,
    };

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        rules: Vec<String>,
    }

    struct Handles {
        rules: Ruleset,
        users: Ruleset,
        key: Key,
        seen: Counter,
    }

    fn handles(settings: Settings, setup: &mut Setup) -> Result<Handles, SettingError> {
        for (at, _) in settings.rules.iter().enumerate().filter(|(_, rule)| rule.is_empty()) {
            setup.reject(format!("rules[{at}]"), "expected a name");
        }
        let key = setup.key("pii");
        let rules: Vec<_> = settings.rules.into_iter().map(|name| Rule::named(name, Action::Hash(key))).collect();
        let users = setup.ruleset_at(rules.clone(), &Place::field("user"));
        Ok(Handles { rules: setup.ruleset(rules), users, key, seen: setup.counter("seen", "Events.", &["kind"]) })
    }

    #[telesieve_guest::transform(kind = "redact", setup = handles)]
    fn tidy(event: &Event, edit: &mut Edit, handles: &Handles) -> Result {
        if event.is_empty() {
            return Err(Error::new("no record"));
        }
        edit.hash("user.id", handles.key).scrub(handles.rules).scrub(handles.users);
        edit.count(handles.seen, &[event.kind()], 1.0);
        Ok(())
    }

    #[test]
    fn edits_come_in_order() {
        let mut tidy = Harness::<tidy>::new(json!({"rules": ["email", "jwt"]})).unwrap();
        let edits = tidy.run(&[TestEvent::function("a"), TestEvent::new("extension", "b")]);
        let scrubs = ["hash user.id with pii", "scrub email, jwt in whole", "scrub email, jwt in user"];
        assert_eq!(edits[0], [&scrubs[..], &[r#"count seen{kind="function"} 1"#]].concat());
        assert_eq!(edits[1], [&scrubs[..], &[r#"count seen{kind="extension"} 1"#]].concat());
    }

    #[test]
    fn equal_lists_cross_once() {
        let mut tidy = Harness::<tidy>::new(json!({"rules": ["email"]})).unwrap();
        let events: Vec<_> = (0..100).map(|n| TestEvent::new(["function", "extension"][n % 2], n)).collect();
        let script = tidy.script(&events).unwrap();
        assert_eq!((script.recipes.len(), script.extra.len()), (2, 0));
    }

    #[test]
    fn mistakes_are_reported_together() {
        let faults = Harness::<tidy>::new(json!({"rules": ["", "email", ""]})).err().unwrap();
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["rules[0]: expected a name", "rules[2]: expected a name"]);
        let faults = Harness::<tidy>::new(json!({"rules": ["", 3]})).err().unwrap();
        assert_eq!(faults[0].to_string(), "rules[1]: expected a string, found number");
    }
}

mod own_values {
    use telesieve_guest::testing::{Harness, TestEvent, json};
    use telesieve_guest::{Edit, Event};

    #[telesieve_guest::transform(kind = "enrich", name = "numbered")]
    fn number(event: &Event, edit: &mut Edit) {
        edit.label("common", "yes").label("number", &event.index().to_string());
    }

    #[test]
    fn what_one_record_has_alone_is_extra() {
        let mut number = Harness::<number>::new(json!({})).unwrap();
        let events: Vec<_> = (0..10).map(TestEvent::function).collect();
        let script = number.script(&events).unwrap();
        assert_eq!((script.recipes.len(), script.extra.len()), (1, 20));
        assert_eq!(number.run(&events)[3], ["label common=yes", "label number=3"]);
    }
}

mod recipe_form {
    use telesieve_guest::testing::{Harness, TestEvent, json};
    use telesieve_guest::{Event, NoSettings, Pattern, Place, Recipe, Result, SettingError, Setup, Severity};

    struct Recipes {
        noise: Pattern,
        drop: Recipe,
        mark: Recipe,
    }

    fn recipes(_: NoSettings, setup: &mut Setup) -> Result<Recipes, SettingError> {
        Ok(Recipes {
            noise: setup.pattern("(?i)health"),
            drop: setup.recipe(|edit| _ = edit.drop()),
            mark: setup.recipe(|edit| _ = edit.label("loud", "yes").label("seen", "yes")),
        })
    }

    #[telesieve_guest::transform(kind = "filter", setup = recipes)]
    fn pick(event: &Event, recipes: &Recipes) -> Recipe {
        match event.severity() {
            _ if event.matches(recipes.noise, &Place::Message) => recipes.drop,
            Some(severity) if severity >= Severity::ERROR => recipes.mark,
            _ => Recipe::KEEP,
        }
    }

    #[test]
    fn records_get_recipes() {
        let mut pick = Harness::<pick>::new(json!({})).unwrap();
        let error = json!({"level": "ERROR", "message": "no"});
        let events = [
            TestEvent::function("GET /Health"),
            TestEvent::function(error.clone()),
            TestEvent::function("GET /"),
            TestEvent::function(error),
        ];
        let mark = vec!["label loud=yes", "label seen=yes"];
        assert_eq!(pick.run(&events), [vec!["drop"], mark.clone(), vec![], mark]);
    }
}

mod batch_form {
    use telesieve_guest::testing::{Harness, TestEvent, json};
    use telesieve_guest::{Batch, Error, Recipe, Result, Script};

    /// Numbers batches: state goes from one to the next.
    #[telesieve_guest::transform(kind = "enrich", setup = start)]
    fn number(batch: &Batch, script: &mut Script, batches: &mut u32) -> Result<()> {
        *batches += 1;
        let label = script.recipe(|edit| _ = edit.label("batch", &batches.to_string()));
        for event in batch.events().filter(|event| event.kind() != "forgotten") {
            script.assign(&event, label);
        }
        let texts = batch.all_texts();
        for event in batch.events().filter(|event| texts[event.index()].contains("extra")) {
            script.edit(&event, |edit| _ = edit.set("a.b", event.len()).apply(label));
        }
        if texts != batch.texts(&(0..batch.len() as u32).collect::<Vec<_>>()) {
            return Err(Error::new("two ways of reading disagree"));
        }
        Ok(())
    }

    fn start(
        _: telesieve_guest::NoSettings,
        _: &mut telesieve_guest::Setup,
    ) -> Result<u32, telesieve_guest::SettingError> {
        Ok(0)
    }

    #[test]
    fn forgotten_records_are_unassigned() {
        let mut number = Harness::<number>::new(json!({})).unwrap();
        number.run(&[TestEvent::function("x")]);
        let edits =
            number.run(&[TestEvent::new("forgotten", 1), TestEvent::function("extra"), TestEvent::function("x")]);
        assert_eq!(
            edits,
            [vec!["unassigned"], vec!["label batch=2", "set a.b=7", "label batch=2"], vec!["label batch=2"]]
        );
    }

    #[telesieve_guest::transform(kind = "filter")]
    fn keep_all(_batch: &Batch, script: &mut Script) {
        script.assign_rest(Recipe::KEEP);
    }

    #[test]
    fn the_rest_can_be_kept() {
        let mut keep_all = Harness::<keep_all>::new(json!({})).unwrap();
        assert_eq!(keep_all.run(&[TestEvent::function("x")]), [Vec::<String>::new()]);
        assert!(Harness::<keep_all>::new(json!({"typo": 1})).is_err());
    }
}

mod reading {
    use telesieve_guest::testing::{Harness, TestEvent, json, parse};
    use telesieve_guest::{Column, Edit, Event, NoSettings, Result, SettingError, Setup, Shape};

    fn column(_: NoSettings, setup: &mut Setup) -> Result<Column, SettingError> {
        assert_eq!(setup.function().region, "eu-west-1");
        setup.kind("function");
        Ok(setup.column("order.amount"))
    }

    #[telesieve_guest::transform(kind = "enrich", setup = column)]
    fn look(event: &Event, edit: &mut Edit, amount: &Column) -> Result {
        if let Some(amount) = event.number(*amount) {
            edit.set("order.rounded", amount.round());
        }
        if event.shape() == Shape::Object {
            edit.label("first", event.json()?["first"].as_str().unwrap_or("none"));
        }
        if let Some(invocation) = event.invocation() {
            edit.label("cold", if invocation.cold_start { &invocation.request_id } else { "no" });
        }
        if event.label("mine").is_some() {
            edit.unlabel("mine").set("at", event.time_ms());
        }
        Ok(())
    }

    #[test]
    fn everything_of_an_event_can_be_read() {
        let mut look = Harness::<look>::new(json!({})).unwrap();
        assert_eq!(look.setup().kinds, ["function"]);
        let edits = look.run(&[
            TestEvent::function(json!({"order": {"amount": "7.6"}, "first": "é"})),
            TestEvent::function(json!({"order": {"amount": 2.2}})),
            TestEvent::function("text").request("r1").cold_start().label("mine", "1").label("a", "b").at(5),
            TestEvent::function("text").request("r2"),
        ]);
        assert_eq!(edits[0], ["set order.rounded=8", "label first=é"]);
        assert_eq!(edits[1], ["set order.rounded=2", "label first=none"]);
        assert_eq!(edits[2], ["label cold=r1", "unlabel mine", "set at=5"]);
        assert_eq!(edits[3], ["label cold=no"]);
    }

    #[test]
    fn posted_events_can_be_used() {
        let mut look = Harness::<look>::new(json!({})).unwrap();
        let events = parse(r#"[{"time":"2026-01-01T00:00:00Z","type":"function","record":{"requestId":"r3"}}]"#);
        assert_eq!(look.run(&events), [["label first=none", "label cold=no"]]);
    }
}
