//! The grouping key of a PushGateway: labels in the path of the URL.
//!
//! A gateway unescapes the path before it looks for slashes and answers dot segments with a redirect to *another*
//! group, so only harmless values are written plainly. Everything else is base64, which every gateway since 0.10
//! understands.

use crate::base64;

/// `job`, and labels beside it, that name one group of metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupingKey {
    path: String,
}

impl GroupingKey {
    /// A key of the `job` alone. A gateway refuses an empty job; `unknown` takes its place.
    #[must_use]
    pub fn new(job: &str) -> Self {
        let mut key = Self { path: "/metrics".to_owned() };
        key.push("job", if job.is_empty() { "unknown" } else { job });
        key
    }

    /// Adds a label. `label` must be a plain metric label name, not starting with two underscores.
    #[must_use]
    pub fn with(mut self, label: &'static str, value: &str) -> Self {
        self.push(label, value);
        self
    }

    /// The path, from `/metrics` on.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    fn push(&mut self, label: &str, value: &str) {
        self.path.push('/');
        self.path.push_str(label);
        if is_plain(value) {
            self.path.push('/');
            self.path.push_str(value);
        } else {
            self.path.push_str("@base64/");
            let encoded = base64::url_safe(value.as_bytes());
            self.path.push_str(if encoded.is_empty() { "=" } else { &encoded });
        }
    }
}

fn is_plain(value: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_.$~-".contains(&byte);
    !matches!(value, "" | "." | "..") && value.bytes().all(harmless)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::GroupingKey;
    use proptest::prelude::*;

    fn path(job: &str, function: &str) -> String {
        GroupingKey::new(job).with("function", function).path().to_owned()
    }

    #[test]
    fn harmless_values_are_plain() {
        assert_eq!(path("telesieve", "orders-api"), "/metrics/job/telesieve/function/orders-api");
        assert_eq!(path("a.b_c~d", "$LATEST"), "/metrics/job/a.b_c~d/function/$LATEST");
    }

    #[test]
    fn the_rest_is_base64() {
        assert_eq!(path("", ""), "/metrics/job/unknown/function@base64/=");
        assert_eq!(path("a/b", ".."), "/metrics/job@base64/YS9i/function@base64/Li4");
        assert_eq!(path("é", "a b"), "/metrics/job@base64/w6k/function@base64/YSBi");
        assert_eq!(path("a%2Fb", "."), "/metrics/job@base64/YSUyRmI/function@base64/Lg");
    }

    proptest! {
        #[test]
        fn a_value_cannot_leave_its_segment(job: String, function: String) {
            let path = path(&job, &function);
            prop_assert_eq!(path.split('/').count(), 6);
            let url = reqwest::Url::parse(&format!("http://gateway:9091/prefix{path}")).unwrap();
            prop_assert_eq!(url.path(), format!("/prefix{path}"));
        }
    }
}
