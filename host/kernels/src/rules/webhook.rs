//! Addresses of webhooks and bots: URLs that are secrets by themselves. Everything behind the verb is hit.

use std::ops::Range;

use memchr::memmem;

use super::token::{Alphabet, holds_run};
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, is_marked_whole, shown};
use crate::bytes;
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Webhook;

static ABOUT: RuleInfo = RuleInfo {
    name: "webhook",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "The secret part of addresses of webhooks and bots: Slack, Discord, Teams, Zapier, Telegram and others.",
    keys: None,
    validator: "The host and the path of the vendor in front.",
    reads_base64: true,
    hits: shown(&[
        (
            "POST https://hooks.slack.com/services/T01234567/B01234567/abcdefghijklmnopqrstuvwx failed",
            "T01234567/B01234567/abcdefghijklmnopqrstuvwx",
        ),
        (
            "https://discord.com/api/webhooks/012345678901234567/abcdefghij_klmnopqrst-uvwxyz",
            "012345678901234567/abcdefghij_klmnopqrst-uvwxyz",
        ),
        ("(https://hooks.zapier.com/hooks/catch/1234567/abc123d/)", "catch/1234567/abc123d/"),
        ("https://eoabcdefghijklmn0123.m.pipedream.net", "eoabcdefghijklmn0123"),
    ]),
    misses: shown(&[
        "https://hooks.slack.com/services/",
        "see https://discord.com/api/webhooks for more",
        "https://example.com/webhooks/list",
        "https://www.pipedream.net/blog",
    ]),
};

/// What stands in front of the secret part.
const VERBS: &[&str] = &[
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "hooks.slack.com/triggers/",
    "hooks.slack-gov.com/services/",
    "hooks.slack.com/commands/",
    "hooks.slack.com/actions/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "discord.com/api/v6/webhooks/",
    "discord.com/api/v8/webhooks/",
    "discord.com/api/v9/webhooks/",
    "discord.com/api/v10/webhooks/",
    ".webhook.office.com/webhookb2/",
    ".webhook.office.com/webhook/",
    "outlook.office.com/webhook/",
    "outlook.office.com/webhookb2/",
    "outlook.office365.com/webhook/",
    "hooks.zapier.com/hooks/",
    "/with/key/",
    ".tines.com/webhook/",
    "tines.io/webhook/",
    "chat.googleapis.com/v1/spaces/",
    "open.feishu.cn/open-apis/bot/v2/hook/",
    "open.feishu.cn/open-apis/bot/hook/",
    "open.larksuite.com/open-apis/bot/v2/hook/",
    "oapi.dingtalk.com/robot/send?access_token=",
    "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    "api.telegram.org/bot",
    "api.telegram.org/file/bot",
    "webhook.site/",
    "make.com/",
    "hook.integromat.com/",
    "ntfy.sh/up",
    "events.pagerduty.com/integration/",
    "api.opsgenie.com/v1/json/",
    "alert.victorops.com/integrations/generic/",
];

impl BuiltIn for Webhook {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER
    }

    fn clues(&self) -> Clues {
        Clues::RUN
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        // All of them are URLs, maybe without a scheme, of hosts in a domain.
        if !is_address(subject.text) {
            return;
        }
        for verb in VERBS {
            find_behind(subject, verb, hits);
        }
        find_hosts(subject, hits);
    }
}

fn is_address(text: &[u8]) -> bool {
    [b".com/".as_slice(), b".net", b".org/", b".cn/", b".sh/", b".site/", b".io/"]
        .iter()
        .any(|end| bytes::find(text, end).is_some())
}

/// The rest of URLs in which a verb stands.
fn find_behind(subject: &Subject<'_>, verb: &str, hits: &mut Hits) {
    let text = subject.text;
    let mut searched = 0;
    for at in bytes::find_iter(text, verb.as_bytes()) {
        if at < searched || !is_verb_here(text, at, verb) {
            continue;
        }
        let secret = at + verb.len()..rest_end(text, at + verb.len());
        searched = secret.end;
        push(subject, secret, hits);
    }
}

/// Whether the host in front fits a verb that is not all of it.
fn is_verb_here(text: &[u8], at: usize, verb: &str) -> bool {
    const NEAR: usize = 64;
    let before = &text[at.saturating_sub(NEAR)..at];
    let holds = |word: &[u8]| memmem::rfind(before, word).is_some();
    match verb {
        "make.com/" => holds(b"hook.") && before.ends_with(b"."),
        "/with/key/" => holds(b"ifttt.com/"),
        _ => true,
    }
}

fn push(subject: &Subject<'_>, secret: Range<usize>, hits: &mut Hits) {
    const SHORTEST: usize = 8;
    let value = &subject.text[secret.clone()];
    if value.len() >= SHORTEST && !is_marked_whole(value, subject.markers) && holds_run(subject.text, secret.clone()) {
        hits.push(secret);
    }
}

/// Where the rest of a URL ends, without the signs of the sentence that it stands in.
fn rest_end(text: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace()
            || byte.is_ascii_control()
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'|' | b'\\')
    };
    let length = text[start..].iter().take_while(|byte| !ends(byte)).count();
    let signs = text[start..start + length].iter().rev();
    let signs = signs.take_while(|byte| matches!(byte, b'.' | b',' | b';' | b':' | b')' | b']' | b'}' | b'!' | b'?'));
    start + length - signs.count()
}

/// Hosts whose first label is the secret.
fn find_hosts(subject: &Subject<'_>, hits: &mut Hits) {
    const LONGEST: usize = 63;
    for at in bytes::find_iter(subject.text, b".m.pipedream.net") {
        let before = subject.text[..at].iter().rev().take(LONGEST);
        let label = before.take_while(|byte| Alphabet::ALPHANUMERIC.holds(**byte)).count();
        push(subject, at - label..at, hits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::found_texts;

    #[test]
    fn every_verb_is_known_in_every_place() {
        let secret = "T01234567/B01234567/abcdefghijklmnopqrstuvwx";
        for verb in VERBS {
            let host = match *verb {
                "/with/key/" => "maker.ifttt.com/trigger/a",
                "make.com/" => "hook.eu1.",
                _ => "",
            };
            for place in ["@", "to @ now", "(@)", "\"@\",", "<@|text>", "@\\n", "see @."] {
                let text = place.replace('@', &format!("https://{host}{verb}{secret}"));
                let found = found_texts(&Webhook, &text);
                assert!(found.contains(&secret), "{text}: {found:?}");
            }
        }
    }
}
