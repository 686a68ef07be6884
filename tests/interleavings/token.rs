//! States spelt out as tokens, in which names, serials and times can be normalised.

use matchmaker::{
    domain::{
        Capacity, ConnectOutcome, Connected, Decided, EndedTicket, FindOutcome, Greeting, LeaveOutcome, Match, MatchId,
        Notice, Pairing, PlayerId, QueueKey, Serial, SettleOutcome, SocketId, Standing, Ticket, Timestamp,
    },
    ports::{Finish, Greeted, Insertion},
};

use crate::{
    call::{Answer, Call},
    universe::{Line, number_of, number_of_key, number_of_match},
};

/// One part of a state that is spelt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// Means what it says.
    Plain(u64),
    Player(u8),
    Key(u8),
    Socket(Line),
    Serial(u64),
    Match(u64),
    /// A moment that matters by how long ago it was.
    Past(u64),
    /// A moment that matters by how far away it is.
    Deadline(u64),
    /// What follows from the match or the ticket that was spelt just before. It tells two histories apart, in which one of
    /// the same number differs, and matters to no state: that spells each match once in full, but for how long its first
    /// player had waited, and nothing is decided by that.
    Detail(u64),
}

/// What can be spelt out. Two values that are spelt alike are alike.
pub(crate) trait Spell {
    fn spell(&self, out: &mut Vec<Token>);
}

/// What a match is from its pairing on, for [`Token::Detail`].
struct Detail<'a>(&'a Match);

impl Spell for Detail<'_> {
    fn spell(&self, out: &mut Vec<Token>) {
        let [first, second] = self.0.players().each_ref().map(|player| u64::from(number_of(player)));
        let digits = [second, u64::from(number_of_key(self.0.key())), self.0.serial().0];
        out.push(Token::Detail(digits.into_iter().fold(first, |number, digit| number * 1000 + digit)));
        out.push(Token::Detail(self.0.paired_at().as_micros()));
        out.push(Token::Detail(u64::try_from(self.0.waited().as_micros()).unwrap_or(u64::MAX)));
    }
}

/// When a ticket was made, for [`Token::Detail`].
struct JoinedAt(Timestamp);

impl Spell for JoinedAt {
    fn spell(&self, out: &mut Vec<Token>) {
        out.push(Token::Detail(self.0.as_micros()));
    }
}

/// A match in full.
pub(crate) struct InFull<'a>(pub(crate) &'a Match);

impl Spell for InFull<'_> {
    fn spell(&self, out: &mut Vec<Token>) {
        self.0.serial().spell(out);
        self.0.players().iter().for_each(|player| player.spell(out));
        self.0.key().spell(out);
        Past(self.0.paired_at()).spell(out);
    }
}

/// A moment in the past, for [`Token::Past`].
pub(crate) struct Past(pub Timestamp);

macro_rules! spell {
    ($type:ty, $value:ident => $($part:expr),+) => {
        impl Spell for $type {
            fn spell(&self, out: &mut Vec<Token>) {
                let $value = self;
                $($part.spell(out);)+
            }
        }
    };
}

macro_rules! spell_token {
    ($type:ty, $value:ident => $token:expr) => {
        impl Spell for $type {
            fn spell(&self, out: &mut Vec<Token>) {
                let $value = self;
                out.push($token);
            }
        }
    };
}

macro_rules! spell_enum {
    ($type:ty { $($number:literal: $pattern:pat => [$($part:expr),*]),+ $(,)? }) => {
        impl Spell for $type {
            fn spell(&self, out: &mut Vec<Token>) {
                match self {
                    $($pattern => {
                        out.push(Token::Plain($number));
                        $($part.spell(out);)*
                    })+
                }
            }
        }
    };
}

spell_token!(bool, value => Token::Plain(u64::from(*value)));
spell_token!(u8, value => Token::Plain(u64::from(*value)));
spell_token!(usize, value => Token::Plain(*value as u64));
spell_token!(PlayerId, player => Token::Player(number_of(player)));
spell_token!(QueueKey, key => Token::Key(number_of_key(key)));
spell_token!(Line, line => Token::Socket(*line));
spell_token!(SocketId, socket => Token::Socket(Line::of(*socket)));
spell_token!(Serial, serial => Token::Serial(serial.0));
spell_token!(MatchId, id => Token::Match(number_of_match(*id)));
spell_token!(Past, past => Token::Past(past.0.as_micros()));

impl<T: Spell> Spell for Vec<T> {
    fn spell(&self, out: &mut Vec<Token>) {
        self.len().spell(out);
        for item in self {
            item.spell(out);
        }
    }
}

impl<T: Spell> Spell for Option<T> {
    fn spell(&self, out: &mut Vec<Token>) {
        self.is_some().spell(out);
        if let Some(item) = self {
            item.spell(out);
        }
    }
}

