//! Matches between connected players: how many a second, what one costs, and how soon both players know.

use crate::{
    client::latency::Latencies,
    closed,
    engine::{Engine, Outcome},
    open::Timed,
    options::Options,
    pairs::{Finishing, Pairs},
    play::{Pace, play},
    report::{Cell, Curve, Figure, Point, Reach, Report, Table},
    requests::{self, Keys},
    rounds::{Cost, order, transposed},
    statistics::{median, ratios},
    subject::{Running, Subject},
    usage::Processor,
};

/// How many matches are made one at a time, in a round.
const ONE_AT_A_TIME: usize = 1500;

/// How many windows are played at the greatest rate, in a round.
const WINDOWS: usize = 3;

/// How long one rate is kept up, in seconds.
const RATE_TIME: f64 = 4.0;

/// How many requests an open loop can have under way.
const LANES: usize = 256;

/// Below this share of the rate that was wanted, it was not kept.
const KEPT: f64 = 0.97;

/// Pairs of players of a server that runs.
struct Crowd {
    running: Running,
    engine: Engine,
    pairs: Pairs,
}

/// What windows came to.
#[derive(Debug, Default)]
struct Windows {
    timed: Timed,
    matches: u64,
    seconds: f64,
    spent: Option<Processor>,
}

impl Crowd {
    fn gather(subject: &Subject, lanes: usize, pairs: usize) -> Outcome<Self> {
        let running = subject.start(&[])?;
        let mut engine = Engine::connect(running.address, lanes)?;
        let pairs = Pairs::register(&mut engine, pairs, subject.first_key())?;
        let mut crowd = Self { running, engine, pairs };
        // Once through everything, so that nothing is done for the first time.
        let warm_up = crowd.pairs.count().min(ONE_AT_A_TIME);
        crowd.window(warm_up, Pace::Closed(lanes.min(64)))?;
        Ok(crowd)
    }

    /// Has the first pairs matched; their matches are finished after the time that counts.
    fn window(&mut self, count: usize, pace: Pace) -> Outcome<Windows> {
        let before = self.running.processor()?;
        let played = play(&mut self.engine, &mut self.pairs, count, pace)?;
        let after = self.running.processor()?;
        let lanes = self.engine.wire.lanes();
        closed::run(&mut self.engine, &mut Finishing::new(&mut self.pairs, count, lanes), None)?;
        Ok(Windows {
            timed: played.timed,
            matches: count as u64,
            seconds: played.time.as_secs_f64(),
            spent: after.zip(before).map(|(after, before)| after - before),
        })
    }

    fn windows(&mut self, windows: usize, count: usize, pace: Pace) -> Outcome<Windows> {
        let mut all = Windows::default();
        for _ in 0..windows {
            let window = self.window(count, pace)?;
            all.timed.latencies.merge(&window.timed.latencies);
            all.timed.lateness.merge(&window.timed.lateness);
            all.matches += window.matches;
            all.seconds += window.seconds;
            all.spent = window.spent.map(|spent| spent + all.spent.unwrap_or_default());
        }
        Ok(all)
    }

    fn leave(self) -> Outcome<()> {
        drop(self.engine);
        self.running.end()
    }
}

impl Windows {
    #[expect(clippy::cast_precision_loss, reason = "a rate is told to three digits")]
    fn rate(&self) -> f64 {
        self.matches as f64 / self.seconds
    }
}

/// What the rounds of one server came to.
#[derive(Debug, Default)]
struct Rounds {
    alone_p50: Vec<f64>,
    alone_p99: Vec<f64>,
    alone_cost: Cost,
    rate: Vec<f64>,
    cost: Cost,
}

impl Rounds {
    fn add(&mut self, options: &Options, subject: &Subject) -> Outcome<()> {
        let in_flight = usize::from(options.in_flight);
        let mut crowd = Crowd::gather(subject, in_flight, usize::from(options.pairs))?;
        let alone = crowd.window(ONE_AT_A_TIME.min(crowd.pairs.count()), Pace::Closed(1))?;
        self.alone_p50.push(micros(&alone.timed.latencies, 50.0));
        self.alone_p99.push(micros(&alone.timed.latencies, 99.0));
        self.alone_cost.add(alone.spent, alone.matches);
        let most = crowd.windows(WINDOWS, crowd.pairs.count(), Pace::Closed(in_flight))?;
        self.rate.push(most.rate());
        self.cost.add(most.spent, most.matches);
        crowd.leave()
    }
}

pub(crate) fn measure(options: &Options, floor: &Subject, subjects: &[Subject]) -> Outcome<Report> {
    let mut floor_cost = Cost::default();
    let mut rounds: Vec<Rounds> = subjects.iter().map(|_| Rounds::default()).collect();
    for round in 0..options.rounds {
        let (_, spent, calls) = requests::ask(floor, Keys::OfTheirOwn, usize::from(options.connections), options.time)?;
        floor_cost.add(spent, calls);
        for index in order(round, subjects.len()) {
            rounds[index].add(options, &subjects[index])?;
        }
    }
    let mut report = closed_loop(options, &floor_cost, &rounds, subjects);
    for (subject, rounds) in subjects.iter().zip(&rounds) {
        report.add(open_loop(options, subject, median(&rounds.rate).unwrap_or_default())?);
    }
    report.figures.push(half_rate(&report.curves, options, "p99", |point| point.p99, 2.0));
    report.figures.push(half_rate(&report.curves, options, "p99.9", |point| point.p999, 10.0));
    Ok(report)
}

