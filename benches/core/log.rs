//! What a log line costs the call that writes it. The log's thread throws the lines away meanwhile; at most as many are
//! written as it buffers, so that none is dropped.

use std::sync::Arc;

use divan::Bencher;
use matchmaker::{
    adapters::{LoggingJournal, benchmarking, log::LogFormat, metrics::Metrics},
    ports::{Event, Journal},
};
use tracing::dispatcher::with_default;

use crate::matches::match_;

#[divan::bench(args = [LogFormat::Text, LogFormat::Json], sample_count = 100, sample_size = 500)]
fn match_created(bencher: Bencher, format: LogFormat) {
    let (dispatch, log) = benchmarking::log(format);
    let journal = LoggingJournal::new(Arc::new(Metrics::new(|| 0)));
    let match_ = match_(0);
    with_default(&dispatch, || bencher.bench_local(|| journal.record(Event::MatchCreated(&match_))));
    assert_eq!(log.dropped_lines().count(), 0);
}

/// The same without a log: what counting it in the metrics takes.
#[divan::bench]
fn match_counted(bencher: Bencher) {
    let journal = LoggingJournal::new(Arc::new(Metrics::new(|| 0)));
    let match_ = match_(0);
    bencher.bench_local(|| journal.record(Event::MatchCreated(&match_)));
}
