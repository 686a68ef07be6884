use std::fmt::Display;

/// What goes wrong again and again: it is told when it begins, and when it becomes something else.
#[derive(Debug, Default)]
pub(super) struct Trouble(Option<String>);

impl Trouble {
    /// Whether this is not what went wrong the last time.
    pub(super) fn is_news(&mut self, error: &impl Display) -> bool {
        let error = Some(error.to_string());
        let is_news = self.0 != error;
        self.0 = error;
        is_news
    }

    /// It went well.
    pub(super) fn is_over(&mut self) {
        self.0 = None;
    }
}
