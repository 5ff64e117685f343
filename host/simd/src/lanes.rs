//! 64 bytes at a time: loads, comparisons and masks, once for each kind of processor.
//!
//! The only file of the kernels with `unsafe` in it. A back end is a type without values that a scan is generic over. All
//! methods are always inlined, down to the function that names the instruction set: an intrinsic that is called from
//! anything else becomes a call, and the scan many times slower.

use crate::clean::{Oddities, oddities};

/// What scans are made of. Bit or byte 0 stands for the first byte of the block.
pub(crate) trait Lanes {
    /// 64 bytes, or 64 answers, each 0x00 or 0xff.
    type Block: Copy;

    /// Loads a block.
    fn load(bytes: &[u8; 64]) -> Self::Block;
    /// Which bytes are this one?
    fn eq(block: Self::Block, byte: u8) -> Self::Block;
    /// Which bytes are at most this one?
    fn at_most(block: Self::Block, byte: u8) -> Self::Block;
    /// Bit by bit.
    fn or(block: Self::Block, other: Self::Block) -> Self::Block;
    /// Bit by bit.
    fn and(block: Self::Block, other: Self::Block) -> Self::Block;
    /// The classes of each byte.
    fn classify(block: Self::Block, classes: &Classes) -> Self::Block;
    /// The highest bit of each byte.
    fn mask(block: Self::Block) -> u64;
}

/// Eight classes of bytes. A byte has those that both its halves have.
#[derive(Debug)]
pub(crate) struct Classes {
    /// By the lower four bits.
    pub(crate) low: [u8; 16],
    /// By the higher ones.
    pub(crate) high: [u8; 16],
}

impl Classes {
    /// The classes of one byte.
    #[inline(always)]
    pub(crate) const fn of(&self, byte: u8) -> u8 {
        self.low[(byte & 0xf) as usize] & self.high[(byte >> 4) as usize]
    }
}

/// For every machine, and what the others are compared with.
pub(crate) struct Portable;

impl Lanes for Portable {
    type Block = [u8; 64];

    #[inline(always)]
    fn load(bytes: &[u8; 64]) -> [u8; 64] {
        *bytes
    }

    #[inline(always)]
    fn eq(block: [u8; 64], byte: u8) -> [u8; 64] {
        block.map(|own| if own == byte { 0xff } else { 0 })
    }

    #[inline(always)]
    fn at_most(block: [u8; 64], byte: u8) -> [u8; 64] {
        block.map(|own| if own <= byte { 0xff } else { 0 })
    }

    #[inline(always)]
    fn or(block: [u8; 64], other: [u8; 64]) -> [u8; 64] {
        std::array::from_fn(|at| block[at] | other[at])
    }

    #[inline(always)]
    fn and(block: [u8; 64], other: [u8; 64]) -> [u8; 64] {
        std::array::from_fn(|at| block[at] & other[at])
    }

    #[inline(always)]
    fn classify(block: [u8; 64], classes: &Classes) -> [u8; 64] {
        block.map(|byte| classes.of(byte))
    }

    #[inline(always)]
    fn mask(block: [u8; 64]) -> u64 {
        block.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(byte >> 7))
    }
}

