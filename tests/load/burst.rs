//! A burst: the time of a crowd of waiting players is over at once, while others call.

use std::{
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    asking::{Asking, Under},
    closed,
    engine::{Engine, Outcome},
    open::{self, Timed},
    options::Options,
    report::{Cell, Figure, Reach, Report, Table},
    schedule::Schedule,
    subject::{Running, Subject},
};

/// How many expire at once.
const CROWD: u32 = 100_000;

/// How long they wait before: longer than it takes to let them in.
const SEARCH_TIME: Duration = Duration::from_secs(6);

/// How often others call, in a second, and for how many seconds.
const RATE: u32 = 2000;
const SECONDS: u32 = 5;

/// How often it is repeated.
const BURSTS: u32 = 3;

const LANES: usize = 128;

/// How long the server may take to tell that all have expired.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn measure(options: &Options, subjects: &[Subject]) -> Outcome<Report> {
    let mut table = Table::new(
        format!("Calls while {CROWD} tickets expire at once, {RATE}/s for {SECONDS} s, ms"),
        subjects.iter().map(|subject| &subject.name),
    );
    let mut rounds: Vec<Vec<[f64; 5]>> = vec![Vec::new(); subjects.len()];
    for _ in 0..options.rounds.min(BURSTS) {
        for (subject, rounds) in subjects.iter().zip(&mut rounds) {
            rounds.push(burst(subject)?);
        }
    }
    let cells =
        |column: usize| rounds.iter().map(move |rounds| Cell::runs(rounds.iter().map(|round| round[column]).collect()));
    for (column, what) in ["p50", "p99", "p99.9", "max", "written late p99.9"].into_iter().enumerate() {
        table.row(what, cells(column));
    }
    table.note(format!(
        "with --search-time={}s; the server is stopped while they fall due, and goes on when the calls begin",
        SEARCH_TIME.as_secs()
    ));
    let measured = subjects.iter().zip(cells(2)).map(|(subject, cell)| (subject.name.as_str(), cell.median()));
    let figure = Figure::new("a burst of 100,000 expiries: p99.9 of other calls", Reach::AtMost(10.0), "ms", measured);
    Ok(Report { tables: vec![table], figures: vec![figure], ..Report::default() })
}

/// One burst: the percentiles of the calls beside it, and how late they were written, in milliseconds.
fn burst(subject: &Subject) -> Outcome<[f64; 5]> {
    let flag = format!("--search-time={}s", SEARCH_TIME.as_secs());
    let running = subject.start(&[&flag])?;
    let pid = running.pid.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).ok_or("the process must be known")?;
    let mut engine = Engine::connect(running.address, LANES)?;
    let first_due = Instant::now() + SEARCH_TIME;
    let mut crowd = Asking::new(Under::KeysFrom(0), CROWD);
    closed::run(&mut engine, &mut crowd, None)?;
    crowd.check_sum()?;
    let last_due = Instant::now() + SEARCH_TIME;
    // So that everything is due in one moment: the sweep that comes next.
    thread::sleep(first_due.saturating_duration_since(Instant::now() + Duration::from_millis(200)));
    if expired(&running)? > 0 {
        return Err("tickets expired while others were still let in".into());
    }
    kill_process(pid, Signal::STOP)?;
    thread::sleep(last_due.saturating_duration_since(Instant::now()) + Duration::from_millis(50));
    let calls = RATE * SECONDS;
    let mut others = Asking::new(Under::Shared { players: 2, from: 2 * u64::from(CROWD) }, calls);
    kill_process(pid, Signal::CONT)?;
    let schedule = Schedule::new(Instant::now(), f64::from(RATE), calls as usize);
    let Timed { latencies, lateness } = open::run(&mut engine, &mut others, schedule)?;
    others.check_sum()?;
    wait_until_expired(&running)?;
    drop(engine);
    running.end()?;
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let [half, most, nearly_all] = [50.0, 99.0, 99.9].map(|percent| millis(latencies.percentile(percent)));
    Ok([half, most, nearly_all, millis(latencies.max()), millis(lateness.percentile(99.9))])
}

/// How many tickets have expired, as the server counts.
fn expired(running: &Running) -> Outcome<u64> {
    let metrics = running.metrics()?.ok_or("the server does not count what expires")?;
    Ok(metrics.get("tickets_ended_total")?)
}

fn wait_until_expired(running: &Running) -> Outcome<()> {
    let begun = Instant::now();
    loop {
        let expired = expired(running)?;
        if expired >= u64::from(CROWD) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("of {CROWD} tickets, {expired} have expired").into());
        }
        thread::sleep(Duration::from_millis(100));
    }
}
