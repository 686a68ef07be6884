use super::*;
use crate::{
    domain::{Asset, EndedTicket, Game, PlayerId, QueueKey, Serial, Stake, Ticket, Timestamp},
    ports::Event,
};

fn ended(reason: EndReason) -> EndedTicket {
    let stake = Stake::parse(Asset::Ton, "1").expect("a stake");
    let key = QueueKey::new(Game::parse("go").expect("a game"), stake);
    let ticket = Ticket { key, serial: Serial(1), joined_at: Timestamp::default() };
    EndedTicket { player: PlayerId::parse("ada").expect("a player"), ticket, reason }
}

#[test]
fn everything_is_there_from_the_start_in_the_format_that_prometheus_reads() {
    let census = Census { waiting: 3, matches: 2, connected: 5, ..Census::default() };
    let expected = "\
# HELP matchmaker_registrations Player registrations on a WebSocket.
# TYPE matchmaker_registrations counter
matchmaker_registrations_total 0
# HELP matchmaker_queue_joins Tickets that began to wait.
# TYPE matchmaker_queue_joins counter
matchmaker_queue_joins_total 0
# HELP matchmaker_matches_created Matches stored.
# TYPE matchmaker_matches_created counter
matchmaker_matches_created_total 0
# HELP matchmaker_matches_carried_forward Matches settled by another call than the one that paired.
# TYPE matchmaker_matches_carried_forward counter
matchmaker_matches_carried_forward_total 0
# HELP matchmaker_matches_finished Matches finished.
# TYPE matchmaker_matches_finished counter
matchmaker_matches_finished_total 0
# HELP matchmaker_tickets_ended Tickets that ended without a match, by reason.
# TYPE matchmaker_tickets_ended counter
matchmaker_tickets_ended_total{reason=\"disconnected\"} 0
matchmaker_tickets_ended_total{reason=\"expired\"} 0
matchmaker_tickets_ended_total{reason=\"left\"} 0
# HELP matchmaker_open_connections TCP connections being served.
# TYPE matchmaker_open_connections gauge
matchmaker_open_connections 0
# HELP matchmaker_open_sockets WebSockets open, registered or not.
# TYPE matchmaker_open_sockets gauge
matchmaker_open_sockets 0
# HELP matchmaker_log_lines_dropped Log lines that were not written, for want of room or output.
# TYPE matchmaker_log_lines_dropped counter
matchmaker_log_lines_dropped_total 7
# HELP matchmaker_waiting_players Players who wait in a queue.
# TYPE matchmaker_waiting_players gauge
matchmaker_waiting_players 3
# HELP matchmaker_active_matches Matches that players stand in.
# TYPE matchmaker_active_matches gauge
matchmaker_active_matches 2
# HELP matchmaker_connected_players Players with a live WebSocket.
# TYPE matchmaker_connected_players gauge
matchmaker_connected_players 5
# EOF
";
    assert_eq!(with_reasons_in_order(&Metrics::new(|| 7).render(Some(&census))), with_reasons_in_order(expected));
}

/// The series of one metric come in any order.
fn with_reasons_in_order(rendered: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = rendered.lines().collect();
    for series in lines.chunk_by_mut(|one, other| one.contains("{reason=") && other.contains("{reason=")) {
        series.sort_unstable();
    }
    lines
}

#[test]
fn without_a_census_its_gauges_are_left_out() {
    let rendered = Metrics::new(|| 0).render(None);
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
