//! Two kinds of store that are only named and read.

use std::{error::Error, time::Duration};

use async_trait::async_trait;

use super::*;
use crate::adapters::{StoreSource, Stores, audit::Audit};

pub(super) const KINDS: [&dyn StoreKind; 2] = [&Drawer, &Shelf];

/// It takes no setting.
struct Drawer;

impl StoreKind for Drawer {
    fn synopsis(&self) -> &'static str {
        "drawer"
    }

    fn help(&self) -> &'static str {
        "A drawer has room for everything."
    }

    fn is_named_by(&self, store: &str) -> bool {
        store == "drawer"
    }

    fn read(&self, source: &StoreSource<'_>) -> Result<Arc<dyn Store>, String> {
        match source.given_beside() {
            Some(setting) => Err(format!("{setting} does nothing with a drawer: give --store {}", source.others)),
            None => Ok(Arc::new(Kept("drawer".to_owned()))),
        }
    }
}

/// It takes every setting, and has to have a board.
struct Shelf;

impl StoreKind for Shelf {
    fn synopsis(&self) -> &'static str {
        "shelf://[password@]board"
    }

    fn help(&self) -> &'static str {
        "A shelf has room for everything, too.\n\nExample: --store shelf://oak"
    }

    fn is_named_by(&self, store: &str) -> bool {
        store.starts_with("shelf://")
    }

    fn read(&self, source: &StoreSource<'_>) -> Result<Arc<dyn Store>, String> {
        let board = source.store.rsplit(['/', '@']).next().filter(|board| !board.is_empty());
        let StoreSource { prefix, password_file, authority_file, others, .. } = source;
        if prefix.is_some_and(|prefix| prefix.contains('/')) {
            return Err("a prefix on a shelf has no slash".to_owned());
        }
        let board = board.ok_or_else(|| format!("the board of the shelf is missing; there is {others}, too"))?;
        Ok(Arc::new(Kept(format!("{board} {prefix:?} {password_file:?} {authority_file:?}"))))
    }
}

/// What was read.
#[derive(Debug)]
struct Kept(#[expect(dead_code, reason = "it is seen by debugging")] String);

#[async_trait]
impl Store for Kept {
    async fn open(&self, _: StoreNeeds) -> Result<Stores, Box<dyn Error>> {
        Err("it is only read".into())
    }

    async fn audit(&self, _: QueueSettings, _: Duration) -> Result<Audit, Box<dyn Error>> {
        Err("it is only read".into())
    }
}
