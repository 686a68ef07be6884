//! How a Redis is set.

/// What matters to the tests; without any of it, it keeps nothing on disk, takes what memory it needs, and asks for no
/// password.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    append_only: bool,
    most_memory: Option<u64>,
    login: Option<Login>,
    more: Vec<String>,
}

/// As whom a Redis is used: as the one user that there is by default where no name is given.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

impl Login {
    /// As it stands in an address.
    pub(super) fn in_url(&self) -> String {
        format!("{}:{}@", self.user, self.password)
    }

    /// The command that logs in.
    pub(super) fn command(&self) -> Vec<&str> {
        let words = ["AUTH", &*self.user, &*self.password];
        words.into_iter().filter(|word| !word.is_empty()).collect()
    }
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
        self.login = Some(Login { user: String::new(), password: password.to_owned() });
        self
    }

    /// Who may do what, in lines of `redis.conf`, and as whom it is used here.
    pub(crate) fn with_users(mut self, lines: &[&str], user: &str, password: &str) -> Self {
        for line in lines {
            self.more.push("--user".to_owned());
            self.more.extend(line.split(' ').skip(1).map(str::to_owned));
        }
        self.login = Some(Login { user: user.to_owned(), password: password.to_owned() });
        self
    }

    /// More arguments, after all others.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.more.extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    pub(super) fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    pub(super) fn arguments(&self) -> Vec<String> {
        let memory = self.most_memory.unwrap_or_default().to_string();
        let append_only = if self.append_only { "yes" } else { "no" };
        // No snapshots: a test is to know what is on disk, and a fork would take its time from the others.
        let mut arguments = vec!["--save".to_owned(), String::new()];
        let settings = [("appendonly", append_only), ("appendfsync", "always"), ("maxmemory", &memory)];
        let fixed = [("maxmemory-policy", "noeviction"), ("enable-debug-command", "local")];
        let of_everybody = self.login().filter(|login| login.user.is_empty());
        let password = of_everybody.map(|login| ("requirepass", &*login.password));
        for (name, value) in settings.into_iter().chain(fixed).chain(password) {
            arguments.extend([format!("--{name}"), value.to_owned()]);
        }
        arguments.extend(self.more.iter().cloned());
        arguments
    }
}
