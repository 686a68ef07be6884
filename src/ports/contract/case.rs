use std::{fmt::Write as _, panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::Violation;

/// How long a case may take, so that an adapter that hangs fails; far more than a slow database needs.
pub const TIME_LIMIT: Duration = Duration::from_mins(2);

/// One case of a contract: a situation, and what is promised in it. `F` is the fixture that it needs.
pub struct Case<F: ?Sized + 'static> {
    name: &'static str,
    body: for<'a> fn(&'a F) -> BoxFuture<'a, Result<(), Violation>>,
}

impl<F: ?Sized + Sync> Case<F> {
    pub(super) const fn new(
        name: &'static str,
        body: for<'a> fn(&'a F) -> BoxFuture<'a, Result<(), Violation>>,
    ) -> Self {
        Self { name, body }
    }

    /// What the case is about, as an identifier.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the case, for [`TIME_LIMIT`] at most.
    ///
    /// # Errors
    ///
    /// The guarantee that was broken.
    ///
    /// # Panics
    ///
    /// On a runtime that has one thread only.
    pub async fn run(&self, fixture: &F) -> Result<(), Violation> {
        self.run_within(fixture, TIME_LIMIT).await
    }

    /// Runs the case; a call that has not ended by `limit` is a violation.
    ///
    /// # Errors
    ///
    /// The guarantee that was broken.
    ///
    /// # Panics
    ///
    /// On a runtime that has one thread only.
    pub async fn run_within(&self, fixture: &F, limit: Duration) -> Result<(), Violation> {
        let flavor = Handle::current().runtime_flavor();
        assert!(flavor == RuntimeFlavor::MultiThread, "the contract has races, which need a multi-threaded runtime");
        let body = AssertUnwindSafe((self.body)(fixture)).catch_unwind();
        let result = match tokio::time::timeout(limit, body).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(Violation::of_panic(&*panic)),
            Err(_) => Err(Violation::new("every call ends", format!("the case to end within {limit:?}"), "it did not")),
        };
        result.map_err(|violation| Violation { case: self.name, ..violation })
    }
}

/// Every case of one port's contract.
pub struct Suite<F: ?Sized + 'static> {
    port: &'static str,
    cases: &'static [Case<F>],
}

impl<F: ?Sized + Sync> Suite<F> {
    pub(super) const fn new(port: &'static str, cases: &'static [Case<F>]) -> Self {
        Self { port, cases }
    }

    /// The cases, in the order in which they run.
    #[must_use]
    pub const fn cases(&self) -> &'static [Case<F>] {
        self.cases
    }

    /// The case of that name.
    #[must_use]
    pub fn case(&self, name: &str) -> Option<&'static Case<F>> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// Runs every case, also after one has failed.
    pub async fn violations(&self, fixture: &F) -> Vec<Violation> {
        let mut violations = Vec::new();
        for case in self.cases {
            violations.extend(case.run(fixture).await.err());
        }
        violations
    }

    /// Runs every case.
    ///
    /// # Panics
    ///
    /// With every violation, when there is one; and on a runtime that has one thread only.
    pub async fn run(&self, fixture: &F) {
        let violations = self.violations(fixture).await;
        let mut report = String::new();
        for violation in &violations {
            write!(report, "\n\n{violation}").expect("a string takes all that is written");
        }
        let (port, cases, failed) = (self.port, self.cases.len(), violations.len());
        assert!(violations.is_empty(), "{failed} of {cases} cases of the contract of {port} failed{report}\n");
    }
}

/// The cases that are functions of these names, each called by its name; and the same on a fixture that stands before the
/// given one, called by their names with a suffix.
macro_rules! cases {
    (
        $($module:ident: $($name:ident),+;)+
        $([on $before:ident as $suffix:literal] { $($again:ident: $($same:ident),+;)+ })*
    ) => {
        &[
            $($(crate::ports::contract::Case::new(stringify!($name), |fixture| Box::pin($module::$name(fixture))),)+)+
            $($($(crate::ports::contract::Case::new(
                concat!(stringify!($same), $suffix),
                |fixture| Box::pin(async move { $again::$same(&$before(fixture)).await }),
            ),)+)+)*
        ]
    };
}
pub(super) use cases;
