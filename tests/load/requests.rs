//! Find-match by players whom nobody has seen before, over connections that are kept alive, as fast as they are answered.

use std::time::Duration;

use crate::{
    asking::{Asking, Under},
    closed,
    engine::{Engine, Outcome},
    options::Options,
    report::{Cell, Figure, Reach, Report, Table},
    rounds::{Cost, order, transposed},
    statistics::{median, ratios},
    subject::Subject,
    usage::Processor,
};

/// How long each is called before it is measured, of the time that it is.
const WARM_UP: u32 = 5;

/// The more than a million players who are to wait, each under his own key, are let in.
const FLAGS: &[&str] = &["--max-waiting=10000000", "--max-matches=10000000"];

/// Under which keys players ask.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys {
    /// Each under one that nobody else asks under: all wait.
    OfTheirOwn,
    /// All under one.
    One,
}

/// What the rounds of one subject came to.
#[derive(Debug, Default)]
struct Rounds {
    rate: Vec<f64>,
    cost: Cost,
}

/// A subject, and the keys that it is asked under.
struct Lane<'a> {
    subject: &'a Subject,
    keys: Keys,
    rounds: Rounds,
}

pub(crate) fn measure(options: &Options, floor: &Subject, subjects: &[Subject]) -> Outcome<Report> {
    let lane = |subject, keys| Lane { subject, keys, rounds: Rounds::default() };
    let mut lanes = vec![lane(floor, Keys::OfTheirOwn)];
    lanes.extend(subjects.iter().map(|subject| lane(subject, Keys::OfTheirOwn)));
    lanes.extend(subjects.iter().map(|subject| lane(subject, Keys::One)));
    for round in 0..options.rounds {
        for index in order(round, lanes.len()) {
            let Lane { subject, keys, rounds } = &mut lanes[index];
            let ask = subject.named(ask(subject, *keys, usize::from(options.connections), options.time))?;
            rounds.rate.push(ask.0);
            rounds.cost.add(ask.1, ask.2);
        }
    }
    Ok(report(options, &lanes, subjects))
}

/// Requests a second, the processor time that they took, and how many they were.
pub(crate) type Asked = (f64, Option<Processor>, u64);

/// Has players ask for so long.
#[expect(clippy::cast_precision_loss, reason = "a rate is told to three digits")]
pub(crate) fn ask(subject: &Subject, keys: Keys, connections: usize, time: Duration) -> Outcome<Asked> {
    let running = subject.start(FLAGS)?;
    let mut engine = Engine::connect(running.address, connections)?;
    let from = subject.first_key();
    let under = match keys {
        Keys::OfTheirOwn => Under::KeysFrom(from),
        Keys::One => Under::Shared { players: u32::MAX, from },
    };
    let mut asking = Asking::new(under, u32::MAX);
    if !subject.is_started_here() {
        asking.keep_matches();
    }
    closed::run(&mut engine, &mut asking, Some(time / WARM_UP))?;
    let before = running.processor()?;
    let done = closed::run(&mut engine, &mut asking, Some(time))?;
    let after = running.processor()?;
    asking.check_sum()?;
    if !subject.is_started_here() {
        asking.tidy(&mut engine)?;
    }
    drop(engine);
    running.end()?;
    let spent = after.zip(before).map(|(after, before)| after - before);
    Ok((done.calls as f64 / done.time.as_secs_f64(), spent, done.calls))
}

fn report(options: &Options, lanes: &[Lane<'_>], subjects: &[Subject]) -> Report {
    let (plain, hot) = lanes.split_at(1 + subjects.len());
    let floor = &plain[0].rounds;
    let columns = plain.iter().map(|lane| lane.subject.name.clone());
    let mut table = Table::new("Find-match requests", columns);
    let over = |lanes: &[Lane<'_>], of: fn(&Rounds) -> &Vec<f64>| -> Vec<Cell> {
        let ratios = lanes.iter().map(|lane| Cell::runs(ratios(of(&lane.rounds), of(floor))));
        [Cell::default()].into_iter().chain(ratios).collect()
    };
    for (name, lanes) in [("keys of their own", &plain[1..]), ("one hot key", hot)] {
        let all = || [floor].into_iter().chain(lanes.iter().map(|lane| &lane.rounds));
        table.row(format!("{name}: requests/s"), all().map(|rounds| Cell::runs(rounds.rate.clone())));
        table.row("  over the floor's", over(lanes, |rounds| &rounds.rate));
        let [each, user, kernel] = transposed(all().map(|rounds| rounds.cost.cells()));
        table.row("  server CPU a request, µs", each);
        table.row("    user", user);
        table.row("    kernel", kernel);
        table.row("  over the floor's", over(lanes, |rounds| &rounds.cost.each));
    }
    table.note(format!(
        "{} connections; {} rounds of {} ms each, {}",
        options.connections,
        options.rounds,
        options.time.as_millis(),
        subjects[0].terms(FLAGS)
    ));
    table.note("the floor is a bare warp route on tokio's usual runtime");
    if subjects[0].is_started_here() {
        table.note("the server has a thread of its own for each processor");
    } else {
        table.note("after each round, all who asked have left and all matches were finished");
    }
    let figure = |what, lanes: &[Lane<'_>]| {
        let measured = lanes.iter().map(|lane| {
            let ratio = median(&ratios(&lane.rounds.rate, &floor.rate));
            (lane.subject.name.as_str(), ratio)
        });
        Figure::new(what, Reach::AtLeast(0.85), "", measured)
    };
    let figures = vec![
        figure("find-match requests/s over the floor's, keys of their own", &plain[1..]),
        figure("find-match requests/s over the floor's, one hot key", hot),
    ];
    Report { tables: vec![table], figures, ..Report::default() }
}
