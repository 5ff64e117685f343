//! Counts orders by status, and puts an event behind each one that was refused.

use serde::Deserialize;
use telesieve_guest::{Column, Counter, Edit, Event, SettingError, Setup, transform};

/// `[transform.settings]` in telesieve.toml.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Where the status stands in a record.
    status: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            status: "order.status".to_owned(),
        }
    }
}

/// What the transform works with.
struct Orders {
    status: Column,
    orders: Counter,
}

/// Runs once. The host sends columns along with every batch, so that no record has to be read.
fn setup(settings: Settings, setup: &mut Setup) -> Result<Orders, SettingError> {
    if settings.status.is_empty() {
        setup.reject("status", "expected the path of a field, found nothing");
    }
    setup.kind("function");
    Ok(Orders {
        status: setup.column(&settings.status),
        orders: setup.counter("orders_total", "Orders by status.", &["status"]),
    })
}

/// Runs for every event of the function.
#[transform(kind = "enrich", setup = setup)]
fn {function}(event: &Event, edit: &mut Edit, orders: &Orders) {
    let Some(status) = event.column(orders.status).map(known) else {
        return;
    };
    edit.count(orders.orders, &[status], 1.0);
    if status == "refused" {
        edit.append("orders.refused", "an order was refused");
    }
}

/// Label values must be few: a metric has a series for each of them.
fn known(status: &str) -> &'static str {
    ["placed", "paid", "refused"]
        .into_iter()
        .find(|known| *known == status)
        .unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use telesieve_guest::testing::{Harness, TestEvent, json};

    #[test]
    fn orders_are_counted() {
        let mut transform = Harness::<{function}>::new(json!({})).unwrap();
        let order = |status: &str| TestEvent::function(json!({"order": {"status": status}}));
        let edits = transform.run(&[
            TestEvent::function("started"),
            order("paid"),
            order("refused"),
        ]);
        let refused = "append orders.refused \"an order was refused\"";
        assert_eq!(edits[0], [""; 0]);
        assert_eq!(edits[1], ["count orders_total{status=\"paid\"} 1"]);
        assert_eq!(
            edits[2],
            ["count orders_total{status=\"refused\"} 1", refused]
        );
    }

    #[test]
    fn settings_are_checked() {
        let faults = Harness::<{function}>::new(json!({"status": ""}))
            .err()
            .unwrap();
        assert_eq!(
            faults[0].to_string(),
            "status: expected the path of a field, found nothing"
        );
    }
}
