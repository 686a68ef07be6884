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
    report::{Cell, Figure, Reach, Report, Table, number},
    schedule::Schedule,
    subject::{Running, Subject},
    usage::Processor,
};

/// How many expire at once.
const CROWD: u32 = 100_000;

/// How long they wait before: longer than it takes to let them in.
const SEARCH_TIME: Duration = Duration::from_secs(6);

/// How often others call, in a second, and for how many seconds.
const RATE: u32 = 2000;
const SECONDS: u32 = 5;
const CALLS: u32 = RATE * SECONDS;

/// How often it is repeated.
const BURSTS: u32 = 3;

const LANES: usize = 128;

/// What is told of a burst.
const ROWS: [&str; 7] = [
    "p50",
    "p99",
    "p99.9",
    "max",
    "written late p99.9",
    "server CPU a call, with the expiries, µs",
    "  the same calls when nothing expires, µs",
];

/// How long the server may take to tell that all have expired.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn measure(options: &Options, subjects: &[Subject]) -> Outcome<Report> {
    let mut table = Table::new(
        format!("Calls while {CROWD} tickets expire at once, {RATE}/s for {SECONDS} s, ms"),
        subjects.iter().map(|subject| &subject.name),
    );
    let mut rounds: Vec<Vec<[f64; 7]>> = vec![Vec::new(); subjects.len()];
    for _ in 0..options.rounds.min(BURSTS) {
        for (subject, rounds) in subjects.iter().zip(&mut rounds) {
            rounds.push(subject.named(burst(subject))?);
        }
    }
    let cells =
        |column: usize| rounds.iter().map(move |rounds| Cell::runs(rounds.iter().map(|round| round[column]).collect()));
    for (column, what) in ROWS.into_iter().enumerate() {
        table.row(what, cells(column));
    }
    table.note(format!(
        "{}; the server is stopped while they fall due, and goes on when the calls begin",
        subjects[0].terms(&[&flag()])
    ));
    let measured = subjects.iter().zip(cells(2)).map(|(subject, cell)| (subject.name.as_str(), cell.median()));
    let figure = Figure::new(
        format!("a burst of {} expiries: p99.9 of other calls", number(f64::from(CROWD))),
        Reach::AtMost(10.0),
        "ms",
        measured,
    );
    Ok(Report { tables: vec![table], figures: vec![figure], ..Report::default() })
}

fn flag() -> String {
    format!("--search-time={}s", SEARCH_TIME.as_secs())
}

/// One burst: the percentiles of the calls beside it, and how late they were written, in milliseconds; and what a
/// call cost, with and without the expiries.
fn burst(subject: &Subject) -> Outcome<[f64; 7]> {
    let search_time = search_time(subject)?;
    let running = subject.start(&[&flag()])?;
    let pid = running.pid.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).ok_or("the process must be known")?;
    let mut engine = Engine::connect(running.address, LANES)?;
    let first_due = Instant::now() + search_time;
    let mut crowd = Asking::new(Under::KeysFrom(0), CROWD);
    closed::run(&mut engine, &mut crowd, None)?;
    crowd.check_sum()?;
    let last_due = Instant::now() + search_time;
    // So that everything is due in one moment: the sweep that comes next.
    thread::sleep(first_due.saturating_duration_since(Instant::now() + Duration::from_millis(200)));
    if expired(&running)? > 0 {
        return Err("tickets expired while others were still let in".into());
    }
    kill_process(pid, Signal::STOP)?;
    thread::sleep(last_due.saturating_duration_since(Instant::now()) + Duration::from_millis(50));
    let before = running.processor()?;
    kill_process(pid, Signal::CONT)?;
    let Timed { latencies, lateness } = call(&mut engine, 2)?;
    wait_until_expired(&running)?;
    let within = each(before, running.processor()?);
    // The same again, when nothing falls due.
    let before = running.processor()?;
    call(&mut engine, 3)?;
    let without = each(before, running.processor()?);
    drop(engine);
    check_log(subject, &running)?;
    running.end()?;
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let [half, most, nearly_all] = [50.0, 99.0, 99.9].map(|percent| millis(latencies.percentile(percent)));
    Ok([half, most, nearly_all, millis(latencies.max()), millis(lateness.percentile(99.9)), within, without])
}

/// Calls by others, at their rate, under keys that nobody else asks under.
fn call(engine: &mut Engine, number: u64) -> Outcome<Timed> {
    let mut others = Asking::new(Under::Shared { players: 2, from: number * u64::from(CROWD) }, CALLS);
    let schedule = Schedule::new(Instant::now(), f64::from(RATE), CALLS as usize);
    let timed = open::run(engine, &mut others, schedule)?;
    others.check_sum()?;
    Ok(timed)
}

/// The processor time of a call, with all that was done beside the calls, in microseconds.
fn each(before: Option<Processor>, after: Option<Processor>) -> f64 {
    let spent = after.zip(before).map(|(after, before)| after - before).unwrap_or_default();
    spent.total.as_secs_f64() * 1e6 / f64::from(CALLS)
}

/// How long tickets live on this server: what its flags say counts.
fn search_time(subject: &Subject) -> Outcome<Duration> {
    let told = subject.value_of("--search-time").map(humantime::parse_duration).transpose()?;
    Ok(told.unwrap_or(SEARCH_TIME))
}

/// Fails unless the log has a line for each player who joined a queue: one of two of those who are paired, and the crowd.
fn check_log(subject: &Subject, running: &Running) -> Outcome<()> {
    if subject.value_of("--log-level").is_some() {
        return Ok(());
    }
    let (joined, begun) = (u64::from(CROWD + CALLS), Instant::now());
    loop {
        match running.log_lines("queue joined")? {
            Some(lines) if lines != joined && begun.elapsed() > PATIENCE => {
                return Err(format!("{joined} players joined a queue, and the log tells of {lines}").into());
            }
            Some(lines) if lines != joined => thread::sleep(Duration::from_millis(100)),
            _ => return Ok(()),
        }
    }
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
