//! Matches between connected players at rates that are kept up whatever the server does: how soon both players know.

use crate::{
    crowd::{Crowd, Windows},
    engine::Outcome,
    matches::micros,
    options::Options,
    play::Pace,
    report::{Cell, Curve, Figure, Point, Reach, Report, Table},
    rounds::{Cost, order},
    stalls,
    statistics::median,
    subject::Subject,
};

/// How long one rate is kept up in a round, in seconds.
const RATE_TIME: f64 = 2.0;

/// How many requests can be under way.
const LANES: usize = 256;

/// Below this share of the rate that was wanted, it was not kept.
const KEPT: f64 = 0.97;

/// What the rounds of one server came to at one rate.
#[derive(Debug, Default)]
struct Rounds {
    /// In milliseconds: half of the players know by then, 99 of 100, 999 of 1000, and all.
    percentiles: [Vec<f64>; 4],
    cost: Cost,
    /// Likewise, how late the generator was.
    late: [Vec<f64>; 2],
    matches: u64,
    kept: Vec<f64>,
}

impl Rounds {
    fn add(&mut self, rate: f64, all: &Windows) {
        for (runs, percent) in self.percentiles.iter_mut().zip([50.0, 99.0, 99.9, 100.0]) {
            runs.push(micros(&all.timed.latencies, percent) / 1000.0);
        }
        for (runs, percent) in self.late.iter_mut().zip([99.0, 99.9]) {
            runs.push(micros(&all.timed.lateness, percent) / 1000.0);
        }
        self.cost.add(all.spent(), all.matches);
        self.matches += all.matches;
        self.kept.push(all.rate() / rate);
    }

    fn point(&self, rate: f64) -> Point {
        let [p50, p99, p999, max] = self.percentiles.each_ref().map(|runs| median(runs).unwrap_or_default());
        Point { rate, p50, p99, p999, max }
    }

    #[expect(clippy::cast_precision_loss, reason = "some ten thousand matches")]
    fn cells(&self) -> Vec<Cell> {
        let runs = self.percentiles.iter().chain([&self.cost.each]).chain(&self.late);
        let cells = runs.map(|runs| Cell::runs(runs.clone()));
        cells.chain([Cell::one(self.matches as f64), Cell::runs(self.kept.clone())]).collect()
    }
}

/// Measures each server at shares of its own greatest rate.
pub(crate) fn measure(options: &Options, subjects: &[Subject], greatest: &[f64]) -> Outcome<Report> {
    let stalls = stalls::of_this_machine();
    let rates = |index: usize| options.rates.iter().map(move |percent| greatest[index] * f64::from(*percent) / 100.0);
    let mut rounds: Vec<Vec<Rounds>> =
        subjects.iter().map(|_| options.rates.iter().map(|_| Rounds::default()).collect()).collect();
    for round in 0..options.rounds {
        for index in order(round, subjects.len()) {
            for (rate, rounds) in rates(index).zip(&mut rounds[index]) {
                rounds.add(rate, &subjects[index].named(keep_up(options, &subjects[index], rate))?);
            }
        }
    }
    let mut report = Report::default();
    for (index, subject) in subjects.iter().enumerate() {
        let mut table = table(options, subject, rates(index).zip(&rounds[index]));
        table.note(format!("percentages are of {:.0} matches/s, the greatest rate in a closed loop", greatest[index]));
        table.note(stalls.to_string());
        report.tables.push(table);
        let points = rates(index).zip(&rounds[index]).map(|(rate, rounds)| rounds.point(rate)).collect();
        report.curves.push(Curve { subject: subject.name.clone(), points });
    }
    let what = "the same, open loop at half the greatest rate, p99";
    report.figures.push(half_rate(&report.curves, options, what, |point| point.p99, 2.0));
    let what = "the same, open loop at half the greatest rate, p99.9";
    report.figures.push(half_rate(&report.curves, options, what, |point| point.p999, 10.0));
    Ok(report)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "there are a few windows")]
fn keep_up(options: &Options, subject: &Subject, rate: f64) -> Outcome<Windows> {
    // A server of its own for each: its pings come 20 s later, and none is measured with.
    let mut crowd = Crowd::gather(subject, LANES, usize::from(options.pairs))?;
    let wanted = rate * RATE_TIME;
    let windows = (wanted / f64::from(options.pairs)).ceil().max(1.0);
    let all = crowd.windows(windows as usize, (wanted / windows) as usize, Pace::Open(rate))?;
    crowd.leave()?;
    Ok(all)
}

fn table<'a>(options: &Options, subject: &Subject, measured: impl Iterator<Item = (f64, &'a Rounds)>) -> Table {
    let columns =
        ["p50", "p99", "p99.9", "max", "CPU a match, µs", "written late p99", "p99.9", "matches", "rate kept"];
    let mut table = Table::new(format!("Second request to both told, ms, in an open loop: {}", subject.name), columns);
    for (percent, (rate, rounds)) in options.rates.iter().zip(measured) {
        let verdict = if median(&rounds.kept).is_none_or(|kept| kept < KEPT) { ", NOT KEPT" } else { "" };
        table.row(format!("{percent} %: {rate:.0} matches/s{verdict}"), rounds.cells());
    }
    table.note(format!("{} rounds of {RATE_TIME} s, {}", options.rounds, subject.terms(&[])));
    table.note("latency counts from when the second request was due; written late is the generator's own share of it");
    table
}

/// What is to be reached at half the greatest rate.
fn half_rate(curves: &[Curve], options: &Options, what: &'static str, of: impl Fn(&Point) -> f64, most: f64) -> Figure {
    let half = options.rates.iter().position(|percent| *percent == 50);
    let measured =
        curves.iter().map(|curve| (curve.subject.as_str(), half.and_then(|half| curve.points.get(half)).map(&of)));
    Figure::new(what, Reach::AtMost(most), "ms", measured)
}
