//! Secrets that the sandbox holds, by value: what a function writes of its own environment does not leave.

use telesieve_sandbox::{Invocation, Line};
use telesieve_tests::opt_tree;

use crate::play::{Receivers, play};

const PASSWORD: &str = "Tr0ub4dor&3-own";
const NAMED: &str = "zebra4711horse";

/// A password by the name of its variable, and what the configuration names: as they are, in base64, in JSON, in a URL.
#[tokio::test]
async fn values_of_variables_do_not_leave_however_they_are_spelled() {
    let receivers = Receivers::start().await;
    let options = receivers
        .options(opt_tree())
        .env("SHOP_DB_PASSWORD", PASSWORD)
        .env("PLAIN_THING", NAMED)
        .env("TELESIEVE_SECRETS_VARIABLES", "PLAIN_*");
    let lines = [
        format!("connecting as shop with {PASSWORD} now"),
        format!("the thing is {NAMED}"),
        "header VHIwdWI0ZG9yJjMtb3du sent".to_owned(),
        "query ?p=Tr0ub4dor%263-own&x=1".to_owned(),
        format!(r#"{{"message":"dump","env":{{"x":"a {PASSWORD} b"}}}}"#),
    ];
    play(options, vec![Invocation::new(lines.iter().map(Line::text).collect())]).await;
    let documents = receivers.documents_text();
    for secret in [PASSWORD, NAMED, "VHIwdWI0ZG9yJjMtb3du", "Tr0ub4dor"] {
        assert!(!documents.contains(secret), "{secret} in {documents}");
    }
    assert!(documents.matches("own-secrets").count() >= 5, "{documents}");
    receivers.accounting().assert_balanced();
}