impl<T: Spell> Spell for Decided<T> {
    fn spell(&self, out: &mut Vec<Token>) {
        self.outcome.spell(out);
        self.ended.spell(out);
    }
}

spell!(Ticket, ticket => ticket.key, ticket.serial, JoinedAt(ticket.joined_at));
spell!(EndedTicket, ended => ended.player, ended.ticket, (ended.reason as u8));
spell!(Match, match_ => match_.id(), Detail(match_), match_.is_finished());
spell!(Pairing, pairing => pairing.match_, pairing.settled);
spell!(Connected, connected => connected.standing, connected.connection);
spell_enum!(ConnectOutcome {
    0: Self::Connected(connected) => [connected],
    1: Self::Paired { match_, connection } => [match_, connection],
    2: Self::AtCapacity => [],
});
spell!(Greeting, greeting => greeting.connection(), greeting.standing(), greeting.match_found().is_some());
spell_enum!(Standing { 0: Self::Idle => [], 1: Self::Waiting(ticket) => [ticket], 2: Self::Matched(pairing) => [pairing] });
spell_enum!(FindOutcome {
    0: Self::Joined(ticket) => [ticket],
    1: Self::StillWaiting(ticket) => [ticket],
    2: Self::WaitingElsewhere(ticket) => [ticket],
    3: Self::Paired(match_) => [match_],
    4: Self::AlreadyMatched(pairing) => [pairing],
    5: Self::AtCapacity(capacity) => [matches!(capacity, Capacity::Waiting)],
});
spell_enum!(LeaveOutcome { 0: Self::NotWaiting => [], 1: Self::Left(ended) => [ended], 2: Self::AlreadyMatched(pairing) => [pairing] });
spell_enum!(Insertion { 0: Self::Inserted => [], 1: Self::AlreadyThere(match_) => [match_], 2: Self::AtCapacity => [] });
spell_enum!(Finish { 0: Self::Finished(match_) => [match_], 1: Self::AlreadyFinished(match_) => [match_], 2: Self::Unknown => [] });
spell_enum!(Greeted { 0: Self::Live => [], 1: Self::Replaced => [], 2: Self::Outdated => [], 3: Self::Gone => [] });
spell_enum!(Notice {
    0: Self::MatchFound(match_) => [match_],
    1: Self::MatchFinished(match_) => [match_],
    2: Self::SearchEnded(ended) => [ended],
});

impl<T: Spell + ?Sized> Spell for &T {
    fn spell(&self, out: &mut Vec<Token>) {
        (**self).spell(out);
    }
}

impl<T: Spell + ?Sized> Spell for std::sync::Arc<T> {
    fn spell(&self, out: &mut Vec<Token>) {
        (**self).spell(out);
    }
}

spell_enum!(Answer {
    0: Self::Failed(failure) => [(*failure as u8)],
    1: Self::Done(()) => [],
    2: Self::Flag(flag) => [flag],
    // Which of several calls settled a match matters to the journal alone, and the model has none.
    17: Self::Settled(outcome) => [matches!(outcome, SettleOutcome::NotStanding)],
    3: Self::Count(count) => [count],
    4: Self::Found(decided) => [decided],
    5: Self::Peeked(player) => [player],
    6: Self::Stands(decided) => [decided],
    7: Self::Left(decided) => [decided],
    8: Self::Connected(decided) => [decided],
    9: Self::Ended(ended) => [ended],
    10: Self::Pairing(pairing) => [pairing],
    11: Self::Pairings(pairings) => [pairings],
    12: Self::Insertion(insertion) => [insertion],
    13: Self::Stored(match_) => [match_],
    14: Self::Finish(finish) => [finish],
    15: Self::Overdue(ids) => [ids],
    16: Self::Greeted(greeted) => [greeted],
});

// Only a call that changes something can be late, so the others need no spelling that tells their arguments.
spell_enum!(Call {
    0: Self::Find(player, key, _) => [player, key],
    1: Self::PairWith(player, opponent, key, _) => [player, opponent, key],
    2: Self::Look(player) => [player],
    3: Self::Leave(player) => [player],
    4: Self::Connect(player, socket, _) => [player, socket],
    5: Self::Disconnect(player, socket) => [player, socket],
    6: Self::Settle(match_) => [match_],
    7: Self::Release(match_) => [match_],
    8: Self::EndOverdue(_) => [],
    9: Self::Insert(match_) => [match_],
    10: Self::Finish(id) => [id],
    11: Self::Purge(_) => [],
    12: Self::Attach(player, socket) => [player, socket],
    13: Self::Greet(player, socket, greeting) => [player, socket, greeting],
    14: Self::Tell(player, notice) => [player, notice],
    15: Self::Detach(player, socket) => [player, socket],
    16: Self::Peek(_) | Self::Pairing(_) | Self::Unsettled(..) | Self::Pairings(..) | Self::Get(_) | Self::Overdue(_)
        => [],
});
