//! A start: from the system call that makes the process to its first answer.

use std::{
    fs,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::process::{Process, free_address},
    engine::Outcome,
    report::{Cell, Figure, Reach, Report, Table},
    subject::{Subject, get},
};

/// How often each program is started.
const STARTS: usize = 15;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn measure(subjects: &[Subject]) -> Outcome<Report> {
    let programs: Vec<(&Path, &Subject)> =
        subjects.iter().filter_map(|subject| Some((subject.program()?.as_ref(), subject))).collect();
    let mut starts = vec![Vec::new(); programs.len()];
    for _ in 0..STARTS {
        for ((program, subject), starts) in programs.iter().zip(&mut starts) {
            starts.push(subject.named(start(program, subject))?.as_secs_f64() * 1000.0);
        }
    }
    let times: Vec<Cell> = starts.into_iter().map(Cell::runs).collect();
    #[expect(clippy::cast_precision_loss, reason = "a size is told to three digits")]
    let sizes = programs.iter().map(|(program, _)| Ok(Cell::one(fs::metadata(program)?.len() as f64 / 1e6)));
    let sizes = sizes.collect::<Outcome<Vec<Cell>>>()?;
    let mut table = Table::new("Start", subjects.iter().map(|subject| &subject.name));
    let named = |cells: &[Cell]| -> Vec<(&str, Option<f64>)> {
        subjects.iter().zip(cells).map(|(subject, cell)| (subject.name.as_str(), cell.median())).collect()
    };
    let figures = vec![
        Figure::new("exec to first answer", Reach::AtMost(50.0), "ms", named(&times)),
        Figure::new("size of the binary", Reach::AtMost(8.0), "MB", named(&sizes)),
    ];
    table.row("exec to first answer, ms", times);
    table.row("size of the binary, MB", sizes);
    table.note(format!(
        "{STARTS} starts, {}; the binary as it is, which the release profile strips",
        subjects[0].terms(&[])
    ));
    Ok(Report { tables: vec![table], figures, ..Report::default() })
}

fn start(program: &Path, subject: &Subject) -> Outcome<Duration> {
    let address = free_address()?;
    let begun = Instant::now();
    let mut process = Process::spawn(
        program,
        [format!("--port={}", address.port())].into_iter().chain(subject.flags(&[])),
        Stdio::null(),
    )?;
    loop {
        // Until it listens, it refuses connections.
        if let Ok(Some(_)) = get(address, "/healthz") {
            return Ok(begun.elapsed());
        }
        process.check()?;
        if begun.elapsed() > PATIENCE {
            return Err("a server that was started does not answer".into());
        }
        thread::sleep(Duration::from_micros(200));
    }
}
