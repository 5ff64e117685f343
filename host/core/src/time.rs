//! Times as the platform writes them, without a calendar crate.

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Reads an RFC 3339 time, with any number of decimals and any offset, as Unix milliseconds. Digits beyond the
/// milliseconds are cut off. A space or a lower-case letter in place of `T` and `Z` is fine; a leap second counts as the
/// second after it.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let date = days(number(bytes, 0, 4)?, month(bytes)?, number(bytes, 8, 2)?)?;
    separators(bytes)?;
    let (hour, minute, second) = (number(bytes, 11, 2)?, number(bytes, 14, 2)?, number(bytes, 17, 2)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, zone) = fraction(&bytes[19..])?;
    let clock = ((hour * 60 + minute) * 60 + second) * 1_000 + fraction;
    Some(date * DAY + clock - offset(zone)?)
}

fn month(bytes: &[u8]) -> Option<i64> {
    number(bytes, 5, 2)
}

fn separators(bytes: &[u8]) -> Option<()> {
    let at = |place: usize| bytes.get(place).copied();
    let dashes = at(4) == Some(b'-') && at(7) == Some(b'-');
    let colons = at(13) == Some(b':') && at(16) == Some(b':');
    (dashes && colons && matches!(at(10), Some(b'T' | b't' | b' '))).then_some(())
}

fn number(bytes: &[u8], start: usize, digits: usize) -> Option<i64> {
    let digits = bytes.get(start..start + digits)?;
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// Milliseconds of `.123456`, and what follows.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.' | b',', digits)) = rest.split_first() else { return Some((0, rest)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let shown = digits[..count].iter().chain(b"000").take(3);
    let milliseconds = shown.fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
    Some((milliseconds, &digits[count..]))
}

/// Milliseconds that a zone is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    if rest.len() != 5 || rest[2] != b':' {
        return None;
    }
    let (hours, minutes) = (number(rest, 0, 2)?, number(rest, 3, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

/// Days from 1970-01-01, in the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Writes Unix milliseconds as `2026-03-02T08:15:20.290Z`. Years outside 0000 to 9999 are pinned to that range.
#[must_use]
pub fn format_rfc3339(ms: i64) -> String {
    const FIRST: i64 = -62_167_219_200_000;
    const LAST: i64 = 253_402_300_799_999;
    let ms = ms.clamp(FIRST, LAST);
    let (year, month, day) = date(ms.div_euclid(DAY));
    let clock = ms.rem_euclid(DAY);
    let (hour, minute) = (clock / 3_600_000, clock / 60_000 % 60);
    let (second, millisecond) = (clock / 1_000 % 60, clock % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// The date that is so many days from 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn platform_times_are_read() {
        let expected = Some(1_772_439_320_290);
        assert_eq!(parse_rfc3339("2026-03-02T08:15:20.290Z"), expected);
        assert_eq!(parse_rfc3339("2026-03-02T08:15:20.290417Z"), expected);
        assert_eq!(parse_rfc3339("2026-03-02T09:15:20.29+01:00"), expected);
        assert_eq!(parse_rfc3339("2026-03-02 03:15:20.290-05:00"), expected);
        assert_eq!(parse_rfc3339("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse_rfc3339("2024-02-29T23:59:60Z"), parse_rfc3339("2024-03-01T00:00:00Z"));
    }

    #[test]
    fn other_text_is_no_time() {
        for text in ["", "02/Mar/2026 08:15", "2026-03-02", "2026-03-02T08:15:20", "2026-13-02T08:15:20Z"] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
        for text in
            ["2026-02-29T08:15:20Z", "2026-03-02T08:15:20:290Z", "2026-03-02T24:00:00Z", "2026-03-02T08:15:20.Z"]
        {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
        assert_eq!(parse_rfc3339("2026-03-02T08:15:20é"), None);
    }

    #[test]
    fn extreme_times_are_pinned() {
        assert_eq!(format_rfc3339(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(format_rfc3339(i64::MIN), "0000-01-01T00:00:00.000Z");
        assert_eq!(format_rfc3339(-1), "1969-12-31T23:59:59.999Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ms in -62_167_219_200_000_i64..=253_402_300_799_999) {
            prop_assert_eq!(parse_rfc3339(&format_rfc3339(ms)), Some(ms));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = parse_rfc3339(&text);
        }
    }
}
