//! A whole run.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    engine::Outcome,
    matches,
    options::{Options, Part},
    report::{Machine, Report},
    requests,
    subject::Subject,
};

/// Measures what is asked for, and writes what machines read.
pub(crate) fn run(options: &Options) -> Outcome<Report> {
    raise_descriptor_limit()?;
    let (floor, subjects) = (options.floor()?, options.subjects()?);
    let mut report = Report { machine: Machine::this()?, ..Report::default() };
    let parts: [(Part, fn(&Options, &Subject, &[Subject]) -> Outcome<Report>); _] =
        [(Part::Requests, requests::measure), (Part::Matches, matches::measure)];
    for (part, measure) in parts.into_iter().filter(|(part, _)| options.has(*part)) {
        let begun = Instant::now();
        eprint!("{part:?} …");
        report.add(measure(options, &floor, &subjects)?);
        eprintln!(" {}", humantime::format_duration(Duration::from_secs(begun.elapsed().as_secs())));
    }
    write(&options.json, &serde_json::to_string_pretty(&report)?)?;
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
