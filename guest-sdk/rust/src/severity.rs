//! How much an event matters, as OpenTelemetry counts it.

/// An OpenTelemetry severity number: 1 to 4 trace, 5 to 8 debug, 9 to 12 info, 13 to 16 warn, 17 to 20 error, 21 to 24
/// fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// The lowest of trace.
    pub const TRACE: Self = Self(1);
    /// The lowest of debug.
    pub const DEBUG: Self = Self(5);
    /// The lowest of info.
    pub const INFO: Self = Self(9);
    /// The lowest of warn.
    pub const WARN: Self = Self(13);
    /// The lowest of error.
    pub const ERROR: Self = Self(17);
    /// The lowest of fatal.
    pub const FATAL: Self = Self(21);

    /// `None` for anything but 1 to 24.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        if matches!(number, 1..=24) { Some(Self(number)) } else { None }
    }

    /// Reads `trace`, `debug`, `info`, `warn`, `warning`, `error`, `fatal` or `critical`, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        const NAMES: [(&str, Severity); 8] = [
            ("trace", Severity::TRACE),
            ("debug", Severity::DEBUG),
            ("info", Severity::INFO),
            ("warn", Severity::WARN),
            ("warning", Severity::WARN),
            ("error", Severity::ERROR),
            ("fatal", Severity::FATAL),
            ("critical", Severity::FATAL),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, severity)| *severity)
    }

    /// 1 to 24.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// `trace`, `debug`, `info`, `warn`, `error` or `fatal`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            ..=4 => "trace",
            5..=8 => "debug",
            9..=12 => "info",
            13..=16 => "warn",
            17..=20 => "error",
            21.. => "fatal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        assert_eq!(Severity::from_number(0), None);
        assert_eq!(Severity::from_number(25), None);
        assert_eq!(Severity::from_name("Warning"), Some(Severity::WARN));
        assert_eq!(Severity::from_name("loud"), None);
        assert!(Severity::ERROR > Severity::WARN);
        for name in ["trace", "debug", "info", "warn", "error", "fatal"] {
            assert_eq!(Severity::from_name(name).map(Severity::name), Some(name));
        }
    }
}
