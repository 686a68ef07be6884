//! The contract of [`QueueStore`].

mod capacity;
mod census;
mod comings;
mod connected;
mod everybody;
mod expiry;
mod finding;
mod presence;
mod races;
mod random;
mod ranks;
mod settling;
mod subject;

use std::sync::Arc;

use async_trait::async_trait;

use everybody::{EverybodyConnected, OnlyConnected};

use super::{Suite, TestClock, case::cases};
use crate::{domain::QueueSettings, ports::QueueStore};

/// Opens queue stores for the suite.
#[async_trait]
pub trait QueueStoreFixture: Send + Sync {
    /// A store with these settings, in which everybody is idle, and the clock by which it decides. It has nothing to do
    /// with the stores that were opened before.
    async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>);
}

/// Every case of the contract.
pub const SUITE: Suite<dyn QueueStoreFixture> = Suite::new(
    "QueueStore",
    cases![
        finding:
            the_first_to_ask_waits,
            the_second_to_ask_is_paired_with_the_first,
            a_retry_keeps_the_ticket,
            who_waits_elsewhere_is_told_where,
            who_is_matched_is_told_his_match,
            only_equal_keys_are_paired,
            who_left_is_not_paired,
            leaving_again_changes_nothing,
            who_is_matched_cannot_leave,
            serials_are_strictly_increasing;
        census:
            the_census_counts,
            who_waits_is_counted_by_game_and_asset,
            games_past_the_bound_are_counted_together,
            a_ticket_counts_where_it_was_counted_first;
        settling:
            a_pairing_is_unsettled_until_it_is_settled,
            unsettled_pairings_are_listed_from_their_age_on,
            unsettled_pairings_are_listed_in_order,
            pairings_are_listed_in_order,
            a_release_frees_both,
            a_match_is_known_by_its_id,
            a_late_release_leaves_a_new_match_alone,
            settling_after_the_release_changes_nothing,
            a_release_leaves_sockets_alone;
        presence:
            connecting_tells_the_standing,
            with_a_socket_a_ticket_does_not_end,
            a_closed_socket_leaves_the_grace,
            a_new_socket_within_the_grace_keeps_the_ticket,
            a_call_within_the_grace_begins_the_search_time,
            the_closing_of_an_older_socket_has_no_effect,
            the_closing_of_the_latest_socket_leaves_an_older_one,
            the_closing_of_another_socket_has_no_effect,
            a_second_closing_does_not_begin_the_grace_anew,
            a_socket_counts_from_before_the_ticket,
            connecting_again_counts_once,
            a_match_does_not_end_with_its_sockets;
        expiry:
            a_ticket_ends_after_the_search_time,
            a_call_begins_the_search_time_anew,
            every_verb_reports_the_end_of_the_callers_ticket,
            every_end_is_reported_once,
            an_overdue_opponent_is_not_paired,
            who_asks_after_the_end_gets_a_new_ticket,
            who_leaves_after_the_end_did_not_leave,
            overdue_tickets_end_in_order;
        capacity:
            at_the_bound_nobody_new_waits,
            at_the_bound_the_rest_goes_on,
            overdue_tickets_make_room,
            an_overdue_opponent_makes_room,
            at_the_bound_on_matches_nobody_is_paired;
        races:
            simultaneous_duplicates_get_one_ticket,
            everybody_on_one_key_is_in_exactly_one_match,
            nobody_gets_two_standings,
            leaving_and_being_paired_exclude_each_other,
            one_of_several_releases_frees_the_players,
            one_of_several_settles_clears_the_mark,
            one_of_several_sweeps_reports_an_end,
            simultaneous_connections_get_distinct_serials,
            a_closing_takes_its_own_socket_whatever_connects_meanwhile,
            the_bounds_hold_under_a_rush;
        connected:
            the_absent_are_passed_over,
            an_absent_player_waits_though_somebody_may_be_paired,
            who_comes_back_is_paired_in_the_order_of_the_tickets,
            who_comes_back_alone_waits_for_the_next,
            with_his_last_socket_a_player_is_passed_over,
            at_the_bound_on_matches_who_comes_back_is_refused,
            the_end_of_an_absent_ticket_is_nobody_elses,
            who_comes_back_past_his_time_is_not_paired,
            the_absent_take_room;
        comings:
            two_who_come_back_at_once_are_paired,
            coming_back_and_asking_at_once_pairs_the_two,
            going_and_being_paired_exclude_each_other,
            coming_back_and_leaving_exclude_each_other;
        random:
            random_histories_are_answered_as_the_policy_does,
            random_histories_of_pairing_the_connected_are_answered_as_the_policy_does;
        [on EverybodyConnected as "_among_the_connected"] {
            finding:
                the_first_to_ask_waits,
                the_second_to_ask_is_paired_with_the_first,
                a_retry_keeps_the_ticket,
                who_waits_elsewhere_is_told_where,
                who_is_matched_is_told_his_match,
                only_equal_keys_are_paired,
                who_left_is_not_paired,
                leaving_again_changes_nothing,
                who_is_matched_cannot_leave,
                serials_are_strictly_increasing;
            census:
                the_census_counts,
                who_waits_is_counted_by_game_and_asset;
            settling:
                a_pairing_is_unsettled_until_it_is_settled,
                unsettled_pairings_are_listed_from_their_age_on,
                unsettled_pairings_are_listed_in_order,
                pairings_are_listed_in_order,
                a_release_frees_both,
                a_match_is_known_by_its_id,
                a_late_release_leaves_a_new_match_alone,
                settling_after_the_release_changes_nothing,
                a_release_leaves_sockets_alone;
            presence:
                connecting_tells_the_standing,
                a_match_does_not_end_with_its_sockets;
            capacity:
                at_the_bound_nobody_new_waits,
                at_the_bound_the_rest_goes_on,
                at_the_bound_on_matches_nobody_is_paired;
            races:
                simultaneous_duplicates_get_one_ticket,
                everybody_on_one_key_is_in_exactly_one_match,
                nobody_gets_two_standings,
                leaving_and_being_paired_exclude_each_other,
                one_of_several_releases_frees_the_players,
                the_bounds_hold_under_a_rush;
        }
        [on OnlyConnected as "_with_the_absent_passed_over"] {
            presence:
                a_closed_socket_leaves_the_grace,
                a_new_socket_within_the_grace_keeps_the_ticket,
                a_call_within_the_grace_begins_the_search_time,
                the_closing_of_an_older_socket_has_no_effect,
                the_closing_of_the_latest_socket_leaves_an_older_one,
                the_closing_of_another_socket_has_no_effect,
                a_second_closing_does_not_begin_the_grace_anew,
                a_socket_counts_from_before_the_ticket,
                connecting_again_counts_once;
            expiry:
                a_ticket_ends_after_the_search_time,
                a_call_begins_the_search_time_anew,
                every_verb_reports_the_end_of_the_callers_ticket,
                who_asks_after_the_end_gets_a_new_ticket,
                who_leaves_after_the_end_did_not_leave,
                overdue_tickets_end_in_order;
            capacity:
                overdue_tickets_make_room;
            races:
                one_of_several_sweeps_reports_an_end,
                simultaneous_connections_get_distinct_serials,
                a_closing_takes_its_own_socket_whatever_connects_meanwhile;
        }
    ],
);

/// How the names of cases end that are run once more where none but the connected are paired.
pub const VARIANTS: [&str; 2] = ["_among_the_connected", "_with_the_absent_passed_over"];

pub use random::replay;
