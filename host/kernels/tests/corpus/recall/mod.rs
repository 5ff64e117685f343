//! How much of what is secret the rules find, how much of it they leave when they find it, and what they take that is
//! none: by class, made at random from seeds.
//!
//! A secret is found if no four characters of it in a row are left; where some are left on a line with a mark, it is
//! half taken. What is around a secret does not count.

mod keyed;
mod names;
mod near;
mod numbers;
mod structures;
mod template;
mod values;
mod vendors;

use telesieve_kernels::{Action, Detector, Group, Named, Place, Rule, Ruleset, Scratch};

use crate::random::Random;

pub(crate) use keyed::any as any_form;

/// What every class has to reach: the share of its secrets that are found, in percent.
const RECALL: f64 = 99.0;
/// How many secrets are half taken.
const HALVES: u64 = 0;
/// The share of near misses that stay as they are, in percent.
const PRECISION: f64 = 99.8;

/// A kind of secret.
struct Class {
    name: &'static str,
    /// The rules that it counts with, any of them; with `=` in front, a group.
    needs: &'static [&'static str],
    make: fn(&mut Random) -> Planted,
    near: &'static [&'static str],
}

const fn class(
    name: &'static str,
    needs: &'static [&'static str],
    make: fn(&mut Random) -> Planted,
    near: &'static [&'static str],
) -> Class {
    Class { name, needs, make, near }
}

/// All kinds.
const CLASSES: &[Class] = &[
    class("vendor token alone", &["vendor-token"], vendors::alone, near::TOKENS),
    class("vendor token in text", &["vendor-token"], vendors::in_text, near::TOKENS),
    class("token by the vendor's name", &["vendor-token"], vendors::by_vendor, near::TOKENS),
    class("private key in text", &["private-key"], structures::private_key, near::KEYS),
    class("webhook", &["webhook"], structures::webhook, near::URLS),
    class("password in a URL", &["url-password"], structures::url, near::URLS),
    class("connection string", &["secret"], structures::connection, near::URLS),
    class("keyed, in JSON", &["secret"], keyed::json, near::KEYED),
    class("keyed, in text", &["secret"], keyed::assigned, near::KEYED),
    class("keyed, operators", &["secret"], keyed::operators, near::CODE),
    class("keyed, quotes", &["secret"], keyed::quotes, near::CODE),
    class("keyed, types between", &["secret"], keyed::types, near::CODE),
    class("keyed, calls, tags, flags", &["secret"], keyed::arguments, near::CODE),
    class("keyed, blocks of YAML", &["secret"], keyed::blocks, near::LINES),
    class("keyed, name and value apart", &["secret"], keyed::pairs, near::CODE),
    class("password in a sentence", &["secret"], keyed::prose, near::PROSE),
    class("header or cookie", &["secret"], keyed::headers, near::LINES),
    class("command line", &["secret"], keyed::commands, near::LINES),
    class("Authorization, any scheme", &["bearer"], keyed::schemes, near::PROSE),
    class("signed URL", &["signed-url"], structures::signed_url, near::URLS),
    class("password hash", &["password-hash"], structures::hash, near::NUMBERS),
    class("e-mail address", &["email"], numbers::email, near::ADDRESSES),
    class("phone number", &["phone"], numbers::phone, near::NUMBERS),
    class("card number", &["payment-card"], numbers::card, near::NUMBERS),
    class("IBAN", &["iban"], numbers::iban, near::NUMBERS),
    class("US SSN", &["us-ssn"], numbers::ssn, near::NUMBERS),
    class("national id, switched on", &["=national-ids"], numbers::national, near::NUMBERS),
];

/// A secret in a text.
pub(crate) struct Planted {
    form: &'static str,
    /// The text with [`HOLE`] where the secret is.
    frame: String,
    pub(crate) value: String,
    /// The key of the record that the secret is the value of.
    key: Option<String>,
}

/// Where a secret is.
const HOLE: &str = "\u{1}";

impl Planted {
    /// `VALUE` in the template is the secret's place.
    fn new(form: &'static str, template: &str, value: String) -> Self {
        Self { form, frame: template.replace("VALUE", HOLE), value, key: None }
    }

    fn keyed(key: &str, value: String) -> Self {
        Self { form: "value of a key", frame: HOLE.to_owned(), value, key: Some(key.to_owned()) }
    }