/// Makes a back end of vectors of one width: `$count` of them are a block.
macro_rules! vectors {
    ($name:ident, $vector:ty, $count:literal, $load:expr, $splat:expr, $eq:expr, $min:expr, $or:expr, $and:expr, $classify:expr, $mask:expr) => {
        #[expect(unsafe_code, reason = "see SAFETY")]
        // SAFETY, for all blocks below: the intrinsics work on values and have no precondition but that the processor
        // knows them. Those of the baseline of the architecture are always there; the type for AVX2 is named by `avx2`
        // functions alone, which `dispatch` calls only where the processor was asked. Loads read `size_of::<$vector>()`
        // bytes, at a multiple of that below 64, of an array of 64 bytes, and need no alignment.
        impl Lanes for $name {
            type Block = [$vector; $count];

            #[inline(always)]
            fn load(bytes: &[u8; 64]) -> Self::Block {
                let mut block = [unsafe { $splat(0) }; $count];
                let mut at = 0;
                while at < $count {
                    block[at] = unsafe { $load(bytes.as_ptr().add(at * size_of::<$vector>()).cast()) };
                    at += 1;
                }
                block
            }

            #[inline(always)]
            fn eq(mut block: Self::Block, byte: u8) -> Self::Block {
                let byte = unsafe { $splat(byte as _) };
                let mut at = 0;
                while at < $count {
                    block[at] = unsafe { $eq(block[at], byte) };
                    at += 1;
                }
                block
            }

            #[inline(always)]
            fn at_most(mut block: Self::Block, byte: u8) -> Self::Block {
                let byte = unsafe { $splat(byte as _) };
                let mut at = 0;
                while at < $count {
                    block[at] = unsafe { $eq($min(block[at], byte), block[at]) };
                    at += 1;
                }
                block
            }

            #[inline(always)]
            fn or(mut block: Self::Block, other: Self::Block) -> Self::Block {
                let mut at = 0;
                while at < $count {
                    block[at] = unsafe { $or(block[at], other[at]) };
                    at += 1;
                }
                block
            }

            #[inline(always)]
            fn and(mut block: Self::Block, other: Self::Block) -> Self::Block {
                let mut at = 0;
                while at < $count {
                    block[at] = unsafe { $and(block[at], other[at]) };
                    at += 1;
                }
                block
            }

            #[inline(always)]
            fn classify(mut block: Self::Block, classes: &Classes) -> Self::Block {
                let mut at = 0;
                while at < $count {
                    block[at] = unsafe { $classify(block[at], classes) };
                    at += 1;
                }
                block
            }

            #[inline(always)]
            fn mask(block: Self::Block) -> u64 {
                let mut mask = 0;
                let mut at = $count;
                while at > 0 {
                    at -= 1;
                    mask = (mask << (size_of::<$vector>() - 1) << 1) | unsafe { $mask(block[at]) };
                }
                mask
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Classes, Lanes};

    /// What every such processor has.
    pub(crate) struct Sse2;

    /// What every one of the last ten years has. To be named by functions with the target feature alone.
    pub(crate) struct Avx2;

    vectors!(
        Sse2,
        __m128i,
        4,
        _mm_loadu_si128,
        _mm_set1_epi8,
        _mm_cmpeq_epi8,
        _mm_min_epu8,
        _mm_or_si128,
        _mm_and_si128,
        classify16,
        mask16
    );

    vectors!(
        Avx2,
        __m256i,
        2,
        _mm256_loadu_si256,
        _mm256_set1_epi8,
        _mm256_cmpeq_epi8,
        _mm256_min_epu8,
        _mm256_or_si256,
        _mm256_and_si256,
        classify32,
        mask32
    );

    /// One by one: there is no instruction that looks up bytes.
    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY of `vectors`; load and store are of the sixteen bytes of an array")]
    unsafe fn classify16(vector: __m128i, classes: &Classes) -> __m128i {
        let mut bytes = [0; 16];
        unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), vector) };
        let found = bytes.map(|byte| classes.of(byte));
        unsafe { _mm_loadu_si128(found.as_ptr().cast()) }
    }

    /// Looks up both halves. They have no highest bit, with which an index would give zero.
    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY of `vectors`; the loads are of the sixteen bytes of an array")]
    unsafe fn classify32(vector: __m256i, classes: &Classes) -> __m256i {
        unsafe {
            let low = _mm256_broadcastsi128_si256(_mm_loadu_si128(classes.low.as_ptr().cast()));
            let high = _mm256_broadcastsi128_si256(_mm_loadu_si128(classes.high.as_ptr().cast()));
            let lower = _mm256_and_si256(vector, _mm256_set1_epi8(0x0f));
            let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(vector), _mm256_set1_epi8(0x0f));
            _mm256_and_si256(_mm256_shuffle_epi8(low, lower), _mm256_shuffle_epi8(high, upper))
        }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY of `vectors`")]
    unsafe fn mask16(vector: __m128i) -> u64 {
        u64::from(unsafe { _mm_movemask_epi8(vector) }.cast_unsigned())
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY of `vectors`")]
    unsafe fn mask32(vector: __m256i) -> u64 {
        u64::from(unsafe { _mm256_movemask_epi8(vector) }.cast_unsigned())
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Sse2};

#[cfg(target_arch = "aarch64")]
mod arm {
    use std::arch::aarch64::*;

    use super::{Classes, Lanes};

    /// What every such processor has.
    pub(crate) struct Neon;

    vectors!(Neon, uint8x16_t, 4, vld1q_u8, vdupq_n_u8, vceqq_u8, vminq_u8, vorrq_u8, vandq_u8, classify16, mask16);

    /// Looks up both halves.
    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY of `vectors`; the loads read the sixteen bytes of an array")]
    unsafe fn classify16(vector: uint8x16_t, classes: &Classes) -> uint8x16_t {
        unsafe {
            let (low, high) = (vld1q_u8(classes.low.as_ptr()), vld1q_u8(classes.high.as_ptr()));
            let lower = vandq_u8(vector, vdupq_n_u8(0x0f));
            vandq_u8(vqtbl1q_u8(low, lower), vqtbl1q_u8(high, vshrq_n_u8::<4>(vector)))
        }
    }

    /// The highest bit of each byte: moved to its place within eight, then added up.
    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY of `vectors`; the load reads the sixteen bytes of an array")]
    unsafe fn mask16(vector: uint8x16_t) -> u64 {
        const PLACES: [i8; 16] = [-7, -6, -5, -4, -3, -2, -1, 0, -7, -6, -5, -4, -3, -2, -1, 0];
        unsafe {
            let bits = vandq_u8(vector, vdupq_n_u8(0x80));
            let placed = vshlq_u8(bits, vld1q_s8(PLACES.as_ptr()));
            let (low, high) = (vaddv_u8(vget_low_u8(placed)), vaddv_u8(vget_high_u8(placed)));
            u64::from(low) | u64::from(high) << 8
        }
    }
}

#[cfg(target_arch = "aarch64")]
pub(crate) use arm::Neon;

/// Defines a scan: a function that picks the best back end of this machine, and one that takes any of them; or that one
/// alone.
macro_rules! dispatch {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty, on $on:ident, by $scan:ident) => {
        $(#[$doc])*
        #[inline]
        #[must_use]
        $vis fn $name($($arg: $type),*) -> $out {
            $on($crate::Backend::best(), $($arg),*)
        }

        dispatch! {
            #[doc = concat!("[`", stringify!($name), "`] on a back end of choice, for tests.")]
            $vis fn $on($($arg: $type),*) -> $out, by $scan
        }
    };
    ($(#[$doc:meta])* $vis:vis fn $on:ident($($arg:ident: $type:ty),*) -> $out:ty, by $scan:ident) => {
        $(#[$doc])*
        #[inline]
        #[must_use]
        $vis fn $on(backend: $crate::Backend, $($arg: $type),*) -> $out {
            use $crate::lanes;
            /// As it is, but compiled for the instruction set.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
            fn avx2($($arg: $type),*) -> $out {
                $scan::<lanes::Avx2>($($arg),*)
            }
            match backend.0 {
                #[cfg(target_arch = "x86_64")]
                $crate::Kind::Avx2 => {
                    #[expect(unsafe_code, reason = "see SAFETY")]
                    // SAFETY: a `Backend` of this kind is made only where the processor has these features.
                    unsafe { avx2($($arg),*) }
                }
                #[cfg(target_arch = "x86_64")]
                $crate::Kind::Sse2 => $scan::<lanes::Sse2>($($arg),*),
                #[cfg(target_arch = "aarch64")]
                $crate::Kind::Neon => $scan::<lanes::Neon>($($arg),*),
                $crate::Kind::Portable => $scan::<lanes::Portable>($($arg),*),
            }
        }
    };
}

pub(crate) use dispatch;

/// Bytes as text, if they are what nearly every body is: ASCII without control bytes. Else they come back as they were.
///
/// # Errors
/// There is a byte below 0x20 or from 0x80 on.
pub fn plain_text(bytes: Vec<u8>) -> Result<String, Vec<u8>> {
    let Oddities { control, foreign } = oddities(&bytes);
    if control || foreign {
        return Err(bytes);
    }
    debug_assert!(bytes.is_ascii(), "`oddities` has looked at every byte");
    #[expect(unsafe_code, reason = "see SAFETY")]
    // SAFETY: `oddities` found no byte from 0x80 on, and ASCII is UTF-8. That it looks at every byte is what its tests and
    // the fuzz target compare with a loop, on each back end.
    Ok(unsafe { String::from_utf8_unchecked(bytes) })
}
