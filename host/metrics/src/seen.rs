//! Which parts of which invocations were counted already.
//!
//! The platform delivers again what was not acknowledged in time, in any order, and says some things twice: in
//! `platform.runtimeDone` and in `platform.report`. The last few hundred invocations are remembered by a hash of their
//! request id, each with one bit per thing that counts once.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Far more than the platform keeps back, and 4 KiB.
const REMEMBERED: usize = 256;

/// Things that count once per invocation.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Part {
    Invocation = 1,
    Duration = 1 << 1,
    Fault = 1 << 2,
    Timeout = 1 << 3,
    OutOfMemory = 1 << 4,
    RuntimeDone = 1 << 5,
    Report = 1 << 6,
}

/// The memory.
#[derive(Default)]
pub(crate) struct Seen {
    invocations: VecDeque<Invocation>,
}

struct Invocation {
    id: u64,
    parts: u8,
}

impl Seen {
    /// Whether this part of this invocation comes up for the first time. Without a request id, everything is new.
    pub(crate) fn is_new(&mut self, request_id: Option<&str>, part: Part) -> bool {
        let Some(request_id) = request_id else { return true };
        let invocation = self.invocation(request_id);
        let is_new = invocation.parts & part as u8 == 0;
        invocation.parts |= part as u8;
        is_new
    }

    fn invocation(&mut self, request_id: &str) -> &mut Invocation {
        let mut hasher = DefaultHasher::new();
        request_id.hash(&mut hasher);
        let id = hasher.finish();
        let index = match self.invocations.iter().rposition(|invocation| invocation.id == id) {
            Some(index) => index,
            None => {
                if self.invocations.len() == REMEMBERED {
                    self.invocations.pop_front();
                }
                self.invocations.push_back(Invocation { id, parts: 0 });
                self.invocations.len() - 1
            }
        };
        &mut self.invocations[index]
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, REMEMBERED, Seen};

    #[test]
    fn each_part_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.is_new(Some("a"), Part::Invocation));
        assert!(!seen.is_new(Some("a"), Part::Invocation));
        assert!(seen.is_new(Some("a"), Part::Report));
        assert!(seen.is_new(Some("b"), Part::Invocation));
        assert!(seen.is_new(None, Part::Report) && seen.is_new(None, Part::Report));
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Seen::default();
        for id in 0..10 * REMEMBERED {
            assert!(seen.is_new(Some(&id.to_string()), Part::Report));
        }
        assert_eq!(seen.invocations.len(), REMEMBERED);
        assert!(!seen.is_new(Some(&(10 * REMEMBERED - 1).to_string()), Part::Report));
    }
}