    fn replace(&mut self, change: impl Fn(&str) -> String) {
        self.value = change(&self.value);
    }

    /// A record that has it.
    pub(crate) fn record(&self, random: &mut Random) -> String {
        let text = self.frame.replace(HOLE, &self.value);
        match &self.key {
            Some(key) => placed(serde_json::json!({ key.as_str(): text, "n": 1 }), random),
            None => placed(serde_json::Value::from(positioned(text, random)), random),
        }
    }

    /// Parts of the secret, four characters long, that are in a text and not in what is around the secret.
    pub(crate) fn left(&self, text: &str) -> Vec<String> {
        let letters: Vec<char> = self.value.chars().collect();
        let length = letters.len().clamp(1, 4);
        let parts = letters.windows(length).map(|part| part.iter().collect::<String>());
        let is_telling =
            |part: &String| part.chars().filter(|letter| letter.is_alphanumeric()).count() >= 2.min(length);
        parts.filter(is_telling).filter(|part| text.contains(part) && !self.surroundings().contains(part)).collect()
    }

    /// The text around the secret, and what a record has.
    fn surroundings(&self) -> String {
        format!("{} {SURROUNDINGS} {}", self.frame, self.key.as_deref().unwrap_or_default())
    }
}

const SURROUNDINGS: &str = "level info message context request body detail 2026-03-02T08:15:20.290Z INFO worker: got done in 12 ms and REDACTED null true";

/// A text among others.
fn positioned(text: String, random: &mut Random) -> String {
    match random.below(5) {
        0 => format!("2026-03-02T08:15:20.290Z INFO worker: {text}"),
        1 => format!("got\n{text}\ndone in 12 ms"),
        2 => format!("{text} \ndone"),
        _ => text,
    }
}

/// A value in a record.
fn placed(value: serde_json::Value, random: &mut Random) -> String {
    use serde_json::json;
    let record = match random.below(6) {
        0 | 1 => value,
        2 => json!({"level": "info", "message": value}),
        3 => json!({"context": {"request": [{"body": value}, 2]}, "n": null}),
        4 => json!({ "body": value.to_string() }),
        _ => json!([true, value]),
    };
    record.to_string()
}

/// What became of the secrets of a class.
#[derive(Default)]
pub(crate) struct Outcome {
    class: &'static str,
    is_merged: bool,
    made: u64,
    found: u64,
    halves: u64,
    near: u64,
    touched: u64,
    /// Some that were not found, and near misses that were touched.
    examples: Vec<String>,
}

impl Outcome {
    fn recall(&self) -> f64 {
        100.0 * self.found as f64 / self.made.max(1) as f64
    }

    fn precision(&self) -> f64 {
        100.0 - 100.0 * self.touched as f64 / self.near.max(1) as f64
    }

    /// Whether it reaches its goals. What has no rule yet has none.
    pub(crate) fn is_good(&self) -> bool {
        let reached = self.recall() >= RECALL && self.halves == HALVES && self.precision() >= PRECISION;
        reached || !self.is_merged
    }

    fn verdict(&self) -> &'static str {
        match (self.is_merged, self.is_good()) {
            (false, _) => "no rule",
            (true, true) => "ok",
            (true, false) => "FAIL",
        }
    }
}

/// The rules that are on where nothing is said, and those that a class asks for.
fn rules(of: &Class) -> Ruleset {
    let asked = |rule: &Named| of.needs.iter().any(|need| need.strip_prefix('=') == Some(rule.info().group.name()));
    rules_of(Named::all().filter(|rule| rule.info().by_default || asked(rule)))
}

/// The rules that are on where nothing is said.
pub(crate) fn default_rules() -> Ruleset {
    rules_of(Named::all().filter(|rule| rule.info().by_default))
}

fn rules_of(named: impl Iterator<Item = Named>) -> Ruleset {
    let rule = |named: Named| Rule {
        name: named.name().to_owned(),
        detector: Detector::Named(named),
        action: Action::Replace("[REDACTED]".to_owned()),
    };
    Ruleset::new(named.map(rule).collect())
}

