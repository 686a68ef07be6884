use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::{
    sync::Barrier,
    task::{JoinError, JoinSet},
};

use super::Violation;
use crate::ports::PortError;

/// Starts all calls at the same time, each on a task of its own; their answers, in the order of the calls.
pub(super) fn race<T, F, I>(calls: I) -> impl Future<Output = Result<Vec<T>, Violation>> + Send + use<T, F, I>
where
    T: Send + 'static,
    F: Future<Output = Result<T, PortError>> + Send + 'static,
    I: IntoIterator<Item = F>,
{
    run_at_once(calls.into_iter().collect())
}

async fn run_at_once<T, F>(calls: Vec<F>) -> Result<Vec<T>, Violation>
where
    T: Send + 'static,
    F: Future<Output = Result<T, PortError>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(calls.len()));
    // A set ends its tasks when it is dropped, so that a case that runs out of time leaves none behind.
    let mut tasks = JoinSet::new();
    for (place, call) in calls.into_iter().enumerate() {
        let start = Arc::clone(&start);
        tasks.spawn(async move {
            start.wait().await;
            (place, call.await)
        });
    }
    let mut answers = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        let (place, answer) = ended.map_err(panicked)?;
        answers.push((place, answer?));
    }
    answers.sort_unstable_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Starts two calls of different kinds at the same time.
pub(super) async fn race_two<A, B>(
    one: impl Future<Output = Result<A, PortError>> + Send + 'static,
    other: impl Future<Output = Result<B, PortError>> + Send + 'static,
) -> Result<(A, B), Violation>
where
    A: Send + 'static,
    B: Send + 'static,
{
    let one = one.map(|answer| answer.map(|answer| (Some(answer), None)));
    let other = other.map(|answer| answer.map(|answer| (None, Some(answer))));
    let answers = race([one.boxed(), other.boxed()]).await?;
    let [(Some(one), _), (_, Some(other))]: [_; 2] = answers.try_into().ok().expect("two calls have two answers")
    else {
        unreachable!("answers come in the order of the calls")
    };
    Ok((one, other))
}

fn panicked(error: JoinError) -> Violation {
    match error.try_into_panic() {
        Ok(panic) => Violation::of_panic(&*panic),
        Err(error) => Violation::new("every call ends", "an answer", error.to_string()),
    }
}
