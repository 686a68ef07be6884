//! Memory: what a socket, a ticket and a match take, by difference. The servers that are full then serve to measure growth.

use std::time::Duration;

use crate::{
    asking::{Asking, Under},
    engine::Outcome,
    filling::Filled,
    growth,
    options::{Options, Part},
    report::{Cell, Figure, Reach, Report, Table, number},
    subject::Subject,
};

/// A million tickets and those who take their places, and a million matches and those made besides, are let in.
pub(crate) const FLAGS: &[&str] = &["--max-waiting=10000000", "--max-matches=10000000"];

/// Two players for each of ten matches.
const PLAYERS_A_KEY: u32 = 20;

/// What one thing takes, in bytes, at a size.
struct Weight {
    thing: &'static str,
    count: u32,
    bytes: f64,
    /// Whether memory held still, before and after.
    still: bool,
}

/// Weighs, and measures growth, as is asked for.
pub(crate) fn measure(options: &Options, subjects: &[Subject]) -> Outcome<Report> {
    let mut report = Report::default();
    let mut weights = Vec::new();
    for subject in subjects {
        let mut scales = Scales { weighs: options.has(Part::Memory).then_some(options.still), weights: Vec::new() };
        report.add(subject.named(scales.measure(options, subject))?);
        weights.push(scales.weights);
    }
    if options.has(Part::Memory) {
        report.add(weighed(options, subjects, &weights));
    }
    Ok(report)
}

/// Fills servers, and weighs them where that is asked for.
struct Scales {
    /// How long memory must hold still; `None` when it is not weighed.
    weighs: Option<Duration>,
    weights: Vec<Weight>,
}

impl Scales {
    /// Weighs, and measures growth with the servers that it has filled.
    fn measure(&mut self, options: &Options, subject: &Subject) -> Outcome<Report> {
        let tickets = self.tickets(options, subject)?;
        let matches = self.matches(options, subject)?;
        if self.weighs.is_some() {
            self.finished_matches(options, subject)?;
        }
        // Last, since who is connected has to answer pings.
        let sockets = self.sockets(options, subject)?;
        if options.has(Part::Growth) {
            return growth::measure(options, subject, [tickets, matches, sockets]);
        }
        [tickets, matches, sockets].into_iter().try_for_each(Filled::end)?;
        Ok(Report::default())
    }

    fn tickets(&mut self, options: &Options, subject: &Subject) -> Outcome<Filled> {
        let mut filled = Filled::empty(subject, FLAGS)?.named(format!("{} waiting", options.most));
        let mut asking = Asking::new(Under::KeysFrom(0), 0);
        self.weigh(&mut filled, "waiting ticket with its key", &[10_000, 100_000, options.most], |filled, count| {
            filled.ask(&mut asking, count)
        })?;
        filled.wait_under(0, options.most);
        Ok(filled)
    }

    fn matches(&mut self, options: &Options, subject: &Subject) -> Outcome<Filled> {
        let mut filled = Filled::empty(subject, FLAGS)?.named(format!("{} stored matches", options.most));
        let mut asking = Asking::new(Under::Shared { players: PLAYERS_A_KEY, from: 0 }, 0);
        self.weigh(&mut filled, "stored match, active", &[100_000, options.most], |filled, count| {
            filled.ask(&mut asking, 2 * count)
        })?;
        Ok(filled)
    }

    /// The same when their players are free again.
    fn finished_matches(&mut self, options: &Options, subject: &Subject) -> Outcome<()> {
        let mut filled = Filled::empty(subject, FLAGS)?;
        let mut asking = Asking::new(Under::Shared { players: PLAYERS_A_KEY, from: 0 }, 0);
        asking.keep_matches();
        self.weigh(&mut filled, "stored match, finished", &[100_000, options.most], |filled, count| {
            filled.ask(&mut asking, 2 * count)?;
            filled.finish(asking.take_matches())
        })?;
        filled.end()
    }

    fn sockets(&mut self, options: &Options, subject: &Subject) -> Outcome<Filled> {
        let mut filled = Filled::empty(subject, FLAGS)?.named(format!("{} sockets", options.sockets));
        let most = u32::from(options.sockets);
        self.weigh(&mut filled, "idle registered socket", &[1000, 5000, most], |filled, count| {
            filled.connect(count as usize)
        })?;
        Ok(filled)
    }

    /// Fills to each of the sizes in turn, and tells what each thing takes then.
    fn weigh(
        &mut self,
        filled: &mut Filled,
        thing: &'static str,
        sizes: &[u32],
        mut fill: impl FnMut(&mut Filled, u32) -> Outcome<()>,
    ) -> Outcome<()> {
        let most = sizes.last().copied().unwrap_or_default();
        let empty = self.weighs.map(|still| filled.weigh(still)).transpose()?;
        for &count in sizes.iter().filter(|size| **size < most).chain([&most]) {
            fill(filled, count)?;
            if let (Some(still), Some(empty)) = (self.weighs, empty) {
                let weighed = filled.weigh(still)?;
                #[expect(clippy::cast_precision_loss, reason = "memory is told to three digits")]
                let bytes = weighed.bytes.saturating_sub(empty.bytes) as f64 / f64::from(count);
                self.weights.push(Weight { thing, count, bytes, still: empty.still && weighed.still });
            }
        }
        Ok(())
    }
}

fn weighed(options: &Options, subjects: &[Subject], weights: &[Vec<Weight>]) -> Report {
    let mut table = Table::new("Memory: resident bytes each", subjects.iter().map(|subject| &subject.name));
    for (row, Weight { thing, count, .. }) in
        weights.iter().flat_map(|weights| weights.iter().enumerate()).take(weights[0].len())
    {
        let moved = weights.iter().any(|weights| !weights[row].still);
        let mark = if moved { ", NEVER HELD STILL" } else { "" };
        table.row(format!("{thing}, at {count}{mark}"), weights.iter().map(|weights| Cell::one(weights[row].bytes)));
    }
    table.note(
        "the difference to an empty server that has made calls before, when it holds still; ids of 36 characters",
    );
    table.note(format!("each ticket has a key of its own, ten matches have one; {}", subjects[0].terms(FLAGS)));
    let figure = |what, thing, count, most| {
        let what = format!("{what}, at {}", number(f64::from(count)));
        let measured = subjects.iter().zip(weights).map(|(subject, weights)| {
            let weight = weights.iter().find(|weight| weight.thing == thing && weight.count == count);
            (subject.name.as_str(), weight.map(|weight| weight.bytes))
        });
        Figure::new(what, Reach::AtMost(most), "bytes", measured)
    };
    let figures = vec![
        figure(
            "resident bytes an idle registered player",
            "idle registered socket",
            u32::from(options.sockets),
            3000.0,
        ),
        figure("resident bytes a waiting ticket with its key", "waiting ticket with its key", options.most, 500.0),
        figure("resident bytes a stored match, finished", "stored match, finished", options.most, 400.0),
        figure("the same, active, with both players' standings", "stored match, active", options.most, 400.0),
    ];
    Report { tables: vec![table], figures, ..Report::default() }
}
