//! Growth: what a call costs when many wait, are connected, or were matched.

use std::time::Duration;

use crate::{
    engine::Outcome,
    filling::Filled,
    options::Options,
    report::{Cell, Figure, Reach, Report, Table, number},
    rounds::{Cost, order, transposed},
    sizes::FLAGS,
    statistics::{median, ratios},
    subject::Subject,
};

/// How many wait where it is not the number of those who wait that is measured.
const FEW: u32 = 1000;

/// The first key of those who wait beside matches, which have the keys before.
const BESIDE: u64 = 100_000_000;

/// How long a server is left alone to see what it does of itself.
const IDLE: Duration = Duration::from_secs(1);

/// What the rounds of one server came to.
#[derive(Debug, Default)]
struct Rounds {
    rate: Vec<f64>,
    cost: Cost,
    idle: Vec<f64>,
}

/// Measures these servers, which are full of tickets, of matches and of sockets, and smaller ones beside them.
#[expect(clippy::cast_precision_loss, reason = "a rate is told to three digits")]
pub(crate) fn measure(options: &Options, subject: &Subject, full: [Filled; 3]) -> Outcome<Report> {
    let mut servers = beside(subject)?;
    let [tickets, mut matches, mut sockets] = full;
    matches.fill(BESIDE, FEW)?;
    sockets.fill(BESIDE, FEW)?;
    servers.extend([tickets, matches, sockets]);
    for server in &mut servers {
        server.renew()?;
        // Once without counting.
        server.swap(options.time / 8)?;
    }
    let mut rounds: Vec<Rounds> = servers.iter().map(|_| Rounds::default()).collect();
    for round in 0..options.rounds {
        for index in order(round, servers.len()) {
            let (done, spent) = servers[index].swap(options.time / 2)?;
            rounds[index].rate.push(done.calls as f64 / done.time.as_secs_f64());
            rounds[index].cost.add(Some(spent), done.calls);
        }
    }
    for (server, rounds) in servers.iter().zip(&mut rounds) {
        rounds.idle.push(server.idle(IDLE)? * 1000.0);
    }
    let report = report(options, subject, &servers, &rounds);
    servers.into_iter().try_for_each(Filled::end)?;
    Ok(report)
}

/// The smaller servers; the first is what all are compared with.
fn beside(subject: &Subject) -> Outcome<Vec<Filled>> {
    let server = |name: &str, waiting, sockets| -> Outcome<Filled> {
        let mut filled = Filled::empty(subject, FLAGS)?.named(name);
        filled.fill(0, waiting)?;
        filled.connect(sockets)?;
        Ok(filled)
    };
    Ok(vec![
        server("1000 waiting, 1 socket", FEW, 1)?,
        server("100000 waiting", 100_000, 0)?,
        server("1000 sockets", FEW, 1000)?,
    ])
}

fn report(options: &Options, subject: &Subject, servers: &[Filled], rounds: &[Rounds]) -> Report {
    let columns = ["calls/s", "CPU a call, µs", "user", "kernel", "over the first", "idle, ms/s"];
    let mut table = Table::new(format!("Growth: {}", subject.name), columns);
    let over = |rounds: &[Rounds], index: usize| ratios(&rounds[index].cost.each, &rounds[0].cost.each);
    let costs: [Vec<Cell>; 3] = transposed(rounds.iter().map(|rounds| rounds.cost.cells()));
    for (index, server) in servers.iter().enumerate() {
        let cells = [Cell::runs(rounds[index].rate.clone())].into_iter();
        let cells = cells.chain(costs.iter().map(|cells| cells[index].clone()));
        let cells = cells.chain([Cell::runs(over(rounds, index)), Cell::runs(rounds[index].idle.clone())]);
        table.row(server.name.clone(), cells);
    }
    table.note("somebody new is paired under a random key and another waits there anew, so that the sizes stay");
    table.note(format!(
        "{FEW} wait where nothing else is said; {} rounds of {} ms",
        options.rounds,
        (options.time / 2).as_millis()
    ));
    let index = servers.iter().rposition(|server| server.name == format!("{} waiting", options.most));
    let grown = index.and_then(|index| median(&over(rounds, index)));
    let figure = Figure::new(
        format!(
            "server CPU of a call with {} waiting over that with {}",
            number(f64::from(options.most)),
            number(f64::from(FEW))
        ),
        Reach::AtMost(1.25),
        "",
        [(subject.name.as_str(), grown)],
    );
    Report { tables: vec![table], figures: vec![figure], ..Report::default() }
}
