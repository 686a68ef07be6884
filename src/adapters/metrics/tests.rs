use std::collections::BTreeMap;

use super::*;
use crate::{
    domain::{Asset, EndedTicket, Game, Match, MatchId, PlayerId, QueueKey, Serial, Stake, Ticket, Timestamp},
    ports::{CarriedBy, Event},
};

fn ended(reason: EndReason) -> EndedTicket {
    let stake = Stake::parse(Asset::Ton, "1").expect("a stake");
    let key = QueueKey::new(Game::parse("go").expect("a game"), stake);
    let ticket = Ticket { key, serial: Serial(1), joined_at: Timestamp::default() };
    EndedTicket { player: PlayerId::parse("ada").expect("a player"), ticket, reason }
}

fn match_after(waited: Duration) -> Match {
    let players = ["ada", "bob"].map(|id| PlayerId::parse(id).expect("a player"));
    let id = MatchId::from_uuid(uuid::Uuid::from_u128(1));
    let key = ended(EndReason::Left).ticket.key;
    Match::propose(id, Serial(2), key, players, Timestamp::default(), waited).expect("two distinct players")
}

fn fresh() -> Metrics {
    Metrics::new(|| 0)
}

/// The series of a metric, with their labels and values, as they are written.
fn series<'r>(rendered: &'r str, name: &str) -> Vec<&'r str> {
    let rest = |line: &'r str| line.strip_prefix("matchmaker_")?.strip_prefix(name);
    rendered.lines().filter_map(rest).filter(|rest| rest.starts_with([' ', '{'])).collect()
}

