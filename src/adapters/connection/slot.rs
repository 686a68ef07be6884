use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::adapters::{
    edge::{AddressPlace, Client},
    metrics::Open,
};

/// Whose connection is about to become a WebSocket, and the place that it has.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) client: Client,
    pub(crate) slot: ConnectionSlot,
}

/// A place among the connections that may be open at once, kept until the last clone is gone.
#[derive(Clone)]
pub(crate) struct ConnectionSlot {
    _place: Arc<(OwnedSemaphorePermit, Option<AddressPlace>, mpsc::Sender<()>, Open)>,
}

impl ConnectionSlot {
    /// Takes the place that `permit` stands for, and the one among its address's connections; `alive` tells its receiver
    /// when all places are free again.
    pub(crate) fn new(
        permit: OwnedSemaphorePermit,
        of_address: Option<AddressPlace>,
        alive: mpsc::Sender<()>,
        counted: Open,
    ) -> Self {
        Self { _place: Arc::new((permit, of_address, alive, counted)) }
    }
}
