use std::{fmt, marker::PhantomData, sync::Arc};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder},
    metrics::{MetricType, TypedMetric},
};

use super::label::Label;

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