#[test]
fn everything_is_there_from_the_start_in_the_format_that_prometheus_reads() {
    let game = Game::parse("go").expect("a game");
    let waiting_by_game = BTreeMap::from([((game, Asset::Ton), 2)]);
    let census = Census { waiting: 3, waiting_by_game, waiting_elsewhere: 1, matches: 2, connected: 5 };
    let rendered = Metrics::new(|| 7).render(Some(&census));
    let families: Vec<_> = rendered.lines().filter_map(|line| line.strip_prefix("# TYPE matchmaker_")).collect();
    let expected = [
        "build info",
        "http_requests counter",
        "http_request_duration_seconds histogram",
        "registrations counter",
        "queue_joins counter",
        "matches_created counter",
        "matches_carried_forward counter",
        "matches_finished counter",
        "tickets_ended counter",
        "time_to_match_seconds histogram",
        "time_to_tell_seconds histogram",
        "pushes_queued counter",
        "pushes_sent_at_registration counter",
        "pushes_dropped counter",
        "sockets_closed counter",
        "limits_hit counter",
        "store_calls counter",
        "store_call_duration_seconds histogram",
        "open_connections gauge",
        "open_sockets gauge",
        "log_lines_dropped counter",
        "stores_reachable gauge",
        "waiting_players gauge",
        "active_matches gauge",
        "connected_players gauge",
    ];
    assert_eq!(families, expected);
    assert!(rendered.ends_with("\n# EOF\n"));

    let above_zero = rendered.lines().filter(|line| !line.starts_with('#') && !line.ends_with([' ', '.']));
    let above_zero: Vec<_> = above_zero.filter(|line| !line.ends_with(" 0") && !line.ends_with(" 0.0")).collect();
    let expected = [
        concat!("matchmaker_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "matchmaker_log_lines_dropped_total 7",
        "matchmaker_stores_reachable 1",
        "matchmaker_waiting_players{game=\"go\",asset=\"TON\"} 2",
        "matchmaker_waiting_players{game=\"(other)\",asset=\"(other)\"} 1",
        "matchmaker_active_matches 2",
        "matchmaker_connected_players 5",
    ];
    assert_eq!(above_zero, expected);
    // Ten routes by nineteen statuses, and two bounds, a sum and a count beside the seventeen of each histogram.
    assert_eq!(series(&rendered, "http_requests_total").len(), 190);
    assert_eq!(series(&rendered, "http_request_duration_seconds_bucket").len(), 180);
    assert_eq!(series(&rendered, "sockets_closed_total").len(), 14);
}

#[test]
fn a_request_counts_once_under_its_route_and_status_and_its_time_under_its_route() {
    let metrics = fresh();
    metrics.answered(Route::FindMatch, StatusCode::OK, Duration::from_micros(70));
    metrics.answered(Route::FindMatch, StatusCode::CONFLICT, Duration::from_secs(20));
    metrics.answered(Route::Unknown, StatusCode::IM_A_TEAPOT, Duration::ZERO);
    let rendered = metrics.render(None);

    let counted: Vec<_> =
        series(&rendered, "http_requests_total").into_iter().filter(|series| series.ends_with(" 1")).collect();
    let expected = [
        "{route=\"find_match\",status=\"200\"} 1",
        "{route=\"find_match\",status=\"409\"} 1",
        "{route=\"unknown\",status=\"other\"} 1",
    ];
    assert_eq!(counted, expected);
    let buckets = series(&rendered, "http_request_duration_seconds_bucket");
    let value = |bound: &str| {
        let series = format!("{{le=\"{bound}\",route=\"find_match\"}} ");
        buckets.iter().find_map(|bucket| bucket.strip_prefix(series.as_str()))
    };
    let values = ["0.00005", "0.0001", "10.0", "+Inf"].map(value);
    assert_eq!(values, [Some("0"), Some("1"), Some("1"), Some("2")], "{buckets:#?}");
    let counts = series(&rendered, "http_request_duration_seconds_count");
    assert!(counts.contains(&"{route=\"find_match\"} 2"), "{counts:?}");
    let sums = series(&rendered, "http_request_duration_seconds_sum");
    assert!(sums.contains(&"{route=\"find_match\"} 20.00007"), "{sums:?}");
}

#[test]
fn each_limit_each_push_and_each_close_code_has_a_series_of_its_own() {
    let metrics = fresh();
    metrics.limit_hit(Limit::Unread);
    metrics.push_queued(Push::MatchFound);
    metrics.push_sent_at_registration();
    metrics.push_dropped(Push::SearchEnded);
    for code in [Some(4001), None, Some(4999)] {
        metrics.socket_closed(code);
    }
    let rendered = metrics.render(None);
    let counted: Vec<_> = rendered.lines().filter(|line| line.contains("_total") && line.ends_with(" 1")).collect();
    let expected = [
        "matchmaker_pushes_queued_total{message=\"match_found\"} 1",
        "matchmaker_pushes_sent_at_registration_total 1",
        "matchmaker_pushes_dropped_total{message=\"search_ended\"} 1",
        "matchmaker_sockets_closed_total{code=\"4001\"} 1",
        "matchmaker_sockets_closed_total{code=\"client\"} 1",
        "matchmaker_sockets_closed_total{code=\"other\"} 1",
        "matchmaker_limits_hit_total{limit=\"unread\"} 1",
    ];
    assert_eq!(counted, expected);
}

#[test]
fn a_created_match_tells_how_long_its_first_player_waited() {
    let metrics = fresh();
    metrics.count(Event::MatchCreated(&match_after(Duration::from_millis(1_500))));
    metrics.count(Event::MatchCarriedForward(&match_after(Duration::from_secs(9)), CarriedBy::Call));
    let rendered = metrics.render(None);
    assert_eq!(series(&rendered, "time_to_match_seconds_count"), [" 1"]);
    assert_eq!(series(&rendered, "time_to_match_seconds_sum"), [" 1.5"]);
    let buckets = series(&rendered, "time_to_match_seconds_bucket");
    assert!(buckets.contains(&"{le=\"1.0\"} 0") && buckets.contains(&"{le=\"2.5\"} 1"), "{buckets:?}");
}

#[test]
fn the_time_to_tell_is_kept_to_the_microsecond() {
    let metrics = fresh();
    metrics.told(Duration::from_micros(120));
    let rendered = metrics.render(None);
    assert_eq!(series(&rendered, "time_to_tell_seconds_sum"), [" 0.00012"]);
    let buckets = series(&rendered, "time_to_tell_seconds_bucket");
    assert!(buckets.contains(&"{le=\"0.0001\"} 0") && buckets.contains(&"{le=\"0.00025\"} 1"), "{buckets:?}");
}

#[test]
fn a_call_to_a_store_counts_once_under_its_outcome_with_the_time_it_took() {
    let metrics = fresh();
    metrics.store_called(StoreCall::Answered, Duration::from_micros(90));
    metrics.store_called(StoreCall::Unknown, Duration::from_millis(500));
    let rendered = metrics.render(None);
    let calls = ["{outcome=\"answered\"} 1", "{outcome=\"not_done\"} 0", "{outcome=\"unknown\"} 1"];
    assert_eq!(series(&rendered, "store_calls_total"), calls);
    assert_eq!(series(&rendered, "store_call_duration_seconds_sum"), [" 0.50009"]);
}

#[test]
fn without_a_census_its_gauges_are_left_out() {
    let rendered = Metrics::new(|| 0).render(None);
    assert_eq!(series(&rendered, "stores_reachable"), [" 0"]);
    for gauge in ["waiting_players", "active_matches", "connected_players"] {
        assert!(!rendered.contains(gauge), "{rendered}");
    }
    assert!(rendered.contains("matchmaker_registrations_total 0\n"), "{rendered}");
    assert!(rendered.ends_with("# EOF\n"), "{rendered}");
}

#[test]
fn each_end_of_a_ticket_is_counted_under_its_own_reason() {
    let metrics = Metrics::new(|| 0);
    for (times, reason) in (1..).zip(EndReason::ALL) {
        for _ in 0..times {
            metrics.count(Event::TicketEnded(&ended(reason)));
        }
    }
    let rendered = metrics.render(None);
    for (times, reason) in (1..).zip(["left", "expired", "disconnected"]) {
        let series = format!("matchmaker_tickets_ended_total{{reason=\"{reason}\"}} {times}\n");
        assert!(rendered.contains(&series), "{rendered}");
    }
}

#[test]
fn connections_and_sockets_count_while_they_are_open() {
    let metrics = Metrics::new(|| 0);
    let standing = |connections: u32, sockets: u32| {
        let rendered = metrics.render(None);
        rendered.contains(&format!("matchmaker_open_connections {connections}\n"))
            && rendered.contains(&format!("matchmaker_open_sockets {sockets}\n"))
    };
    let connections = [metrics.open_connection(), metrics.open_connection()];
    let socket = metrics.open_socket();
    assert!(standing(2, 1));
    drop(connections);
    assert!(standing(0, 1));
    drop(socket);
    assert!(standing(0, 0));
}

#[test]
fn dropped_lines_are_read_for_each_rendering() {
    let dropped = std::sync::atomic::AtomicU64::new(1);
    let metrics = Metrics::new(move || dropped.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    assert!(metrics.render(None).contains("matchmaker_log_lines_dropped_total 1\n"));
    assert!(metrics.render(None).contains("matchmaker_log_lines_dropped_total 2\n"));
}
