use crate::{
    domain::{
        Census, ConnectOutcome, Connected, Decided, EndedTicket, FindOutcome, LeaveOutcome, Match, Pairing, Serial,
        SettleOutcome, Standing, Ticket,
    },
    ports::contract::Violation,
};

/// An answer of any verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Nothing,
    Found(Decided<FindOutcome>),
    Looked(Decided<Standing>),
    Left(Decided<LeaveOutcome>),
    Connected(Decided<ConnectOutcome>),
    Settled(SettleOutcome),
    Stood(bool),
    Pairing(Option<Pairing>),
    Pairings(Vec<Pairing>),
    Ended(Vec<EndedTicket>),
    Census(Census),
}

impl Answer {
    /// The match that the call made.
    pub(super) fn new_match(&self) -> Option<&Match> {
        match self {
            Self::Found(Decided { outcome: FindOutcome::Paired(match_), .. })
            | Self::Connected(Decided { outcome: ConnectOutcome::Paired { match_, .. }, .. }) => Some(match_),
            _ => None,
        }
    }
}

/// The serials that a store has given, in the order in which it gave them.
///
/// A store may leave serials out, so they are compared by their rank: the first is 1, as the policy's is.
#[derive(Default)]
pub(super) struct Ranks {
    seen: Vec<Serial>,
}

impl Ranks {
    /// How many serials the store has given.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    /// The store's own serial of this rank; zero, before all, for rank zero.
    pub(super) fn serial_of(&self, rank: usize) -> Serial {
        rank.checked_sub(1).map_or(Serial(0), |place| self.seen[place])
    }

    /// The answer with each serial replaced by its rank.
    pub(super) fn rank(&mut self, answer: Answer) -> Result<Answer, Violation> {
        Ok(match answer {
            Answer::Nothing | Answer::Settled(_) | Answer::Stood(_) | Answer::Census(_) => answer,
            Answer::Found(decided) => Answer::Found(self.decided(decided, Self::found)?),
            Answer::Looked(decided) => Answer::Looked(self.decided(decided, Self::standing)?),
            Answer::Left(decided) => Answer::Left(self.decided(decided, Self::left)?),
            Answer::Connected(decided) => Answer::Connected(self.decided(decided, Self::connected)?),
            Answer::Pairing(pairing) => Answer::Pairing(pairing.map(|pairing| self.pairing(&pairing)).transpose()?),
            Answer::Pairings(pairings) => {
                Answer::Pairings(pairings.iter().map(|pairing| self.pairing(pairing)).collect::<Result<_, _>>()?)
            }
            Answer::Ended(ended) => Answer::Ended(self.all_ended(ended)?),
        })
    }

    fn decided<T>(
        &mut self,
        decided: Decided<T>,
        outcome: impl FnOnce(&mut Self, T) -> Result<T, Violation>,
    ) -> Result<Decided<T>, Violation> {
        let ended = self.all_ended(decided.ended)?;
        Ok(Decided { outcome: outcome(self, decided.outcome)?, ended })
    }

    fn found(&mut self, outcome: FindOutcome) -> Result<FindOutcome, Violation> {
        Ok(match outcome {
            FindOutcome::Joined(ticket) => FindOutcome::Joined(self.ticket(ticket)?),
            FindOutcome::StillWaiting(ticket) => FindOutcome::StillWaiting(self.ticket(ticket)?),
            FindOutcome::WaitingElsewhere(ticket) => FindOutcome::WaitingElsewhere(self.ticket(ticket)?),
            FindOutcome::Paired(match_) => FindOutcome::Paired(self.match_(&match_)?),
            FindOutcome::AlreadyMatched(pairing) => FindOutcome::AlreadyMatched(self.pairing(&pairing)?),
            FindOutcome::AtCapacity(_) => outcome,
        })
    }

    fn left(&mut self, outcome: LeaveOutcome) -> Result<LeaveOutcome, Violation> {
        Ok(match outcome {
            LeaveOutcome::NotWaiting => outcome,
            LeaveOutcome::Left(ended) => LeaveOutcome::Left(self.ended(ended)?),
            LeaveOutcome::AlreadyMatched(pairing) => LeaveOutcome::AlreadyMatched(self.pairing(&pairing)?),
        })
    }

    fn connected(&mut self, outcome: ConnectOutcome) -> Result<ConnectOutcome, Violation> {
        Ok(match outcome {
            ConnectOutcome::Connected(Connected { standing, connection }) => {
                let standing = self.standing(standing)?;
                ConnectOutcome::Connected(Connected { standing, connection: self.serial(connection)? })
            }
            ConnectOutcome::Paired { match_, connection } => {
                let connection = self.serial(connection)?;
                ConnectOutcome::Paired { match_: self.match_(&match_)?, connection }
            }
            ConnectOutcome::AtCapacity => outcome,
        })
    }

    fn standing(&mut self, standing: Standing) -> Result<Standing, Violation> {
        Ok(match standing {
            Standing::Idle => Standing::Idle,
            Standing::Waiting(ticket) => Standing::Waiting(self.ticket(ticket)?),
            Standing::Matched(pairing) => Standing::Matched(self.pairing(&pairing)?),
        })
    }

    fn all_ended(&mut self, ended: Vec<EndedTicket>) -> Result<Vec<EndedTicket>, Violation> {
        ended.into_iter().map(|ended| self.ended(ended)).collect()
    }

    fn ended(&mut self, ended: EndedTicket) -> Result<EndedTicket, Violation> {
        Ok(EndedTicket { ticket: self.ticket(ended.ticket)?, ..ended })
    }

    fn ticket(&mut self, ticket: Ticket) -> Result<Ticket, Violation> {
        Ok(Ticket { serial: self.serial(ticket.serial)?, ..ticket })
    }

    fn pairing(&mut self, pairing: &Pairing) -> Result<Pairing, Violation> {
        Ok(Pairing { match_: self.match_(&pairing.match_)?, settled: pairing.settled })
    }

    fn match_(&mut self, match_: &Match) -> Result<Match, Violation> {
        let (id, key, players) = (match_.id(), match_.key().clone(), match_.players().clone());
        let serial = self.serial(match_.serial())?;
        let ranked = Match::restore(id, serial, key, players, match_.paired_at(), match_.waited(), match_.status());
        ranked.map_err(|same| Violation::new("nobody is paired with himself", same.to_string(), "one player"))
    }

    fn serial(&mut self, serial: Serial) -> Result<Serial, Violation> {
        let place = self.seen.binary_search(&serial).or_else(|place| {
            if place == self.seen.len() && serial > Serial(0) {
                self.seen.push(serial);
                return Ok(place);
            }
            let expected = format!("one of {:?} again, or one past them", self.seen);
            Err(Violation::new("a new serial is greater than all before it", expected, format!("{serial:?}")))
        })?;
        Ok(Serial(place as u64 + 1))
    }
}
