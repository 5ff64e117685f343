//! Values that are secret by the name of their key, or known by themselves.

use super::*;

#[test]
fn values_of_keys_are_found_whatever_is_around_them() {
    for (record, expected) in [
        (r#"{"m":"Config { password: Some(\"hunter2\") }"}"#, r#"{"m":"Config { password: [REDACTED:secret] }"}"#),
        (r#"{"m":"token=Secret(hunter2) n=1"}"#, r#"{"m":"token=[REDACTED:secret] n=1"}"#),
        (r#""a {\n password: Some(\n  \"x\",\n ),\n b: 1}""#, r#""a {\n password: [REDACTED:secret],\n ),\n b: 1}""#),
        (r#""Authorization: Some(\"Bearer a b\") x""#, r#""Authorization: [REDACTED:bearer] x""#),
        (r#""{\n \"password\" \n:\n \"x\"}""#, r#""{\n \"password\" \n:\n \"[REDACTED:secret]\"}""#),
        (r#""password:\nhello""#, r#""password:\nhello""#),
        (r#""API_KEY\t=  x y""#, r#""API_KEY\t=  [REDACTED:secret] y""#),
        (r#"{"user[password]":"x"}"#, r#"{"user[password]":"[REDACTED:secret]"}"#),
        (r#""k='-----BEGIN A-----\nMII\n-----END A-----'""#, r#""k='-----BEGIN A-----\nMII\n-----END A-----'""#),
        (r#""PRIVATE_KEY='-----BEGIN A-----\nMII\n-----END A-----' b""#, r#""PRIVATE_KEY='[REDACTED:secret]' b""#),
        (r#""privateKey: -----BEGIN A-----\nMII""#, r#""privateKey: [REDACTED:secret]""#),
    ] {
        check(record, expected);
    }
}

#[test]
fn own_secrets_are_found_in_every_spelling() {
    let own = Arc::new(OwnValues::new(["Tr0ub4dor&3/+x"]));
    let mut scratch = Scratch::default();
    scratch.set_own_values(own);
    let rules = Ruleset::new(vec![replaced(named("own-secrets"))]);
    let mark = "[REDACTED:own-secrets]";
    for (record, expected) in [
        (r#"{"a":"x Tr0ub4dor&3/+x y"}"#, format!(r#"{{"a":"x {mark} y"}}"#)),
        (r#""Tr0ub4dor&3\/+x""#, format!(r#""{mark}""#)),
        (r#""{\"a\":\"Tr0ub4dor&3\\/+x\"}""#, format!(r#""{{\"a\":\"{mark}\"}}""#)),
        (r#""q=Tr0ub4dor%263%2F%2Bx&b""#, format!(r#""q={mark}&b""#)),
        (r#""basic dXNlcjpUcjB1YjRkb3ImMy8reA==""#, format!(r#""basic {mark}""#)),
        (r#"{"Tr0ub4dor&3/+x":1}"#, format!(r#"{{"{mark}":1}}"#)),
        (r#""Tr0ub4dor and 3""#, r#""Tr0ub4dor and 3""#.to_owned()),
    ] {
        assert_eq!(rules.scrub(record, &Place::Whole, &mut scratch).record, expected);
    }
}

#[test]
fn names_of_keys_tell_what_their_values_are() {
    for (record, expected) in [
        (r#"{"phone":"5551234567"}"#, r#"{"phone":"[REDACTED:phone]"}"#),
        (r#"{"user":{"mobile":5551234567}}"#, r#"{"user":{"mobile":"[REDACTED:phone]"}}"#),
        (r#""密码：hunter2x""#, r#""密码：[REDACTED:secret]""#),
        (r#"{"orderId":"5551234567"}"#, r#"{"orderId":"5551234567"}"#),
        ("\"card 4111\u{a0}1111\u{a0}1111\u{a0}1111\"", r#""card [REDACTED:payment-card]""#),
    ] {
        check(record, expected);
    }
}
