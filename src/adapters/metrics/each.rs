use std::{fmt, marker::PhantomData, sync::Arc};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder},
    metrics::{MetricType, TypedMetric, gauge::ConstGauge},
};

use super::label::Label;
use crate::domain::Census;

/// Stands for every game, and every asset, that has no series of its own; no game can have this name.
const OTHER: &str = "(other)";

/// One metric for each value of a label, all of them there from the start; which is meant is an index, not a look-up.
#[derive(Debug)]
pub(super) struct Each<L, M> {
    metrics: Arc<[M]>,
    label: PhantomData<L>,
}

impl<L: Label, M> Each<L, M> {
    pub(super) fn new(metric: impl Fn() -> M) -> Self {
        Self { metrics: (0..L::COUNT).map(|_| metric()).collect(), label: PhantomData }
    }

    pub(super) fn of(&self, label: L) -> &M {
        &self.metrics[label.index()]
    }
}

impl<L, M> Clone for Each<L, M> {
    fn clone(&self) -> Self {
        Self { metrics: Arc::clone(&self.metrics), label: PhantomData }
    }
}

impl<L: Label, M: EncodeMetric + TypedMetric> EncodeMetric for Each<L, M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (label, metric) in L::all().into_iter().zip(&*self.metrics) {
            metric.encode(encoder.encode_family(&label.pairs())?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}

/// How many players wait for each game with a stake in each asset; the census bounds how many series that are.
#[derive(Debug)]
pub(super) struct WaitingPlayers(Vec<(String, &'static str, usize)>);

impl WaitingPlayers {
    pub(super) fn of(census: &Census) -> Self {
        let told_apart = census.waiting_by_game.iter();
        let told_apart = told_apart.map(|((game, asset), count)| (game.as_str().to_owned(), asset.as_str(), *count));
        Self(told_apart.chain([(OTHER.to_owned(), OTHER, census.waiting_elsewhere)]).collect())
    }
}

impl EncodeMetric for WaitingPlayers {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (game, asset, count) in &self.0 {
            let labels = [("game", game.as_str()), ("asset", asset)];
            ConstGauge::new(*count as u64).encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        ConstGauge::<u64>::TYPE
    }
}
