//! How many retries a sandbox may make in the long run: what the breaker does not see.
//!
//! A sink that fails every other request never opens a breaker, and every flush tries it again. Each of a thousand
//! sandboxes would then double the load of a server that is in trouble. So retries are paid for by what went well: one
//! for every five flushes, and a few in advance. Pure.

/// Retries in advance, and the most that can be saved.
const MOST: u32 = 10;
/// Flushes that went well for one retry.
const PRICE: u32 = 5;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    /// In parts of a retry.
    parts: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { parts: MOST * PRICE }
    }
}

impl RetryBudget {
    /// Retries that may be made now.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.parts / PRICE
    }

    /// Retries were made.
    pub fn spend(&mut self, retries: u32) {
        self.parts = self.parts.saturating_sub(retries.saturating_mul(PRICE));
    }

    /// A flush went well.
    pub fn earn(&mut self) {
        self.parts = (self.parts + 1).min(MOST * PRICE);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, PRICE, RetryBudget};
    use crate::Backoff;

    #[test]
    fn retries_are_paid_for_by_what_went_well() {
        let mut budget = RetryBudget::default();
        assert_eq!(budget.left(), MOST);
        budget.spend(MOST + 1);
        assert_eq!(budget.left(), 0);
        (1..PRICE).for_each(|_| budget.earn());
        assert_eq!(budget.left(), 0);
        budget.earn();
        assert_eq!(budget.left(), 1);
        (0..1_000).for_each(|_| budget.earn());
        assert_eq!(budget.left(), MOST);
    }

    /// A sink of which every flush fails once and then goes well: in the long run a fifth more requests, not twice as
    /// many.
    #[test]
    fn a_sink_that_flaps_is_not_hit_twice_as_hard() {
        let mut budget = RetryBudget::default();
        let mut retries = 0;
        for flush in 0..1_000 {
            if Backoff::new(flush).at_most(budget.left()).next_wait(None).is_some() {
                budget.spend(1);
                retries += 1;
            }
            budget.earn();
        }
        assert!((200..=200 + MOST).contains(&retries), "{retries}");
    }
}
