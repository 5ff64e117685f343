//! The rules that come with telesieve.

/// A rule that comes with telesieve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// E-mail addresses.
    Email,
    /// Numbers of payment cards.
    PaymentCard,
    /// Credentials of HTTP headers.
    Bearer,
    /// Access keys of AWS.
    AwsKey,
    /// JSON web tokens.
    Jwt,
    /// Telephone numbers.
    Phone,
    /// IP addresses, versions 4 and 6.
    Ip,
    /// International bank account numbers.
    Iban,
    /// Social security numbers of the USA.
    UsSsn,
    /// Values that are secret by the name of their key.
    Secret,
}

/// What there is to know about a named rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// The rule.
    pub rule: Named,
    /// Its name in configuration.
    pub name: &'static str,
    /// Goes up whenever the rule hits something else than before.
    pub version: u32,
    /// One line.
    pub description: &'static str,
    /// Texts with the part that must be hit.
    pub hits: &'static [(&'static str, &'static str)],
    /// Texts in which nothing must be hit.
    pub misses: &'static [&'static str],
}

/// All named rules.
pub const RULES: &[RuleInfo] = &[];

impl Named {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::PaymentCard,
        Self::Bearer,
        Self::AwsKey,
        Self::Jwt,
        Self::Phone,
        Self::Ip,
        Self::Iban,
        Self::UsSsn,
        Self::Secret,
    ];

    /// The rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Its name in configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PaymentCard => "payment-card",
            Self::Bearer => "bearer",
            Self::AwsKey => "aws-key",
            Self::Jwt => "jwt",
            Self::Phone => "phone",
            Self::Ip => "ip",
            Self::Iban => "iban",
            Self::UsSsn => "us-ssn",
            Self::Secret => "secret",
        }
    }
}
