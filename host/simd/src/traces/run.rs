//! Runs of bytes of a class, by masks.

/// A run that may go on from block to block.
#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    /// How much of it there is up to the end of the block before.
    pub(super) before: usize,
}

impl Run {
    /// Takes in the mask of a block, which starts at `at`, and tells where runs start that are at least `LEAST` long.
    /// Says whether there are any. `LEAST` is 11, 12 or 20.
    #[inline(always)]
    pub(super) fn find<const LEAST: usize>(&mut self, mask: u64, at: usize, starts: &mut Vec<usize>) -> bool {
        let before = self.before;
        let is_joined = before > 0;
        // A run that comes in is told here and now, if it was too short before. Nothing here may be guessed: where runs
        // stand in blocks is chance.
        let is_long_now = is_joined & (before < LEAST) & (before + mask.trailing_ones() as usize >= LEAST);
        let inner = mask & mask.wrapping_add(u64::from(is_joined));
        let long = long::<LEAST>(inner);
        self.before = if mask == u64::MAX { before.saturating_add(64) } else { mask.leading_ones() as usize };
        if long | u64::from(is_long_now) == 0 {
            return false;
        }
        if is_long_now {
            starts.push(at - before);
        }
        push(long & !(long << 1), at, starts);
        true
    }
}

/// From which bits on so many are set.
#[inline(always)]
fn long<const LEAST: usize>(one: u64) -> u64 {
    let two = one & one >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    match LEAST {
        11 => eight & eight >> 3,
        12 => eight & eight >> 4,
        20 => {
            let sixteen = eight & eight >> 8;
            sixteen & sixteen >> 4
        }
        _ => 0,
    }
}

/// Notes the places of a mask.
#[inline(always)]
pub(super) fn push(mut mask: u64, at: usize, places: &mut Vec<usize>) {
    while mask != 0 {
        places.push(at + mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}
