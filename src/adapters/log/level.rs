use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use clap::ValueEnum;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};
use tracing_subscriber::{
    Registry,
    filter::{LevelFilter, Targets},
    reload,
};

/// How much is logged: each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Bugs, and what ends the service.
    Error,
    /// What an operator may have to look into.
    Warn,
    /// What happens to players and matches.
    Info,
    /// What goes wrong with connections, too.
    Debug,
    /// Everything, also that a connection came.
    Trace,
}

impl fmt::Display for LogLevel {
    /// Writes the word of the setting.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

impl LogLevel {
    pub(super) const fn louder(self) -> Self {
        match self {
            Self::Error => Self::Warn,
            Self::Warn => Self::Info,
            Self::Info => Self::Debug,
            Self::Debug | Self::Trace => Self::Trace,
        }
    }

    /// What is let through. Libraries are heard from info up, and never in more detail: there they tell of paths, headers
    /// and bodies, in which somebody may have put a token against all advice.
    pub(super) fn filter(self) -> Targets {
        let own = match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        };
        Targets::new().with_default(own.min(LevelFilter::INFO)).with_target(env!("CARGO_CRATE_NAME"), own)
    }
}

/// How much is logged now; every clone is the same setting. What is left out costs nothing.
#[derive(Clone, Debug)]
pub struct Verbosity {
    configured: LogLevel,
    current: Arc<Mutex<LogLevel>>,
    filter: reload::Handle<Targets, Registry>,
}

impl Verbosity {
    pub(super) fn new(configured: LogLevel, filter: reload::Handle<Targets, Registry>) -> Self {
        Self { configured, current: Arc::new(Mutex::new(configured)), filter }
    }

    /// From now on SIGUSR1 makes the log one level more talkative, and SIGUSR2 sets it back to where it began.
    ///
    /// # Errors
    ///
    /// When the signals cannot be listened for.
    pub fn follow_signals(self) -> io::Result<()> {
        let (mut louder, mut back) = (signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    Some(()) = louder.recv() => self.change(LogLevel::louder),
                    Some(()) = back.recv() => self.change(|_| self.configured),
                    else => return,
                }
            }
        });
        Ok(())
    }

    /// Changes the level, and says so at the new one, so that the line is seen whatever it is.
    pub(super) fn change(&self, next: impl FnOnce(LogLevel) -> LogLevel) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = next(*current);
        let level = *current;
        if let Err(error) = self.filter.reload(level.filter()) {
            return error!(%error, "the log level stays as it is");
        }
        match level {
            LogLevel::Error => error!(log_level = %level, "log level set"),
            LogLevel::Warn => warn!(log_level = %level, "log level set"),
            LogLevel::Info | LogLevel::Debug | LogLevel::Trace => info!(log_level = %level, "log level set"),
        }
    }
}
