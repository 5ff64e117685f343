//! How the platform says no.

/// An answer other than success: status, `errorType` and `errorMessage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error_type: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, error_type: &'static str, message: impl Into<String>) -> Self {
        Self { status, error_type, message: message.into() }
    }

    /// Most faults of an extension are 403, whatever the documents list.
    pub(crate) fn forbidden(error_type: &'static str, message: impl Into<String>) -> Self {
        Self::new(403, error_type, message)
    }

    /// A field of a subscription.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    pub(crate) fn body(&self) -> String {
        serde_json::json!({ "errorMessage": self.message, "errorType": self.error_type }).to_string()
    }
}
