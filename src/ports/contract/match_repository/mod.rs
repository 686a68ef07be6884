//! The contract of [`MatchRepository`].

mod bounds;
mod model;
mod races;
mod random;
mod storing;
mod subject;

use std::sync::Arc;

use async_trait::async_trait;

use super::{Suite, TestClock, case::cases};
use crate::ports::{MatchRepository, RepositorySettings};

pub use random::replay;

/// Opens match repositories for the suite.
#[async_trait]
pub trait MatchRepositoryFixture: Send + Sync {
    /// A repository with these settings, in which no match is stored, and the clock by which it decides. It has nothing to
    /// do with the repositories that were opened before.
    async fn open(&self, settings: RepositorySettings) -> (Arc<dyn MatchRepository>, Arc<dyn TestClock>);
}

/// Every case of the contract.
pub const SUITE: Suite<dyn MatchRepositoryFixture> = Suite::new(
    "MatchRepository",
    cases![
        storing:
            an_inserted_match_can_be_read,
            a_match_comes_back_exactly,
            an_unknown_match_is_none,
            inserting_again_changes_nothing,
            a_finished_match_is_read_as_finished,
            finishing_again_changes_nothing,
            inserting_a_finished_match_again_keeps_it_finished,
            an_unknown_match_cannot_be_finished;
        bounds:
            a_finished_match_is_read_for_the_retention_time,
            a_retry_does_not_prolong_the_retention,
            what_is_over_is_told_from_what_goes_on,
            past_its_retention_a_match_is_stored_until_it_is_forgotten,
            a_purge_forgets_what_is_past_its_retention,
            at_the_bound_the_match_finished_first_is_forgotten,
            at_the_bound_what_changes_nothing_forgets_nothing,
            an_active_match_is_never_forgotten,
            matches_are_overdue_from_their_lifetime_on,
            overdue_matches_are_listed_in_order,
            without_a_lifetime_no_match_is_overdue;
        races:
            one_of_several_insertions_stores_the_match,
            one_of_several_finishes_ends_the_match,
            a_late_insertion_does_not_undo_a_finish,
            the_bound_holds_under_a_rush,
            a_full_repository_forgets_one_match_for_each_new_one;
        random:
            random_histories_are_answered_as_the_model_does;
    ],
);
