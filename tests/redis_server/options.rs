//! How a Redis is set.

/// What matters to the tests; without any of it, it keeps nothing on disk, takes what memory it needs, and asks for no
/// password.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    append_only: bool,
    most_memory: Option<u64>,
    password: Option<String>,
    more: Vec<String>,
}

impl Options {
    /// Every write is on disk before it is answered.
    pub(crate) fn append_only(mut self) -> Self {
        self.append_only = true;
        self
    }

    /// At so many bytes writes are refused; nothing is evicted.
    pub(crate) fn most_memory(mut self, bytes: u64) -> Self {
        self.most_memory = Some(bytes);
        self
    }

    pub(crate) fn with_password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// More arguments, after all others.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.more.extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    pub(super) fn arguments(&self) -> Vec<String> {
        let memory = self.most_memory.unwrap_or_default().to_string();
        let append_only = if self.append_only { "yes" } else { "no" };
        // No snapshots: a test is to know what is on disk, and a fork would take its time from the others.
        let mut arguments = vec!["--save".to_owned(), String::new()];
        let settings = [("appendonly", append_only), ("appendfsync", "always"), ("maxmemory", &memory)];
        let fixed = [("maxmemory-policy", "noeviction"), ("enable-debug-command", "local")];
        let password = self.password().map(|password| ("requirepass", password));
        for (name, value) in settings.into_iter().chain(fixed).chain(password) {
            arguments.extend([format!("--{name}"), value.to_owned()]);
        }
        arguments.extend(self.more.iter().cloned());
        arguments
    }
}
