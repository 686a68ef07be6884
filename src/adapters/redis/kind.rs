use std::{error::Error, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{RedisSettings, UnusableRedis, audit::look, serving, settings::is_redis_url};
use crate::{
    adapters::{Store, StoreKind, StoreNeeds, StoreSetting, StoreSource, Stores, audit::Audit},
    domain::QueueSettings,
};

/// Stores in a Redis that several servers share.
pub struct InRedis;

impl StoreKind for InRedis {
    fn synopsis(&self) -> &'static str {
        "redis://[user[:password]@]host[:port][/database]"
    }

    fn help(&self) -> &'static str {
        "A Redis is one that several servers share; rediss:// is the same with TLS, and --store-ca-file is for that alone. Its \
         keys begin with --store-prefix: 1 to 64 of letters, digits and _ - . :, by default matchmaker.\n\nExample: --store \
         redis://127.0.0.1:6379/0"
    }

    fn is_named_by(&self, store: &str) -> bool {
        is_redis_url(store)
    }

    fn read(&self, source: &StoreSource<'_>) -> Result<Arc<dyn Store>, String> {
        let settings = RedisSettings::read(source).map_err(|error| refused(&error))?;
        Ok(Arc::new(settings))
    }
}

fn refused(error: &UnusableRedis) -> String {
    match error {
        UnusableRedis::Url(_) => format!("{} is no Redis: {error}", StoreSetting::Store),
        UnusableRedis::Prefix => format!("{} is none: {error}", StoreSetting::Prefix),
        other => other.to_string(),
    }
}

#[async_trait]
impl Store for RedisSettings {
    async fn open(&self, needs: StoreNeeds) -> Result<Stores, Box<dyn Error>> {
        let stores = serving::open(self, needs).await;
        stores.map_err(|why| format!("the store {self} cannot be used: {why}").into())
    }

    async fn audit(&self, judged_by: QueueSettings, timeout: Duration) -> Result<Audit, Box<dyn Error>> {
        let audit = look(self, &judged_by, timeout).await;
        audit.map_err(|why| format!("{self} cannot be audited: {why}").into())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What no refusal may repeat.
    const PASSWORD: &str = "open-sesame";

    fn refusal(source: StoreSource<'_>) -> String {
        let line = InRedis.read(&source).expect_err("it is refused");
        assert_eq!(line.lines().count(), 1, "{line}");
        line
    }

    #[test]
    fn a_redis_is_named_by_its_schemes_alone() {
        for store in ["redis://host", "rediss://host", "redis://", "rediss://?"] {
            assert!(InRedis.is_named_by(store), "{store}");
        }
        for store in ["", "memory", "redis", "redis:/host", "REDIS://host", "http://host", "shelf://redis://host"] {
            assert!(!InRedis.is_named_by(store), "{store}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_redis_is_told_with_the_setting_that_it_stands_in() {
        for store in ["redis://", "redis://h/x", "redis://h?a=b"] {
            let line = refusal(StoreSource { store, ..StoreSource::default() });
            assert!(line.starts_with("--store (or STORE in the environment) is no Redis: "), "{line}");
            assert!(line.contains(InRedis.synopsis()), "{line}");
        }
        let line = refusal(StoreSource { store: "redis://host", prefix: Some("{a}"), ..StoreSource::default() });
        assert!(line.starts_with("--store-prefix (or STORE_PREFIX in the environment)"), "{line}");
        assert!(line.contains("1 to 64 of letters"), "{line}");
        let file = Some(Path::new("x"));
        let line = refusal(StoreSource { store: "redis://host", authority_file: file, ..StoreSource::default() });
        assert!(line.contains("--store-ca-file") && line.contains("rediss://"), "{line}");
    }

    #[test]
    fn no_refusal_and_no_debugging_repeats_a_password() {
        for store in [
            "redis://:open-sesame@host:port",
            "redis://:open-sesame",
            "redis://a:open-sesame@host#insecure",
            "redis://:open-sesame/@host",
            "redis://:open-sesame%@host",
        ] {
            let line = refusal(StoreSource { store, ..StoreSource::default() });
            assert!(!line.contains(PASSWORD), "{line}");
        }
        let store = "redis://alibaba:open-sesame@host";
        let file = Some(Path::new("/nowhere"));
        let line = refusal(StoreSource { store, password_file: file, ..StoreSource::default() });
        assert!(!line.contains(PASSWORD), "{line}");

        let source = StoreSource { store, ..StoreSource::default() };
        let read = format!("{:?}", InRedis.read(&source).expect("a Redis"));
        assert!(read.contains("redis://host:6379/0"), "{read}");
        for said in [read, format!("{source:?}")] {
            assert!(!said.contains(PASSWORD) && !said.contains("alibaba"), "{said}");
        }
    }
}
