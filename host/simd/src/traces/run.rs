//! Runs of bytes of a class, by masks.

/// A run that may go on from block to block.
#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    /// How much of it there is up to the end of the block before.
    pub(super) before: usize,
}

impl Run {
    /// Takes in the mask of a block, which starts at `at`, and tells where runs start that are at least `LEAST` long.
    /// `LEAST` is 11 or 20.
    #[inline(always)]
    pub(super) fn find<const LEAST: usize>(&mut self, mask: u64, at: usize, starts: &mut Vec<usize>) {
        let before = self.before;
        // All of a block goes on what came before.
        let (first, last) = (mask.trailing_ones() as usize, mask.leading_ones() as usize);
        self.before = last + (before & (last >> 6).wrapping_neg());
        if long::<LEAST>(mask) == 0 && before + first < LEAST {
            return;
        }
        if before == 0 {
            push_starts(long::<LEAST>(mask), at, starts);
            return;
        }
        // A run that comes in is told here and now, if it was too short before.
        if before < LEAST && before + first >= LEAST {
            starts.push(at - before);
        }
        push_starts(long::<LEAST>(mask & mask.wrapping_add(1)), at, starts);
    }
}

/// Notes the first ones of adjacent bits.
#[inline(always)]
fn push_starts(mask: u64, at: usize, places: &mut Vec<usize>) {
    push(mask & !(mask << 1), at, places);
}

/// From which bits on so many are set.
#[inline(always)]
fn long<const LEAST: usize>(one: u64) -> u64 {
    let two = one & one >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    match LEAST {
        11 => eight & eight >> 3,
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
