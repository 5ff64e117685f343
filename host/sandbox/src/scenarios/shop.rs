//! A small story of a function that takes orders: what it prints is what such functions really print.

use std::time::Duration;

use super::secrets::{
    AWS_KEY_ID, BEARER, BEARER_OPAQUE, CARD, CARD_DASHED, CARD_PLAIN, EMAIL, EMAIL_ESCAPED, EMAIL_IN_TRACE,
    EMAIL_NESTED, PHONE,
};
use crate::invocation::{Ending, Invocation, Line};

/// Eight invocations: a cold start, text and JSON lines with secrets in every place where they hide, noise that
/// nobody wants to pay for, an error, a timeout, and the sandbox after its reset.
#[must_use]
pub fn shop() -> Vec<Invocation> {
    vec![cold_start(), payment(), provider(), upstream(), noise(), failure(), timeout(), afterwards()]
}

/// A line as the Node runtime prints it.
fn node(level: &str, message: &str) -> Line {
    Line::text(format!("{{time}}\t{{request_id}}\t{level}\t{message}"))
}

fn json(level: &str, rest: &str) -> Line {
    Line::json(format!(r#"{{"timestamp":"{{time}}","level":"{level}","requestId":"{{request_id}}",{rest}}}"#))
}

fn cold_start() -> Invocation {
    Invocation::new(vec![
        node("INFO", "connected to the orders table"),
        node("INFO", &format!("order 7731 accepted for {EMAIL}, confirmation 6b1f8c52-4d0e-4e8a-9a41-9f3e2d7c1b05")),
        node("DEBUG", "cache miss for sku A1"),
    ])
    .taking(Duration::from_millis(12))
}

fn payment() -> Invocation {
    Invocation::new(vec![json(
        "INFO",
        &format!(
            r#""message":"payment authorised","orderId":"7732","card":"{CARD}","customer":{{"email":"{EMAIL_ESCAPED}","phone":"{PHONE}"}},"order":{{"amount":19.9,"status":"paid"}}"#
        ),
    )])
    .taking(Duration::from_millis(8))
}

fn provider() -> Invocation {
    Invocation::new(vec![
        json(
            "INFO",
            &format!(
                r#""msg":"calling payment provider","headers":{{"Authorization":"Bearer {BEARER}","Accept":"application/json"}}"#
            ),
        ),
        node("WARN", &format!("retrying with Authorization: Bearer {BEARER_OPAQUE}")),
    ])
}

fn upstream() -> Invocation {
    let body = format!(r#"{{\"email\":\"{EMAIL_NESTED}\",\"card\":\"{CARD_PLAIN}\",\"status\":\"ok\"}}"#);
    Invocation::new(vec![json("INFO", &format!(r#""message":"upstream answered","orderId":"7733","body":"{body}""#))])
}

fn noise() -> Invocation {
    Invocation::new(vec![
        Line::text("GET /health 200 1ms"),
        json("DEBUG", r#""message":"pool statistics","idle":4,"busy":1"#),
        Line::json(r#"{"level":30,"time":1772439361017,"pid":8,"msg":"GET /health","status":200}"#),
        Line::text(format!("card on file {CARD_DASHED} charged for order 7734")),
    ])
}

fn failure() -> Invocation {
    let trace = format!(
        "TypeError: Cannot read properties of undefined (reading 'id')\n    at charge (/var/task/pay.js:41:17)\n    \
         at handler (/var/task/index.js:12:31)\n    customer: {EMAIL_IN_TRACE}"
    );
    Invocation::new(vec![
        Line::text(format!("loaded credentials {AWS_KEY_ID} from the environment")),
        node("ERROR", &trace),
        json(
            "ERROR",
            r#""message":"order 7735 failed","orderId":"7735","errorType":"TypeError","stackTrace":["at charge (/var/task/pay.js:41:17)"]"#,
        ),
    ])
    .ending(Ending::Error("Function.Unknown".to_owned()))
}

fn timeout() -> Invocation {
    Invocation {
        late_lines: vec![Line::text("{time} {request_id} Task timed out after 0.30 seconds")],
        ..Invocation::new(vec![node("INFO", "waiting for the stock service")])
            .ending(Ending::Timeout)
            .timeout(Duration::from_millis(300))
    }
}

fn afterwards() -> Invocation {
    Invocation::new(vec![
        node("INFO", "connected to the orders table"),
        json("INFO", r#""message":"order 7736 accepted","orderId":"7736","order":{"amount":640.5,"status":"paid"}"#),
    ])
}
