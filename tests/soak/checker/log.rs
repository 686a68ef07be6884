//! What the logs of all servers tell together: each thing that happened stands in one of them, and once.
//!
//! Nothing is known of the order of lines in different logs: a match may be over on one server before the line of another that
//! it was made has been read. So what is there twice is found at once, and what is missing at the end.

use std::collections::{HashMap, VecDeque};

use super::{
    Checker, Promise,
    event::{MatchId, PlayerNumber},
};

/// How many matches are remembered after both their lines have come, so that a third is known for a copy.
const REMEMBERED: usize = 20_000;

/// A line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Registered(PlayerNumber),
    Joined(PlayerNumber),
    /// A ticket ended without a match; whether because its player left.
    Ended {
        player: PlayerNumber,
        left: bool,
    },
    /// Two were paired, of whom the first had waited.
    Created {
        id: MatchId,
        players: [PlayerNumber; 2],
    },
    Finished(MatchId),
}

#[derive(Debug, Default)]
pub(super) struct Log {
    players: HashMap<u32, Account>,
    matches: HashMap<MatchId, Lines>,
    /// Those of which both lines have come, the oldest first.
    whole: VecDeque<MatchId>,
    created: u64,
}

/// How often which line came for one player.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// How often he saw that he was registered; the others are of the log.
    greeted: u64,
    registered: u64,
    joined: u64,
    ended: u64,
    /// Matches in which he is the first, and the second.
    first: u64,
    second: u64,
}

/// Which lines of a match have come.
#[derive(Clone, Copy, Debug, Default)]
struct Lines {
    created: bool,
    finished: bool,
}

impl Checker {
    /// A line was read from one of the logs.
    pub(crate) fn logged(&mut self, line: Line) {
        self.counts.lines += 1;
        match line {
            Line::Registered(player) => self.log.account(player).registered += 1,
            Line::Joined(player) => self.log.account(player).joined += 1,
            Line::Ended { player, left } => {
                self.log.account(player).ended += 1;
                if !left {
                    // Nobody is away for as long as it takes.
                    let what = format!("the log has another end of a ticket of player {} than that he left", player.0);
                    self.violated(Promise::Logged, &[player], what);
                }
            }
            Line::Created { id, players } => {
                let [first, second] = players;
                self.log.account(first).first += 1;
                self.log.account(second).second += 1;
                self.log.created += 1;
                let copy = std::mem::replace(&mut self.log.lines(id).created, true);
                self.logged_of_match(id, copy, "made");
            }
            Line::Finished(id) => {
                let copy = std::mem::replace(&mut self.log.lines(id).finished, true);
                self.logged_of_match(id, copy, "finished");
            }
        }
    }

    fn logged_of_match(&mut self, id: MatchId, copy: bool, what: &str) {
        if copy {
            self.violated(Promise::Logged, &[], format!("the log has twice that {id} was {what}"));
        } else {
            self.log.forget_if_whole(id);
        }
    }

    /// He saw that he was registered.
    pub(super) fn was_greeted(&mut self, player: PlayerNumber) {
        self.log.account(player).greeted += 1;
    }

    /// Everybody is idle and every log has been read: whatever began has ended, and each beginning and each end has its line.
    pub(crate) fn check_log(&mut self) {
        let half: Vec<_> =
            self.log.matches.iter().filter(|(_, lines)| !lines.are_whole()).map(|(id, it)| (*id, *it)).collect();
        for (id, Lines { created, .. }) in half {
            let missing = if created { "finished" } else { "made" };
            self.violated(Promise::Logged, &[], format!("the log has no line that {id} was {missing}"));
        }
        if self.log.created != self.counts.matches {
            let (created, seen) = (self.log.created, self.counts.matches);
            self.violated(
                Promise::Logged,
                &[],
                format!("the log has {created} new matches, and the players saw {seen}"),
            );
        }
        let accounts: Vec<_> =
            self.log.players.iter().map(|(number, account)| (PlayerNumber(*number), *account)).collect();
        for (player, account) in accounts {
            if !account.balances(self.rules.pair_only_connected) {
                let what = format!("the lines of player {} do not go together: {account:?}", player.0);
                self.violated(Promise::Logged, &[player], what);
            }
        }
    }
}

impl Log {
    fn account(&mut self, player: PlayerNumber) -> &mut Account {
        self.players.entry(player.0).or_default()
    }

    fn lines(&mut self, id: MatchId) -> &mut Lines {
        self.matches.entry(id).or_default()
    }

    fn forget_if_whole(&mut self, id: MatchId) {
        if !self.lines(id).are_whole() {
            return;
        }
        self.whole.push_back(id);
        if self.whole.len() > REMEMBERED
            && let Some(oldest) = self.whole.pop_front()
        {
            self.matches.remove(&oldest);
        }
    }
}

impl Lines {
    const fn are_whole(self) -> bool {
        self.created && self.finished
    }
}

impl Account {
    /// Each ticket that was begun has ended, or its player was paired: as the first of a match, who is the one who waited. Where
    /// a registration can pair two who both wait, the second had a ticket as well, or had none and asked.
    ///
    /// A greeting may be on its way to a socket that its player gives up, so there may be more registrations than he saw.
    const fn balances(self, by_registration: bool) -> bool {
        let least = self.ended + self.first;
        let most = least + if by_registration { self.second } else { 0 };
        least <= self.joined && self.joined <= most && self.greeted <= self.registered
    }
}
