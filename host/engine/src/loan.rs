//! Lends the records of a batch to a store for as long as a call runs.
//!
//! What a store holds must not borrow, but records do: they are slices of the body they came in. Copying them into the
//! store would cost every batch as much as the rest of the crossing, even for guests that never look. So the store holds
//! a [`Loan`], an empty slot that points to the records only while [`Loan::lend`] runs.

use std::cell::Cell;
use std::ptr::NonNull;

/// Records, as the imports of a guest see them.
pub(crate) trait Records {
    /// How many there are.
    fn len(&self) -> usize;
    /// JSON text of one of them.
    fn get(&self, index: usize) -> Option<&str>;
}

/// A slot that is filled only while something is lent.
#[derive(Debug, Default)]
pub(crate) struct Loan(Cell<Option<NonNull<dyn Records>>>);

impl Loan {
    /// Runs `borrower`, for which [`Loan::with`] sees `records`.
    pub(crate) fn lend<R>(&self, records: &dyn Records, borrower: impl FnOnce() -> R) -> R {
        let _end = End { loan: self, before: self.0.replace(Some(forget_lifetime(records))) };
        borrower()
    }

    /// Runs `reader` with what is lent at present; `None` outside of [`Loan::lend`].
    pub(crate) fn with<R>(&self, reader: impl FnOnce(Option<&dyn Records>) -> R) -> R {
        #[expect(unsafe_code, reason = "see SAFETY")]
        // SAFETY: the slot is filled by `lend` alone, with a reference that outlives the call of `lend`, and emptied (or
        // set back to an outer loan, whose `lend` is still running) when that call ends, also by a panic. So while it is
        // filled, the reference is alive. `reader` cannot keep what it gets: its lifetime is that of this call. During
        // this call the loan may end only if `reader` were to end an outer `lend`, which is further down our own stack;
        // other threads cannot come in between because `Cell` makes `Loan` not `Sync`, and what was lent is only read.
        let records = self.0.get().map(|records| unsafe { records.as_ref() });
        reader(records)
    }
}

/// Ends a loan when it goes out of scope.
struct End<'a> {
    loan: &'a Loan,
    before: Option<NonNull<dyn Records>>,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.loan.0.set(self.before);
    }
}

/// A pointer that says nothing of how long it is good.
fn forget_lifetime(records: &dyn Records) -> NonNull<dyn Records> {
    let pointer: NonNull<dyn Records + '_> = NonNull::from(records);
    #[expect(unsafe_code, reason = "see SAFETY")]
    // SAFETY: both are the same fat pointer; only the lifetime of the trait object is another, and nothing is read
    // through it but in `Loan::with`, which argues why it is alive there.
    unsafe {
        std::mem::transmute::<NonNull<dyn Records + '_>, NonNull<dyn Records>>(pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Texts<'a>(&'a [&'a str]);

    impl Records for Texts<'_> {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn get(&self, index: usize) -> Option<&str> {
            self.0.get(index).copied()
        }
    }

    fn first(loan: &Loan) -> Option<String> {
        loan.with(|records| records.and_then(|records| records.get(0)).map(str::to_owned))
    }

    #[test]
    fn records_are_seen_only_while_they_are_lent() {
        let loan = Loan::default();
        assert_eq!(first(&loan), None);
        let text = String::from("1");
        let seen = loan.lend(&Texts(&[&text]), || first(&loan));
        assert_eq!(seen.as_deref(), Some("1"));
        assert_eq!(first(&loan), None);
    }

    #[test]
    fn an_inner_loan_ends_with_the_outer_one_in_force() {
        let loan = Loan::default();
        loan.lend(&Texts(&["outer"]), || {
            loan.lend(&Texts(&["inner"]), || assert_eq!(first(&loan).as_deref(), Some("inner")));
            assert_eq!(first(&loan).as_deref(), Some("outer"));
        });
    }

    #[test]
    fn a_panic_ends_the_loan() {
        let loan = std::panic::AssertUnwindSafe(Loan::default());
        let result = std::panic::catch_unwind(|| loan.lend(&Texts(&["1"]), || std::panic::resume_unwind(Box::new(()))));
        assert!(result.is_err());
        assert_eq!(first(&loan), None);
    }
}
