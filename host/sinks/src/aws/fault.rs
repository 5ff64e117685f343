//! Why credentials cannot be had. Nothing here holds one, or a piece of an answer.

use telesieve_aws::{CredentialsError, SecretError};
use telesieve_config::Reference;

use crate::{Fault, SetupError};

/// Why there is nothing to introduce ourselves with.
#[derive(Debug, thiserror::Error)]
pub enum AwsFault {
    /// The environment offers no credentials, or none that can be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The address that hands out the role's credentials cannot be reached.
    #[error("failed to fetch the credentials of the role")]
    Role(#[source] Box<Fault>),
    /// The address that hands out the role's credentials refuses.
    #[error("failed to fetch the credentials of the role: HTTP {status}")]
    RoleStatus {
        /// HTTP status.
        status: u16,
    },
    /// Neither the configuration nor the environment names a region.
    #[error("no AWS region: set `region` or AWS_REGION")]
    NoRegion,
    /// The service that keeps a secret cannot be reached.
    #[error("failed to read {reference}")]
    Unreachable {
        /// Names the secret.
        reference: Reference,
        /// What happened.
        #[source]
        source: Box<Fault>,
    },
    /// The service that keeps a secret does not give it.
    #[error("failed to read {reference}")]
    Secret {
        /// Names the secret.
        reference: Reference,
        /// What it says.
        #[source]
        source: SecretError,
    },
    /// A variable holds the URL of the service, and it is none.
    #[error("failed to read {reference}: AWS_ENDPOINT_URL is not a valid URL")]
    Address {
        /// Names the secret.
        reference: Reference,
    },
    /// Keys or a secret that no header can hold.
    #[error("the credentials contain characters that an HTTP header cannot hold")]
    Unusable,
    /// The client cannot be made.
    #[error(transparent)]
    Setup(SetupError),
}

impl AwsFault {
    /// Whether another try right away may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Secret { source, .. } => source.is_transient(),
            Self::Unreachable { source: fault, .. } | Self::Role(fault) => fault.is_transient(),
            Self::RoleStatus { status } => matches!(status, 429 | 500..=599),
            Self::Address { .. } | Self::Credentials(_) | Self::NoRegion | Self::Unusable | Self::Setup(_) => false,
        }
    }
}