fn is_merged(class: &Class) -> bool {
    let of_group = |name: &str| {
        let group = Group::ALL.into_iter().find(|group| group.name() == name);
        group.is_some_and(|group| Named::all().any(|rule| rule.info().group == group))
    };
    class.needs.iter().any(|need| match need.strip_prefix('=') {
        Some(group) => of_group(group),
        None => Named::from_name(need).is_some(),
    })
}

/// Makes so many secrets and near misses of every class.
pub(crate) fn measure(each: u64, seed: u64) -> Vec<Outcome> {
    let mut scratch = Scratch::default();
    (seed..).zip(CLASSES).map(|(seed, class)| measure_class(class, each, seed, &mut scratch)).collect()
}

fn measure_class(class: &Class, each: u64, seed: u64, scratch: &mut Scratch) -> Outcome {
    let (rules, mut random) = (rules(class), Random::new(seed));
    let mut outcome = Outcome { class: class.name, is_merged: is_merged(class), made: each, ..Outcome::default() };
    for _ in 0..each {
        let planted = (class.make)(&mut random);
        let record = planted.record(&mut random);
        let scrubbed = rules.scrub(&record, &Place::Whole, scratch).record.into_owned();
        let text = plain(&scrubbed);
        let left = planted.left(&text);
        if left.is_empty() {
            outcome.found += 1;
            continue;
        }
        outcome.halves += u64::from(is_half(&text, &left));
        outcome.examples.push(format!("{:<40} {record}\n{:>44} {scrubbed}", planted.form.escape_debug(), "became"));
    }
    for _ in 0..each {
        let near = template::fill(random.pick(class.near), &mut random);
        let record = placed(serde_json::Value::from(near), &mut random);
        outcome.near += 1;
        let scrubbed = rules.scrub(&record, &Place::Whole, scratch);
        if !scrubbed.hits.is_empty() {
            outcome.touched += 1;
            outcome.examples.push(format!("{:<40} {record}\n{:>44} {}", "near miss", "became", scrubbed.record));
        }
    }
    outcome
}

/// Whether a line has a mark on it and what is left of a secret, too.
fn is_half(text: &str, left: &[String]) -> bool {
    text.lines().any(|line| line.contains("[REDACTED]") && left.iter().any(|part| line.contains(part)))
}

/// The texts of a record, read as JSON as often as they are JSON.
pub(crate) fn plain(record: &str) -> String {
    let mut texts = String::new();
    match serde_json::from_str(record) {
        Ok(value) => strings(&value, &mut texts),
        Err(_) => texts.push_str(record),
    }
    texts
}

fn strings(value: &serde_json::Value, texts: &mut String) {
    use serde_json::Value;
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => strings(&inner, texts),
            _ => {
                texts.push_str(text);
                texts.push('\n');
            }
        },
        Value::Array(values) => values.iter().for_each(|value| strings(value, texts)),
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            texts.push_str(key);
            texts.push('\n');
            strings(value, texts);
        }),
        other => *texts += &format!("{other}\n"),
    }
}

/// The outcomes as a table. `examples` of each class are shown.
pub(crate) fn table(outcomes: &[Outcome], examples: usize) -> String {
    let head = ["class", "made", "recall %", "halves", "untouched %", ""];
    let mut table = format!(
        "{:<28}{:>8}{:>10}{:>8}{:>13}  goals: recall {RECALL} %, {HALVES} halves, {PRECISION} % of near misses untouched\n",
        head[0], head[1], head[2], head[3], head[4]
    );
    for outcome in outcomes {
        table += &format!(
            "{:<28}{:>8}{:>10.2}{:>8}{:>13.2}  {}\n",
            outcome.class,
            outcome.made,
            outcome.recall(),
            outcome.halves,
            outcome.precision(),
            outcome.verdict()
        );
        outcome.examples.iter().take(examples).for_each(|example| table += &format!("    {example}\n"));
    }
    let all = |count: fn(&Outcome) -> u64| outcomes.iter().filter(|outcome| outcome.is_merged).map(count).sum::<u64>();
    let (made, found) = (all(|outcome| outcome.made), all(|outcome| outcome.found));
    let (near, touched) = (all(|outcome| outcome.near), all(|outcome| outcome.touched));
    let percent = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
    let (recall, stay) = (percent(found, made), percent(near - touched, near));
    table
        + &format!("{:<28}{made:>8}{recall:>10.2}{:>8}{stay:>13.2}\n", "all with a rule", all(|outcome| outcome.halves))
}
