use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::adapters::metrics::Open;

/// A place among the connections that may be open at once, kept until the last clone is gone.
#[derive(Clone)]
pub(crate) struct ConnectionSlot {
    _place: Arc<(OwnedSemaphorePermit, mpsc::Sender<()>, Open)>,
}

impl ConnectionSlot {
    /// Takes the place that `permit` stands for; `alive` tells its receiver when all places are free again.
    pub(crate) fn new(permit: OwnedSemaphorePermit, alive: mpsc::Sender<()>, counted: Open) -> Self {
        Self { _place: Arc::new((permit, alive, counted)) }
    }
}
