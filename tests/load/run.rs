//! A whole run.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    burst,
    engine::Outcome,
    matches,
    options::{Options, Part},
    plot,
    report::{Machine, Report},
    requests, sizes, start,
};

/// Measures what is asked for, and writes what machines read.
pub(crate) fn run(options: &Options) -> Outcome<Report> {
    raise_descriptor_limit()?;
    let (floor, subjects) = (options.floor()?, options.subjects()?);
    let mut report = Report { machine: Machine::this()?, ..Report::default() };
    for part in Part::value_variants().iter().filter(|part| options.has(**part)) {
        let begun = Instant::now();
        eprint!("{part:?} …");
        report.add(match part {
            Part::Requests => requests::measure(options, &floor, &subjects)?,
            Part::Matches => matches::measure(options, &floor, &subjects)?,
            // Growth takes the servers that memory has filled.
            Part::Growth if options.has(Part::Memory) => Report::default(),
            Part::Memory | Part::Growth => sizes::measure(options, &subjects)?,
            Part::Burst => burst::measure(options, &subjects)?,
            Part::Start => start::measure(&subjects)?,
        });
        eprintln!(" {}", humantime::format_duration(Duration::from_secs(begun.elapsed().as_secs())));
    }
    write(&options.json, &serde_json::to_string_pretty(&report)?)?;
    if !report.curves.is_empty() {
        write(&options.svg, &plot::svg(&report.curves)?)?;
    }
    Ok(report)
}

/// Lets this process have as many connections as the system allows.
fn raise_descriptor_limit() -> Outcome<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, text)?)
}
