//! Second adapters of the ports, written from the ports' docs alone: one lock, plain vectors, linear scans. They share no
//! code with the first ones, nor with the queue policy.

pub(crate) mod match_repository;
pub(crate) mod notifier;
pub(crate) mod queue_store;
