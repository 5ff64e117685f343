//! Runs of bytes of a class, by masks.

/// Moves a mask towards later bytes; what comes in belongs to the block before.
#[inline(always)]
pub(super) fn left(now: u64, before: u64, by: u32) -> u64 {
    now << by | before >> (64 - by)
}

/// Where runs of bytes end that are at least so long.
#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    one: u64,
    two: u64,
    three: u64,
    four: u64,
    eight: u64,
    sixteen: u64,
}

impl Run {
    #[inline(always)]
    pub(super) fn of(one: u64) -> Self {
        Self { one, ..Self::default() }
    }

    /// Goes on from the block before.
    #[inline(always)]
    pub(super) fn of_eight(&mut self, before: &Self) -> u64 {
        self.two = self.one & left(self.one, before.one, 1);
        self.three = self.two & left(self.one, before.one, 2);
        self.four = self.two & left(self.two, before.two, 2);
        self.eight = self.four & left(self.four, before.four, 4);
        self.eight
    }

    #[inline(always)]
    pub(super) fn of_twenty(&mut self, before: &Self) -> u64 {
        self.of_eight(before);
        self.sixteen = self.eight & left(self.eight, before.eight, 8);
        self.sixteen & left(self.four, before.four, 16)
    }

    #[inline(always)]
    pub(super) fn of_eleven(&mut self, before: &Self) -> u64 {
        self.of_eight(before) & left(self.three, before.three, 8)
    }

    #[inline(always)]
    pub(super) fn of_twelve(&mut self, before: &Self) -> u64 {
        self.of_eight(before) & left(self.four, before.four, 8)
    }
}