fn closed_loop(options: &Options, floor: &Cost, rounds: &[Rounds], subjects: &[Subject]) -> Report {
    let mut table = Table::new("Matches between connected players", subjects.iter().map(|subject| &subject.name));
    let cells = |of: fn(&Rounds) -> &Vec<f64>| rounds.iter().map(move |rounds| Cell::runs(of(rounds).clone()));
    table.row("one at a time: second request to both told, p50, µs", cells(|rounds| &rounds.alone_p50));
    table.row("  p99, µs", cells(|rounds| &rounds.alone_p99));
    table.row("  server CPU a match, µs", cells(|rounds| &rounds.alone_cost.each));
    table.row(format!("{} at a time: matches/s", options.in_flight), cells(|rounds| &rounds.rate));
    let [each, user, kernel] = transposed(rounds.iter().map(|rounds| rounds.cost.cells()));
    table.row("  server CPU a match, µs", each);
    table.row("    user", user);
    table.row("    kernel", kernel);
    let over = |rounds: &Rounds| ratios(&rounds.cost.each, &floor.each);
    table.row("  over the floor's CPU a request", rounds.iter().map(|rounds| Cell::runs(over(rounds))));
    table.note(format!("the floor's CPU a request, µs: {}", Cell::runs(floor.each.clone())));
    table.note(format!(
        "{} rounds of {WINDOWS} windows, in each of which {} pairs are matched once; finishing them is not counted",
        options.rounds, options.pairs
    ));
    let each = |of: &dyn Fn(&Rounds) -> Option<f64>| -> Vec<(&str, Option<f64>)> {
        subjects.iter().zip(rounds).map(|(subject, rounds)| (subject.name.as_str(), of(rounds))).collect()
    };
    let figures = vec![
        Figure::new(
            "server CPU for a match over the floor's for a request",
            Reach::AtMost(4.5),
            "",
            each(&|rounds| median(&over(rounds))),
        ),
        Figure::new(
            "second request to both told, one pair at a time, p50",
            Reach::AtMost(150.0),
            "µs",
            each(&|rounds| median(&rounds.alone_p50)),
        ),
    ];
    Report { tables: vec![table], figures, ..Report::default() }
}

/// Latency at rates that are kept up whatever the server does.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "there are a few windows")]
fn open_loop(options: &Options, subject: &Subject, most: f64) -> Outcome<Report> {
    let columns =
        ["p50", "p99", "p99.9", "max", "CPU a match, µs", "written late p99", "p99.9", "matches", "rate kept"];
    let mut table = Table::new(format!("Second request to both told, ms, in an open loop: {}", subject.name), columns);
    let mut curve = Curve { subject: subject.name.clone(), points: Vec::new() };
    for percent in &options.rates {
        let rate = most * f64::from(*percent) / 100.0;
        // A server of its own for each: its pings come 20 s later, and none is measured with.
        let mut crowd = Crowd::gather(subject, LANES, usize::from(options.pairs))?;
        let wanted = rate * RATE_TIME;
        let windows = (wanted / f64::from(options.pairs)).ceil().max(1.0);
        let all = crowd.windows(windows as usize, (wanted / windows) as usize, Pace::Open(rate))?;
        crowd.leave()?;
        let Timed { latencies, lateness } = &all.timed;
        let millis = |percent| micros(latencies, percent) / 1000.0;
        let point = Point {
            rate,
            p50: millis(50.0),
            p99: millis(99.0),
            p999: millis(99.9),
            max: latencies.max().as_secs_f64() * 1000.0,
        };
        let mut cost = Cost::default();
        cost.add(all.spent, all.matches);
        let kept = all.rate() / rate;
        let cells = [point.p50, point.p99, point.p999, point.max].map(Cell::one).into_iter();
        let cells = cells.chain([Cell::runs(cost.each)]);
        let cells = cells.chain([99.0, 99.9].map(|percent| Cell::one(micros(lateness, percent) / 1000.0)));
        #[expect(clippy::cast_precision_loss, reason = "some thousand matches")]
        let cells = cells.chain([Cell::one(all.matches as f64), Cell::one(kept)]);
        let verdict = if kept < KEPT { ", NOT KEPT" } else { "" };
        table.row(format!("{percent} %: {rate:.0} matches/s{verdict}"), cells);
        curve.points.push(point);
    }
    table.note(format!("percentages are of {most:.0} matches/s, the greatest rate in a closed loop"));
    table.note("latency counts from when the second request was due; written late is the generator's own share of it");
    Ok(Report { tables: vec![table], curves: vec![curve], ..Report::default() })
}

/// What is to be reached at half the greatest rate.
fn half_rate(curves: &[Curve], options: &Options, name: &str, of: fn(&Point) -> f64, most: f64) -> Figure {
    let half = options.rates.iter().position(|percent| *percent == 50);
    let measured =
        curves.iter().map(|curve| (curve.subject.as_str(), half.and_then(|half| curve.points.get(half)).map(of)));
    let what = match name {
        "p99" => "the same, open loop at half the greatest rate, p99",
        _ => "the same, open loop at half the greatest rate, p99.9",
    };
    Figure::new(what, Reach::AtMost(most), "ms", measured)
}

fn micros(latencies: &Latencies, percent: f64) -> f64 {
    latencies.percentile(percent).as_secs_f64() * 1e6
}
