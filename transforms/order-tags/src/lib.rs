//! An example with logic of its own: what a shop's team might write for the log lines of its order service.
//!
//! The service logs a JSON object for every order: `{"message":"order paid","order":{"id":"…","amount":129.9,
//! "status":"paid"}}`. This transform
//!
//! - drops what load balancers ask for all day,
//! - labels each order with its size, so that large ones can be found and alerted on,
//! - counts orders by status and observes what paid ones were worth, so that a dashboard needs no logs at all.
//!
//! ```toml
//! [[transform]]
//! name = "order-tags"
//! on = ["function"]
//!
//! [transform.settings]
//! health_check = "GET /(health|ready)z?"   # a regular expression; this is the default
//! sizes = [50, 500]                        # small below 50, medium below 500, large from there on; the default
//! ```

use serde::Deserialize;
use telesieve_guest::{Column, Counter, Edit, Event, Histogram, Pattern, Place, SettingError, Setup, Shape, transform};

/// What the user can set, with the defaults.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    health_check: String,
    sizes: [f64; 2],
}

impl Default for Settings {
    fn default() -> Self {
        Self { health_check: "GET /(health|ready)z?".to_owned(), sizes: [50.0, 500.0] }
    }
}

/// What the transform works with: its settings, and handles of what it asked the host for.
struct Orders {
    sizes: [f64; 2],
    health_check: Pattern,
    amount: Column,
    status: Column,
    orders: Counter,
    value: Histogram,
}

/// Runs once, before the first batch. Everything that costs anything is named here: the host makes an automaton of the
/// pattern when the artifact is built, and sends the two columns along with every batch, so that no record has to be
/// read.
fn setup(settings: Settings, setup: &mut Setup) -> Result<Orders, SettingError> {
    let Settings { health_check, sizes } = settings;
    if sizes[0] >= sizes[1] {
        setup.reject("sizes", "expected two ascending amounts");
    }
    setup.kind("function");
    Ok(Orders {
        sizes,
        health_check: setup.pattern(&health_check),
        amount: setup.column("order.amount"),
        status: setup.column("order.status"),
        orders: setup.counter("orders_total", "Orders by status.", &["status"]),
        value: setup.histogram(
            "order_value",
            "What paid orders were worth.",
            &[],
            &[10.0, 50.0, 100.0, 500.0, 1_000.0],
        ),
    })
}

/// Runs for every record. Text and columns come from the outside: whatever is missing or odd is left alone, because an
/// error would drop the record.
#[transform(kind = "enrich", setup = setup)]
fn order_tags(event: &Event, edit: &mut Edit, orders: &Orders) {
    if event.matches(orders.health_check, &Place::Message) {
        edit.drop();
        return;
    }
    if event.shape() != Shape::Object {
        return;
    }
    let status = event.column(orders.status).map(known);
    if let Some(status) = status {
        edit.count(orders.orders, &[status], 1.0);
    }
    if let Some(amount) = event.number(orders.amount) {
        edit.label("order_size", size(amount, orders.sizes));
        if status == Some("paid") {
            edit.observe(orders.value, &[], amount);
        }
    }
}

/// Label values must be few: a metric has a series for each of them.
fn known(status: &str) -> &'static str {
    ["placed", "paid", "refused", "cancelled"].into_iter().find(|known| *known == status).unwrap_or("other")
}

fn size(amount: f64, [medium, large]: [f64; 2]) -> &'static str {
    match amount {
        amount if amount < medium => "small",
        amount if amount < large => "medium",
        _ => "large",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    fn edits(record: impl Into<serde_json::Value>) -> Vec<String> {
        let mut transform = Harness::<order_tags>::new(json!({})).unwrap();
        transform.run(&[TestEvent::function(record)]).remove(0)
    }

    #[test]
    fn health_checks_are_dropped() {
        assert_eq!(edits("10.0.0.1 GET /healthz 200"), ["drop"]);
        assert_eq!(edits(json!({"message": "GET /ready"})), ["drop"]);
        assert!(edits("GET /orders/7").is_empty());
    }

    #[test]
    fn orders_are_labelled_and_counted() {
        let count = r#"count orders_total{status="paid"} 1"#;
        let paid = edits(json!({"order": {"amount": 129.9, "status": "paid"}}));
        assert_eq!(paid, [count, "label order_size=medium", "observe order_value 129.9"]);
        let odd = edits(json!({"order": {"amount": "1e4", "status": "lost"}}));
        assert_eq!(odd, [r#"count orders_total{status="other"} 1"#, "label order_size=large"]);
    }

    #[test]
    fn what_is_no_order_is_left_alone() {
        assert!(edits(json!({"message": "started", "order": null})).is_empty());
        assert!(edits(json!(["order"])).is_empty());
        assert!(edits(json!({"order": {"amount": "NaN"}})).is_empty());
    }

    #[test]
    fn settings_are_checked() {
        let fault = |settings| Harness::<order_tags>::new(settings).err().unwrap()[0].to_string();
        assert_eq!(fault(json!({"sizes": [5, 5]})), "sizes: expected two ascending amounts");
        assert_eq!(fault(json!({"sizes": [5, "x"]})), "sizes[1]: expected a number, found text");
    }
}
