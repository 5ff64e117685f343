//! Cuts bytes into blocks, and small tools for masks.

/// The block at `at`; what is missing behind the end is zero.
#[inline(always)]
pub(crate) fn block<'b>(bytes: &'b [u8], at: usize, padded: &'b mut [u8; 64]) -> &'b [u8; 64] {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(whole) => whole,
        None => {
            let rest = bytes.get(at..).unwrap_or_default();
            padded.fill(0);
            padded[..rest.len()].copy_from_slice(rest);
            padded
        }
    }
}

/// A block that holds the byte at `at`, which must be one, and by how many bits masks of it are to be shifted for that
/// byte to come first. Unlike [`block`] it copies nothing where there are 64 bytes in all.
#[inline(always)]
pub(crate) fn tail<'b>(bytes: &'b [u8], at: usize, padded: &'b mut [u8; 64]) -> (&'b [u8; 64], u32) {
    match (bytes[at..].first_chunk(), bytes.last_chunk()) {
        (Some(whole), _) => (whole, 0),
        (None, Some(last)) => (last, (64 - (bytes.len() - at)) as u32),
        (None, None) => (block(bytes, at, padded), 0),
    }
}

/// For each bit, whether an odd number of bits is set up to it, itself included.
#[inline(always)]
pub(crate) fn parity(mut mask: u64) -> u64 {
    mask ^= mask << 1;
    mask ^= mask << 2;
    mask ^= mask << 4;
    mask ^= mask << 8;
    mask ^= mask << 16;
    mask ^ mask << 32
}

/// Which bytes stand behind an odd number of backslashes. `carry` says that of the first byte of the block, and becomes
/// that of the next one.
#[inline(always)]
pub(crate) fn escaped(backslashes: u64, carry: &mut u64) -> u64 {
    if backslashes | *carry == 0 {
        return 0;
    }
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let starting = backslashes & !*carry;
    let follows = starting << 1 | *carry;
    let odd_starts = starting & !EVEN & !follows;
    let (even_ends, overflow) = odd_starts.overflowing_add(starting);
    *carry = u64::from(overflow);
    (EVEN ^ even_ends << 1) & follows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn escapes_are_those_of_a_slow_walk(blocks in prop::collection::vec(any::<u64>().prop_map(|mask| mask & mask.rotate_left(7)) , 1..4)) {
            let (mut carry, mut is_escaped) = (0, false);
            for mask in blocks {
                let found = escaped(mask, &mut carry);
                for bit in 0..64 {
                    prop_assert_eq!(found >> bit & 1 == 1, is_escaped, "bit {} of {:b}", bit, mask);
                    is_escaped = !is_escaped && mask >> bit & 1 == 1;
                }
            }
        }

        #[test]
        fn parity_counts(mask in any::<u64>()) {
            for bit in 0..64 {
                let below = mask & (u64::MAX >> (63 - bit));
                prop_assert_eq!(parity(mask) >> bit & 1 == 1, below.count_ones() % 2 == 1);
            }
        }
    }
}
