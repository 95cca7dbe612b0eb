//! From a result to what may leave: the only way out.
//!
//! A result is unreleased when it is computed: it can be looked at inside the
//! secure environment, and it has no method that writes. It says what of it is
//! to leave ([`Release::offer`]): which figures, and of every person which group
//! they are in, so that what a figure rests on is computed with it. Everything
//! offered together is cleared together, and comes back as [`Released`], which
//! holds released numbers only and is what exports.
//!
//! ```no_run
//! # use boligspor::{cohort::Cohort, retention::{self, Definition}};
//! use boligspor::disclosure::Policy;
//! use boligspor::release::Release;
//! # fn f(cohort: &Cohort) -> boligspor::Result<()> {
//! let result = retention::estimate(cohort, &Definition::preset("odense_vive")?)?;
//! let released = result.release(&Policy::named("statistics-denmark")?)?;
//! println!("{}", released.tables()[0].csv());
//! # Ok(()) }
//! ```

//!
//! Nothing else writes. A result cannot be serialised:
//!
//! ```compile_fail,E0277
//! # fn f(result: &boligspor::retention::Retention) {
//! serde_json::to_string(result);
//! # }
//! ```
//!
//! nor written,
//!
//! ```compile_fail,E0599
//! # fn f(result: &boligspor::retention::Retention) {
//! result.csv();
//! # }
//! ```
//!
//! and a released table is made by clearing only:
//!
//! ```compile_fail,E0451
//! use boligspor::release::{ReleasedTable, words};
//! ReleasedTable {
//!     name: "mine".into(),
//!     section: words("", ""),
//!     title: words("", ""),
//!     notes: vec![],
//!     columns: vec![],
//!     rows: vec![],
//! };
//! ```
//!
//! What a result shows by `table()` inside the secure environment is a plain
//! polars frame: whatever is done with it is the reader's own doing.

mod choice;
mod curve;
mod draft;
mod estimate;
mod format;
mod history;
mod offer;
mod released;
mod table;

pub use curve::{Followed, Named};
pub use draft::{Draft, Value};
pub use estimate::{Behind, Estimate};
pub use format::Format;
pub use history::History;
pub use offer::{Amount, Group, Offer};
pub use released::Released;
pub use table::{Cell, Kind, ReleasedColumn, ReleasedTable, Words, words};

use crate::cohort::Cohort;
use crate::disclosure::Policy;
use crate::error::Result;

/// A result that can be released.
pub trait Release: Sized {
    /// The cohorts that its figures are of, the one with the strata first.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) for a result made from merged
    /// sums, which has lost its people.
    fn cohorts(&self) -> Result<Vec<&Cohort>>;

    /// People outside the cohorts who are behind figures too, by index in the
    /// register: those that members are compared with.
    fn beyond(&self) -> Vec<u32> {
        Vec::new()
    }

    /// Says what is to leave, and who is behind each figure.
    ///
    /// # Errors
    /// Those of reading the people again.
    fn offer(&self, offer: &mut Offer<'_>) -> Result<()>;

    /// Clears what is offered, all of it together.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure) where no proof is found:
    /// it names what to coarsen, and nothing is released.
    fn release(&self, policy: &Policy) -> Result<Released<Self>> {
        let mut offer = Offer::new(&self.cohorts()?, self.beyond(), policy)?;
        self.offer(&mut offer)?;
        offer.clear()
    }

    /// Clears what is offered together with what was released before, so that
    /// no difference between the two shows a small group.
    ///
    /// # Errors
    /// As [`Release::release`].
    fn release_after(&self, policy: &Policy, history: &History) -> Result<Released<Self>> {
        let mut offer = Offer::after(&self.cohorts()?, self.beyond(), policy, history)?;
        self.offer(&mut offer)?;
        offer.clear()
    }
}
