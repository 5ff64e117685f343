//! What can go wrong between the extension and a sink, in kinds that decide what to do next.
//!
//! None of them holds a URL, a credential or a piece of an answer: answers quote what was sent.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use crate::AwsFault;

/// Why a request as a whole came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No connection: name not found, refused, TLS handshake failed.
    #[error("connection failed")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// Connected or not, the time for one request was over.
    #[error("request timed out")]
    TimedOut,
    /// There was no time to even try.
    #[error("no time left before the deadline")]
    NoTime,
    /// The connection broke before the answer was complete, on a fresh connection too.
    #[error("connection lost")]
    ConnectionLost(#[source] Box<dyn Error + Send + Sync>),
    /// The answer is not one of this kind of server's.
    #[error("invalid response")]
    Unreadable(#[from] crate::AnswerFault),
    /// 401 or 403.
    #[error("{}: HTTP {status}", refusal(*status))]
    Unauthorized {
        /// HTTP status.
        status: u16,
    },
    /// 403 with a block of the cluster or index: a disk is full, or an operator blocked writes.
    #[error("writes are blocked by the cluster: HTTP {status}")]
    Blocked {
        /// HTTP status.
        status: u16,
    },
    /// There are no credentials to send: those of the role, or a secret, cannot be had.
    #[error("failed to get credentials")]
    NoCredentials(#[from] AwsFault),
    /// 402 or 429.
    #[error("throttled: HTTP {status}")]
    Throttled {
        /// HTTP status.
        status: u16,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
    },
    /// 408 or 5xx.
    #[error("unavailable: HTTP {status}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
    },
    /// 3xx: the configured URL is not the one to use. Never followed: a redirect can lead to another group or index.
    #[error("unexpected redirect from the configured URL: HTTP {status}")]
    Redirected {
        /// HTTP status.
        status: u16,
    },
    /// A file cannot be written.
    #[error("write failed")]
    Unwritable(#[source] Box<dyn Error + Send + Sync>),
    /// Any other status: there is something else at the configured URL.
    #[error("unexpected status from the configured URL: HTTP {status}")]
    Misconfigured {
        /// HTTP status.
        status: u16,
    },
}

impl Fault {
    /// Every name that [`Fault::as_str`] gives.
    pub const NAMES: [&'static str; 13] = [
        "blocked",
        "connection_lost",
        "misconfigured",
        "no_credentials",
        "no_time",
        "redirected",
        "throttled",
        "timed_out",
        "unauthorized",
        "unavailable",
        "unreachable",
        "unreadable",
        "unwritable",
    ];

    /// Name for a metric label.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut => "timed_out",
            Self::NoTime => "no_time",
            Self::ConnectionLost(_) => "connection_lost",
            Self::Unreadable(_) => "unreadable",
            Self::Unwritable(_) => "unwritable",
            Self::Unauthorized { .. } => "unauthorized",
            Self::NoCredentials(_) => "no_credentials",
            Self::Blocked { .. } => "blocked",
            Self::Throttled { .. } => "throttled",
            Self::Unavailable { .. } => "unavailable",
            Self::Redirected { .. } => "redirected",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }

    /// Whether trying again within the same flush makes sense. The others want an operator, or another invocation.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::TimedOut
            | Self::ConnectionLost(_)
            | Self::Unreadable(_)
            | Self::Throttled { .. }
            | Self::Unavailable { .. } => true,
            Self::NoCredentials(fault) => fault.is_transient(),
            Self::NoTime
            | Self::Unwritable(_)
            | Self::Unauthorized { .. }
            | Self::Blocked { .. }
            | Self::Redirected { .. }
            | Self::Misconfigured { .. } => false,
        }
    }

    /// Whether it says something about the sink, so that a breaker should count it. Lack of time of our own does not.
    #[must_use]
    pub fn is_of_the_sink(&self) -> bool {
        !matches!(self, Self::NoTime)
    }

    /// How long the server asked us to wait, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What 401 and 403 mean to an operator.
fn refusal(status: u16) -> &'static str {
    if status == 403 { "access denied" } else { "authentication failed" }
}

/// Why a sink cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The URL cannot be used. It is not quoted, because it may hold a password.
    #[error("invalid url: {reason}")]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A user name, password or key holds bytes that no header can.
    #[error("the credentials contain characters that an HTTP header cannot hold")]
    Credentials,
    /// The bundle cannot be read.
    #[error("failed to read the certificates in {}", path.display())]
    CaFile {
        /// The `ca_file`.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The certificate to show cannot be used.
    #[error("failed to load the client certificate in {}", path.display())]
    ClientCertificate {
        /// The `client_cert_file`.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The key of the certificate to show cannot be read.
    #[error("failed to read the private key in {}", path.display())]
    ClientKey {
        /// The `client_key_file`.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is a certificate to show without its key, or the key alone.
    #[error("client_cert_file and client_key_file must be set together")]
    HalfCertificate,
    /// TLS cannot be set up.
    #[error("failed to set up TLS")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use super::{AwsFault, Fault};

    #[test]
    fn names_are_complete_and_sorted() {
        let status = 400;
        let faults = [
            Fault::Unreachable("x".into()),
            Fault::TimedOut,
            Fault::NoTime,
            Fault::ConnectionLost("x".into()),
            Fault::Unreadable(crate::AnswerFault::TooLong),
            Fault::Unwritable("x".into()),
            Fault::Unauthorized { status },
            Fault::NoCredentials(AwsFault::NoRegion),
            Fault::Blocked { status },
            Fault::Throttled { status, retry_after: None },
            Fault::Unavailable { status, retry_after: None },
            Fault::Redirected { status },
            Fault::Misconfigured { status },
        ];
        let mut names = faults.each_ref().map(Fault::as_str);
        names.sort_unstable();
        assert_eq!(names, Fault::NAMES);
    }
}
