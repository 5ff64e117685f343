//! Bytes by the block of 64: what the splitter and the kernels ask of every byte that comes in.
//!
//! The scans are safe code over the masks of `lanes`, the one file with `unsafe` in it. Each exists for AVX2, for SSE2,
//! for NEON and for any other machine, and all of them give the same answers; which one runs is found out when it is
//! first asked for, so that a start that needs none pays nothing. What the answers mean is the callers' business.

mod block;
mod clean;
mod lanes;
#[cfg(test)]
mod tests;
mod tokens;
mod traces;
mod values;

pub use clean::{Oddities, oddities, oddities_on};
pub use lanes::plain_text;
pub use tokens::{Quotes, plain_token_end, plain_token_end_on, quotes, quotes_on};
pub use traces::{ANY, Halves, Marks, Places, Tables, Traces, traces, traces_on};
pub use values::{Container, container, container_end, container_end_on, container_on, string_end, string_end_on};

/// A way to look at 64 bytes at once that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

impl Backend {
    /// For every machine: what the others are compared with.
    pub const PORTABLE: Self = Self(Kind::Portable);

    /// The fastest one of this machine. The first call asks the processor, which takes microseconds under a hypervisor.
    #[inline]
    #[must_use]
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self(if has_avx2() { Kind::Avx2 } else { Kind::Sse2 });
        #[cfg(target_arch = "aarch64")]
        return Self(Kind::Neon);
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        Self::PORTABLE
    }

    /// All that this machine has, the fastest first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::best()];
        #[cfg(target_arch = "x86_64")]
        all.push(Self(Kind::Sse2));
        all.push(Self::PORTABLE);
        all.dedup();
        all
    }
}

/// Whether the processor has all that code for AVX2 is compiled for. Remembered in one place, because short texts are
/// asked about one by one.
#[cfg(target_arch = "x86_64")]
#[inline]
fn has_avx2() -> bool {
    use std::sync::atomic::{AtomicU8, Ordering};
    const YES: u8 = 1;
    const NO: u8 = 2;
    static ANSWER: AtomicU8 = AtomicU8::new(0);

    #[cold]
    fn ask() -> bool {
        let answer = std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("popcnt")
            && std::is_x86_feature_detected!("lzcnt");
        ANSWER.store(if answer { YES } else { NO }, Ordering::Relaxed);
        answer
    }

    match ANSWER.load(Ordering::Relaxed) {
        YES => true,
        NO => false,
        _ => ask(),
    }
}
