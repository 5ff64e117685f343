//! What a run lost that its configuration did not mean to lose.
//!
//! Filtered events are meant. Everything else that did not arrive is a loss: events that were dropped for any reason, what
//! the extension reports as an error, metrics that a gateway did not accept, and every error in the configuration, because
//! the extension disables what the error is about.

use telesieve_config::Loaded;

use super::accounting::events;
use super::play::Played;

/// What the extension's lines start with that report lost data.
const ERROR: &str = "[telesieve] error: ";
/// The same for metrics that were not pushed.
const NOT_PUSHED: &str = "[telesieve] warn: pushgateway: ";

/// All losses, one phrase each.
pub(super) fn of(played: &Played, loaded: &Loaded) -> Vec<String> {
    let mut losses: Vec<String> = loaded.errors.iter().map(|error| format!("configuration error: {error}")).collect();
    let dropped = played.accounting.iter().flat_map(|accounting| &accounting.dropped);
    losses.extend(dropped.map(|(reason, count)| format!("{} dropped: {reason}", events(*count))));
    let reported = played.output.iter().filter_map(|output| output.line.strip_prefix(ERROR));
    // The extension reports the errors of the configuration, too.
    let is_new = |line: &&str| !loaded.errors.iter().any(|error| error.to_string() == *line);
    losses.extend(reported.filter(is_new).map(|line| format!("the extension reported: {line}")));
    if !played.metrics_seen {
        let mut refused = played.output.iter().filter_map(|output| output.line.strip_prefix(NOT_PUSHED));
        losses.extend(refused.next_back().map(|line| format!("metrics were not pushed: {line}")));
    }
    losses
}
