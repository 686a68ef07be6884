//! The vocabulary of matchmaking and the queue policy: pure and synchronous.
//!
//! Nothing here awaits, reads a clock, draws a random number or knows how a message travels. Time, match ids and
//! socket ids are handed in, so the same inputs in the same order always give the same outputs.

mod caller;
mod decision;
mod match_;
mod notice;
mod player;
mod queue;
mod stake;
mod steady_map;
mod terms;
mod ticket;
mod time;

pub use caller::{Caller, Known};
pub use decision::{Capacity, Census, ConnectOutcome, Connected, Decided, FindOutcome, LeaveOutcome, SettleOutcome};
pub use match_::{IllegalTransition, Match, MatchId, MatchStatus, Pairing, SamePlayer, Serial};
pub use notice::{Greeting, Heard, Notice};
pub use player::{InvalidPlayerId, Player, PlayerId, SocketId, Standing};
pub use queue::{QueuePolicy, QueueSettings};
pub use stake::{Amount, Asset, Game, InvalidAmount, InvalidAsset, InvalidGame, QueueKey, Stake};
pub(crate) use steady_map::SteadyMap;
pub use terms::{AgainstTheTerms, ContradictoryTerms, Terms};
pub use ticket::{EndReason, EndedTicket, Ticket};
pub use time::Timestamp;
