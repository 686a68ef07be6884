//! Matches between connected players in a closed loop: how many a second, what one costs, and how soon both players know.

use crate::{
    client::latency::Latencies,
    crowd::Crowd,
    engine::Outcome,
    options::Options,
    play::Pace,
    rates,
    report::{Cell, Figure, Reach, Report, Table},
    requests::{self, Keys},
    rounds::{Cost, order, transposed},
    statistics::{median, ratios},
    subject::Subject,
};

/// How many matches are made one at a time, in a round.
const ONE_AT_A_TIME: usize = 1500;

/// How many windows are played at the greatest rate, in a round.
const WINDOWS: usize = 3;

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
        let alone = crowd.window(ONE_AT_A_TIME.min(crowd.count()), Pace::Closed(1))?;
        self.alone_p50.push(micros(&alone.timed.latencies, 50.0));
        self.alone_p99.push(micros(&alone.timed.latencies, 99.0));
        self.alone_cost.add(alone.spent(), alone.matches);
        let most = crowd.windows(WINDOWS, crowd.count(), Pace::Closed(in_flight))?;
        self.rate.push(most.rate());
        self.cost.add(most.spent(), most.matches);
        crowd.leave()
    }
}

pub(crate) fn measure(options: &Options, floor: &Subject, subjects: &[Subject]) -> Outcome<Report> {
    let mut floor_cost = Cost::default();
    let mut rounds: Vec<Rounds> = subjects.iter().map(|_| Rounds::default()).collect();
    for round in 0..options.rounds {
        let (_, spent, calls) =
            floor.named(requests::ask(floor, Keys::OfTheirOwn, usize::from(options.connections), options.time))?;
        floor_cost.add(spent, calls);
        for index in order(round, subjects.len()) {
            subjects[index].named(rounds[index].add(options, &subjects[index]))?;
        }
    }
    let mut report = closed_loop(options, &floor_cost, &rounds, subjects);
    let greatest: Vec<f64> = rounds.iter().filter_map(|rounds| median(&rounds.rate)).collect();
    report.add(rates::measure(options, subjects, &greatest)?);
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

pub(crate) fn micros(latencies: &Latencies, percent: f64) -> f64 {
    latencies.percentile(percent).as_secs_f64() * 1e6
}
