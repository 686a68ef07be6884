#[cfg(test)]
mod tests;

use std::sync::Arc;

use tracing::info;

use super::metrics::Metrics;
use crate::ports::{Event, Journal};

/// Writes each event as one log line, with its ids as fields, and counts it.
///
/// Amounts are written as text in JSON too, so that no reader rounds them.
#[derive(Debug)]
pub struct LoggingJournal {
    metrics: Arc<Metrics>,
}

impl LoggingJournal {
    /// A journal that counts in these metrics and writes to the log of the process.
    #[must_use]
    pub const fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }
}

impl Journal for LoggingJournal {
    fn record(&self, event: Event<'_>) {
        self.metrics.count(event);
        match event {
            Event::PlayerRegistered(player) => info!(player_id = %player, "player registered"),
            Event::QueueJoined(player, ticket) => {
                let (game, stake) = (ticket.key.game(), ticket.key.stake());
                info!(player_id = %player, %game, asset = %stake.asset(), amount = %stake.amount(), "queue joined");
            }
            Event::MatchCreated(match_) => {
                let (game, stake) = (match_.key().game(), match_.key().stake());
                let [first, second] = match_.players();
                info!(
                    match_id = %match_.id(),
                    %game,
                    asset = %stake.asset(),
                    amount = %stake.amount(),
                    first_player_id = %first,
                    second_player_id = %second,
                    "match created"
                );
            }
            Event::TicketEnded(ended) => {
                let (game, stake) = (ended.ticket.key.game(), ended.ticket.key.stake());
                info!(
                    player_id = %ended.player,
                    %game,
                    asset = %stake.asset(),
                    amount = %stake.amount(),
                    reason = %ended.reason.as_str(),
                    "ticket ended"
                );
            }
            Event::MatchCarriedForward(match_, by) => {
                info!(match_id = %match_.id(), by = %by.as_str(), "match carried forward");
            }
            Event::MatchFinished(match_) => info!(match_id = %match_.id(), "match finished"),
        }
    }
}
