//! `Retry-After`: how long a server asks us to stay away, in seconds or as a date.
//!
//! A date is compared with the answer's own `Date`, because a sandbox that was frozen for an hour need not know what
//! time it is. Pure but for the clock that stands in where there is no `Date`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use telesieve_core::time::parse_rfc3339;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What the headers of an answer ask for. A date that has passed asks for nothing.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(text)?.checked_sub(date(headers).unwrap_or_else(now))?;
    u64::try_from(wait).ok().map(Duration::from_millis)
}

/// The server's clock, Unix milliseconds.
pub(crate) fn date(headers: &HeaderMap) -> Option<i64> {
    headers.get(DATE).and_then(|value| http_date(value.to_str().ok()?))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` as Unix milliseconds. The two other spellings have been obsolete since 1999.
fn http_date(text: &str) -> Option<i64> {
    let (_weekday, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.strip_suffix(" GMT")?.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let month = 1 + MONTHS.iter().position(|name| *name == month)?;
    let complete = parts.next().is_none() && (day.len(), year.len(), time.len()) == (2, 4, 8);
    parse_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z")).filter(|_| complete)
}

/// Our own clock, read anew each time: it may have been set while we were frozen.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{http_date, retry_after};
    use proptest::prelude::*;
    use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
    use std::time::Duration;

    const SENT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn asked(text: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(asked("7", None), Some(Duration::from_secs(7)));
        assert_eq!(asked(" 0 ", Some(SENT)), Some(Duration::ZERO));
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:07 GMT", Some(SENT)), Some(Duration::from_secs(30)));
        assert_eq!(asked("Mon, 07 Nov 1994 08:49:37 GMT", Some(SENT)), Some(Duration::from_secs(86_400)));
    }

    #[test]
    fn what_has_passed_or_makes_no_sense_asks_for_nothing() {
        for text in ["Sun, 06 Nov 1994 08:49:07 GMT", "-7", "7.5", "soon", "", "Sunday, 06-Nov-94 08:49:37 GMT"] {
            assert_eq!(asked(text, Some(SENT)), None, "{text}");
        }
        for text in ["Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 GMT", "x, "] {
            assert_eq!(http_date(text), None, "{text}");
        }
        assert_eq!(asked(SENT, None), None, "our own clock stands in, and it is later than 1994");
        assert!(asked("Fri, 31 Dec 2100 00:00:00 GMT", None) > Some(Duration::from_secs(86_400)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = http_date(&text);
        }
    }
}
