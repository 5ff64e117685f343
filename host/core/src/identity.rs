//! Who the function is, and which sandbox this is.

use std::fmt;

/// What is known about the function. Text that is not known is empty, numbers are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionIdentity {
    /// Name of the function.
    pub name: String,
    /// Version, such as `$LATEST` or `12`.
    pub version: String,
    /// Region, such as `eu-central-1`.
    pub region: String,
    /// Account, twelve digits.
    pub account_id: String,
    /// ARN as invoked, with its qualifier if there is one. Not known before the first invocation.
    pub arn: String,
    /// Configured memory in MB.
    pub memory_mb: u32,
    /// `on-demand`, `provisioned-concurrency`, `snap-start`, `lambda-managed-instances`, or what comes next.
    pub init_type: String,
}

impl FunctionIdentity {
    /// Takes over what the ARN of an invocation says, wherever nothing is known yet. Returns whether anything changed.
    pub fn learn_arn(&mut self, arn: &str) -> bool {
        let Some(parts) = Arn::parse(arn) else { return false };
        let before = self.clone();
        arn.clone_into(&mut self.arn);
        let known =
            [(&mut self.name, parts.name), (&mut self.region, parts.region), (&mut self.account_id, parts.account)];
        for (field, value) in known {
            if field.is_empty() {
                value.clone_into(field);
            }
        }
        *self != before
    }
}

/// The parts of `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// Region.
    pub region: &'a str,
    /// Account.
    pub account: &'a str,
    /// Name of the function.
    pub name: &'a str,
    /// Version or alias.
    pub qualifier: Option<&'a str>,
}

impl<'a> Arn<'a> {
    /// Takes the ARN of a function apart; `None` if it is not one.
    #[must_use]
    pub fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.split(':');
        let mut next = || parts.next();
        let ("arn", partition, "lambda") = (next()?, next()?, next()?) else { return None };
        let (region, account) = (next()?, next()?);
        let ("function", name) = (next()?, next()?) else { return None };
        let qualifier = next().filter(|qualifier| !qualifier.is_empty());
        (!name.is_empty()).then_some(Self { partition, region, account, name, qualifier })
    }
}

/// Names a sandbox: 16 hex digits. A sandbox restored from a snapshot gets a fresh one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SandboxId(String);

impl SandboxId {
    /// Makes one of eight random bytes, which the edge has to find.
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(format!("{:016x}", u64::from_be_bytes(bytes)))
    }

    /// The 16 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SandboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_parts() {
        let arn = Arn::parse("arn:aws:lambda:eu-central-1:210987654321:function:orders-api:live");
        let expected = Arn {
            partition: "aws",
            region: "eu-central-1",
            account: "210987654321",
            name: "orders-api",
            qualifier: Some("live"),
        };
        assert_eq!(arn, Some(expected));
    }

    #[test]
    fn a_qualifier_is_optional() {
        let arn = Arn::parse("arn:aws-cn:lambda:cn-north-1:1:function:f").map(|arn| (arn.name, arn.qualifier));
        assert_eq!(arn, Some(("f", None)));
    }

    #[test]
    fn other_text_is_no_arn() {
        for text in ["", "arn:aws:s3:::bucket", "arn:aws:lambda:r:a:layer:l", "arn:aws:lambda:r:a:function:", "a:b"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_invocation_tells_what_is_not_known_yet() {
        let mut function = FunctionIdentity { name: "orders".into(), ..FunctionIdentity::default() };
        assert!(function.learn_arn("arn:aws:lambda:eu-central-1:210987654321:function:orders-api"));
        assert_eq!((function.name.as_str(), function.account_id.as_str()), ("orders", "210987654321"));
        assert!(!function.learn_arn("arn:aws:lambda:eu-central-1:210987654321:function:orders-api"));
        assert!(!function.learn_arn("nonsense"));
    }

    #[test]
    fn a_sandbox_id_is_sixteen_hex_digits() {
        assert_eq!(SandboxId::from_random([0, 1, 2, 3, 4, 5, 0xab, 0xff]).as_str(), "000102030405abff");
    }
}
