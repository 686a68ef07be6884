use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many connections each address has open. It knows no address that has none, so it is as small as they are few.
pub(super) struct ConnectionsByAddress(Option<Arc<Table>>);

struct Table {
    most: usize,
    /// A plain mutex: it is held for one look-up, as a connection comes or goes.
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// The address has as many as it may.
#[derive(Debug)]
pub(super) struct Full;

impl ConnectionsByAddress {
    /// Each address may have `most`; without a bound nothing is counted.
    pub(super) fn new(most: Option<usize>) -> Self {
        Self(most.map(|most| Arc::new(Table { most, open: Mutex::default() })))
    }

    /// Counts one more, unless it is one too many.
    pub(super) fn place(&self, address: IpAddr) -> Result<Option<AddressPlace>, Full> {
        let Some(table) = &self.0 else { return Ok(None) };
        let mut open = table.open();
        let count = open.get(&address).copied().unwrap_or_default();
        if count >= table.most {
            return Err(Full);
        }
        open.insert(address, count + 1);
        Ok(Some(AddressPlace { table: Arc::clone(table), address }))
    }
}

impl Table {
    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the connections that an address may have open, for as long as it lives.
pub(crate) struct AddressPlace {
    table: Arc<Table>,
    address: IpAddr,
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let mut open = self.table.open();
        if let Entry::Occupied(mut entry) = open.entry(self.address) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
        // After a wave of addresses the table is as small as before it.
        if open.capacity() > 4 * open.len().max(256) {
            open.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn an_address_has_no_more_than_it_may_until_one_is_given_back() {
        let connections = ConnectionsByAddress::new(Some(2));
        let first = connections.place(address(1)).expect("a place");
        let _second = connections.place(address(1)).expect("a place");
        assert!(connections.place(address(1)).is_err());
        connections.place(address(2)).expect("another address has places of its own");

        drop(first);

        let _third = connections.place(address(1)).expect("a place");
        assert!(connections.place(address(1)).is_err());
    }

    #[test]
    fn nothing_is_kept_of_an_address_that_is_gone() {
        let connections = ConnectionsByAddress::new(Some(1));
        let places: Vec<_> = (0..10_000).map(|number| connections.place(address(number)).expect("a place")).collect();
        drop(places);
        let Some(table) = &connections.0 else { panic!("there is a bound") };
        assert_eq!(table.open().len(), 0);
        assert!(table.open().capacity() < 2_000);
    }

    #[test]
    fn without_a_bound_nothing_is_counted() {
        let connections = ConnectionsByAddress::new(None);
        for _ in 0..10 {
            assert!(connections.place(address(1)).expect("no bound").is_none());
        }
    }
}
