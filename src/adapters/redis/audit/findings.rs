/// What should not be.
#[derive(Default)]
pub(super) struct Findings(Vec<String>);

impl Findings {
    /// What is written in the store may be anything, and goes to a terminal.
    pub(super) fn add(&mut self, finding: &str) {
        self.0.push(finding.chars().map(|character| if character.is_control() { ' ' } else { character }).collect());
    }

    pub(super) fn add_if(&mut self, wrong: bool, finding: impl FnOnce() -> String) {
        if wrong {
            self.add(&finding());
        }
    }

    /// Each once, though several checks may come across it.
    pub(super) fn sorted(mut self) -> Vec<String> {
        self.0.sort_unstable();
        self.0.dedup();
        self.0
    }
}
