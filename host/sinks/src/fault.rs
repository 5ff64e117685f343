//! What can go wrong between us and a sink, in kinds that decide what to do next.
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
    #[error("connect")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// Connected or not, the time for one request was over.
    #[error("get an answer in time")]
    TimedOut,
    /// There was no time to even try.
    #[error("start before the deadline")]
    NoTime,
    /// The connection broke before the answer was complete, on a fresh connection too.
    #[error("keep the connection")]
    ConnectionLost(#[source] Box<dyn Error + Send + Sync>),
    /// The answer is not one of this kind of server's.
    #[error("read the answer")]
    Unreadable(#[from] crate::AnswerFault),
    /// 401 or 403.
    #[error("be let in: status {status}")]
    Unauthorized {
        /// HTTP status.
        status: u16,
    },
    /// 403 with a block of the cluster or index: a disk is full, or someone stopped all writing.
    #[error("write: the cluster blocks it with status {status}")]
    Blocked {
        /// HTTP status.
        status: u16,
    },
    /// We have nothing to introduce ourselves with: the role's credentials or a secret cannot be had.
    #[error("get credentials")]
    NoCredentials(#[from] AwsFault),
    /// 402 or 429.
    #[error("be served now: status {status}")]
    Throttled {
        /// HTTP status.
        status: u16,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
    },
    /// 408 or 5xx.
    #[error("be served: status {status}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
    },
    /// 3xx: the configured URL is not the one to use. Never followed: a redirect can lead to another group or index.
    #[error("find the sink at the configured URL: redirected with status {status}")]
    Redirected {
        /// HTTP status.
        status: u16,
    },
    /// A file cannot be written.
    #[error("write")]
    Unwritable(#[source] Box<dyn Error + Send + Sync>),
    /// Any other status: there is something else at the configured URL.
    #[error("find the sink at the configured URL: status {status}")]
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

/// Why a sink cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The URL cannot be used. It is not quoted, because it may hold a password.
    #[error("use the configured url: {reason}")]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A user name, password or key holds bytes that no header can.
    #[error("put the configured credentials into a header")]
    Credentials,
    /// The bundle cannot be read.
    #[error("read the certificates in {}", path.display())]
    CaFile {
        /// The `ca_file`.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The certificate to show cannot be used.
    #[error("use the certificate in {}", path.display())]
    ClientCertificate {
        /// The `client_cert_file`.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The key of the certificate to show cannot be read.
    #[error("read the key in {}", path.display())]
    ClientKey {
        /// The `client_key_file`.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is a certificate to show without its key, or the key alone.
    #[error("show a certificate: client_cert_file and client_key_file go together")]
    HalfCertificate,
    /// TLS cannot be set up.
    #[error("set up TLS")]
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
