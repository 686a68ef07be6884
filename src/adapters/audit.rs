//! `matchmaker audit`: checks that what must always hold does, in what stands in a store at one moment.

use std::{
    fmt,
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use super::Store;
use crate::domain::QueueSettings;

/// What to look at, and how long it may take.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The settings of the servers that use it.
    pub judged_by: QueueSettings,
    /// How long the whole may take.
    pub timeout: Duration,
}

/// What an audit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audit {
    /// Everything holds: one line that says where, and how much there is of everything.
    Sound(String),
    /// Each thing that should not be, on a line of its own, in alphabetical order; at least one.
    Unsound(Vec<String>),
}

/// Looks once. Gives the code to exit with: 0 and one line if everything holds, 1 and one line for each finding, and 2 with
/// one line on standard error if it could not look.
pub async fn audit(AuditSettings { store, judged_by, timeout }: &AuditSettings) -> i32 {
    let (told, code) = match store.audit(*judged_by, *timeout).await {
        Ok(Audit::Sound(line)) => (tell(&[line]), 0),
        Ok(Audit::Unsound(findings)) => (tell(&findings), 1),
        Err(error) => return failed(&error),
    };
    told.map_or_else(|error| failed(&format!("what was found cannot be written: {error}")), |()| code)
}

fn failed(error: &dyn fmt::Display) -> i32 {
    eprintln!("error: {error}");
    2
}

/// Not by a macro, which ends in a panic when whoever reads it has seen enough.
fn tell(lines: &[String]) -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(output, "{line}")?;
    }
    output.flush()
}
