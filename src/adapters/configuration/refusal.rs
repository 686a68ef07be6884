use std::{ffi::OsString, process::ExitCode};

use clap::{
    Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// Why a program ends before it has begun.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It was asked for its help or its version, and for nothing else.
    #[error("{0}")]
    Asked(clap::Error),
    /// It cannot be run like this; one line that says what would be right.
    #[error("{0}")]
    Invalid(String),
    /// No server can be asked like this; one line likewise.
    #[error("{0}")]
    CannotCheck(String),
}

impl Refusal {
    pub(super) fn new(error: clap::Error, command: &Command, arguments: &[OsString]) -> Self {
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return Self::Asked(error);
        }
        let error = without_secrets(error);
        let line = one_line(&error.render().to_string());
        Self::Invalid(match variable_at_fault(&error, command, arguments) {
            Some(variable) => format!("{line} (from the environment variable {variable})"),
            None if matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) => {
                format!("{line}; --help lists every flag")
            }
            None => line,
        })
    }

    /// The same, of a program that was to ask a server.
    pub(super) fn of_check(self) -> Self {
        match self {
            Self::Invalid(line) => Self::CannotCheck(line),
            other => other,
        }
    }

    /// Prints it where it belongs, and gives the code to exit with: 0 for what was asked for, 2 for a mistake. A check has
    /// 1 for that, as for every server that is not ready: a container's health check may not end with 2.
    #[must_use]
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Asked(error) if error.print().is_ok() => ExitCode::SUCCESS,
            Self::Asked(_) => ExitCode::FAILURE,
            Self::Invalid(line) => {
                eprintln!("error: {line}");
                ExitCode::from(2)
            }
            Self::CannotCheck(line) => {
                eprintln!("error: {line}");
                ExitCode::FAILURE
            }
        }
    }
}

/// What is wrong and what would be right, in one line; without the usage, which `--help` shows.
fn one_line(rendered: &str) -> String {
    let lines = rendered.lines().map(str::trim);
    let said = lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let line = said.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").replace(" tip: ", "; ");
    line.strip_prefix("error: ").map(ToOwned::to_owned).unwrap_or(line)
}

/// A store's URL may hold a password, and can stand where no flag takes it, from where the parser would repeat it.
fn without_secrets(mut error: clap::Error) -> clap::Error {
    let repeated: Vec<_> = error.context().map(|(kind, value)| (kind, hidden(value))).collect();
    for (kind, value) in repeated {
        error.insert(kind, value);
    }
    error
}

fn hidden(value: &ContextValue) -> ContextValue {
    match value {
        ContextValue::String(text) => ContextValue::String(without_address(text)),
        ContextValue::Strings(texts) => ContextValue::Strings(texts.iter().map(|text| without_address(text)).collect()),
        ContextValue::StyledStrs(texts) => {
            ContextValue::StyledStrs(texts.iter().map(|text| without_address(&text.to_string()).into()).collect())
        }
        other => other.clone(),
    }
}

/// The text up to the first `scheme://` and with that, and nothing of what follows it, unless the scheme is that of an issuer
/// or an origin, which hold no password.
fn without_address(text: &str) -> String {
    const SEPARATOR: &str = "://";
    let is_part = |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
    let scheme_before = |end: usize| text[..end].rsplit(|character| !is_part(character)).next();
    let mut separators = text.match_indices(SEPARATOR).map(|(begin, _)| begin);
    match separators.find(|begin| !matches!(scheme_before(*begin), Some("http" | "https"))) {
        Some(begin) => format!("{}…", &text[..begin + SEPARATOR.len()]),
        None => text.to_owned(),
    }
}

/// The variable that a bad value came from, since it may be in the environment for another program's sake.
fn variable_at_fault(error: &clap::Error, command: &Command, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(usage)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = usage.split([' ', '[']).next()?;
    let names_flag = |argument: &str| argument.split('=').next() == Some(flag);
    if arguments.iter().filter_map(|argument| argument.to_str()).any(names_flag) {
        return None;
    }
    let setting = command.get_arguments().find(|setting| setting.get_long() == flag.strip_prefix("--"))?;
    Some(setting.get_env()?.to_string_lossy().into_owned())
}
