//! Count orders by status as a metric
//!
//! A dashboard that counts needs no logs. A metric's label must have few values, so an unknown status becomes `other`.
//! With `drop = true`, the transform drops lines once it has counted them.
//!
//! ```toml
//! [[transform]]
//! name = "count-orders"
//! on_error = "pass"
//!
//! [transform.settings]
//! status = "order.status"                        # the default
//! known = ["placed", "paid", "refused"]          # the default
//! drop = false                                   # the default
//! ```

use serde::Deserialize;
use telesieve_guest::{Column, Counter, Edit, Event, SettingError, Setup, transform};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    status: String,
    known: Vec<String>,
    drop: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let known = ["placed", "paid", "refused"].map(str::to_owned).to_vec();
        Self { status: "order.status".to_owned(), known, drop: false }
    }
}

struct Orders {
    settings: Settings,
    status: Column,
    orders: Counter,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Orders, SettingError> {
    if settings.known.len() > 50 {
        setup.reject("known", "expected at most 50: each is a series in every sandbox");
    }
    setup.kind("function");
    Ok(Orders {
        status: setup.column(&settings.status),
        orders: setup.counter("orders_total", "Orders by status.", &["status"]),
        settings,
    })
}

#[transform(kind = "enrich", name = "count-orders", setup = setup)]
fn count_orders(event: &Event, edit: &mut Edit, orders: &Orders) {
    let Some(status) = event.column(orders.status) else { return };
    let known = orders.settings.known.iter().find(|known| *known == status);
    edit.count(orders.orders, &[known.map_or("other", String::as_str)], 1.0);
    if orders.settings.drop {
        edit.drop();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    #[test]
    fn orders_are_counted_by_known_status() {
        let mut transform = Harness::<count_orders>::new(json!({"drop": true})).unwrap();
        let order = |status: &str| TestEvent::function(json!({"order": {"status": status}}));
        let edits = transform.run(&[order("paid"), order("jane@example.com"), TestEvent::function("text")]);
        assert_eq!(edits[0], ["count orders_total{status=\"paid\"} 1", "drop"]);
        assert_eq!(edits[1], ["count orders_total{status=\"other\"} 1", "drop"]);
        assert_eq!(edits[2], [""; 0]);
    }
}
