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
    redis_server::RedisServer,
    report::{Machine, Report},
    requests, sizes, start, stores,
    subject::Subject,
};

/// Measures what is asked for. What was measured before something failed is told beside the failure.
pub(crate) fn run(options: &Options) -> (Report, Outcome<()>) {
    let mut report = Report::default();
    let outcome = measure(options, &mut report);
    (report, outcome)
}

fn measure(options: &Options, report: &mut Report) -> Outcome<()> {
    // Rather now than when all has been measured.
    make_folder(&options.json)?;
    make_folder(&options.svg)?;
    raise_descriptor_limit()?;
    if options.has(Part::Redis) && !RedisServer::is_installed() {
        return Err("Redis 7 or later is not there to be measured; tests/redis_server/install installs it".into());
    }
    let (floor, subjects) = (options.floor()?, options.subjects()?);
    report.machine = Machine::this()?;
    for part in Part::value_variants().iter().filter(|part| options.has(**part)) {
        let begun = Instant::now();
        eprint!("{part:?} …");
        let measured = measure_part(*part, options, &floor, &subjects);
        eprintln!(" {}", humantime::format_duration(Duration::from_secs(begun.elapsed().as_secs())));
        report.add(measured.map_err(|error| format!("{part:?} of {error}"))?);
    }
    Ok(())
}

fn measure_part(part: Part, options: &Options, floor: &Subject, subjects: &[Subject]) -> Outcome<Report> {
    match part {
        Part::Requests => requests::measure(options, floor, subjects),
        Part::Matches => matches::measure(options, floor, subjects),
        // Growth takes the servers that memory has filled.
        Part::Growth if options.has(Part::Memory) => Ok(Report::default()),
        Part::Memory | Part::Growth => sizes::measure(options, subjects),
        Part::Burst => burst::measure(options, subjects),
        Part::Start => start::measure(subjects),
        Part::Redis => stores::measure(options, subjects),
    }
}

/// Writes what machines read, and the plot.
pub(crate) fn write(options: &Options, report: &Report) -> Outcome<()> {
    write_file(&options.json, &serde_json::to_string_pretty(report)?)?;
    if !report.curves.is_empty() {
        write_file(&options.svg, &plot::svg(&report.curves)?)?;
    }
    Ok(())
}

/// Lets this process have as many connections as the system allows.
fn raise_descriptor_limit() -> Outcome<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

fn make_folder(path: &Path) -> Outcome<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    Ok(fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?)
}

fn write_file(path: &Path, text: &str) -> Outcome<()> {
    Ok(fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))?)
}
