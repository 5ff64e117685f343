//! What a transform is for, and what that means to its records when it fails.

use telesieve_config::OnError;

use crate::bindings::types;

/// What a transform is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformKind {
    /// Drops what nobody needs.
    Filter,
    /// Takes out what must not leave. Always fails closed.
    Redact,
    /// Changes labels.
    Relabel,
    /// Adds something.
    Enrich,
}

impl TransformKind {
    pub(crate) const ALL: [Self; 4] = [Self::Filter, Self::Redact, Self::Relabel, Self::Enrich];

    /// As manifests and messages say it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Redact => "redact",
            Self::Relabel => "relabel",
            Self::Enrich => "enrich",
        }
    }
}

impl From<types::TransformKind> for TransformKind {
    fn from(kind: types::TransformKind) -> Self {
        match kind {
            types::TransformKind::Filter => Self::Filter,
            types::TransformKind::Redact => Self::Redact,
            types::TransformKind::Relabel => Self::Relabel,
            types::TransformKind::Enrich => Self::Enrich,
        }
    }
}

/// The right to let a record pass although its transform failed.
///
/// Promise P2 hangs on this type: a stage lets records go on only for an applied plan or for a `Pass`, and none can be
/// had for a transform of kind `redact`, or for one that nobody knows the kind of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass(());

impl Pass {
    /// What configuration and kind allow.
    pub(crate) fn allowed(kind: Option<TransformKind>, on_error: OnError) -> Option<Self> {
        match (kind, on_error) {
            (None | Some(TransformKind::Redact), _) | (_, OnError::Drop) => None,
            (Some(TransformKind::Filter | TransformKind::Relabel | TransformKind::Enrich), OnError::Pass) => {
                Some(Self(()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_a_redaction_that_failed() {
        for on_error in [OnError::Drop, OnError::Pass] {
            assert_eq!(Pass::allowed(Some(TransformKind::Redact), on_error), None);
            assert_eq!(Pass::allowed(None, on_error), None);
        }
        for kind in TransformKind::ALL {
            assert_eq!(Pass::allowed(Some(kind), OnError::Drop), None);
        }
        assert!(Pass::allowed(Some(TransformKind::Filter), OnError::Pass).is_some());
    }
}
