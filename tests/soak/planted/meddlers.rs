//! A server that lets everybody do everything, and players who rely on it that it does not.

use std::process::Stdio;

use clap::Parser;

use super::*;
use crate::{issuer::Issuer, meddlers, options::Options, server::Server, world::World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_that_somebody_may_do_in_the_name_of_another_is_found() {
    let options = Options::parse_from(["soak", "--server", crate::PROGRAM]);
    let server = Server::start(&options, &[], Stdio::null()).expect("a server");
    let issuer = Issuer::new(Duration::ZERO).expect("a file for the secret");
    let world = World::new(&[server.address], &options, Some(issuer));
    let attempts = meddlers::attempts(&world, world.tokens.issuer().expect("an issuer"), ALICE);
    let made = attempts.len();
    for attempt in attempts {
        attempt.make(&world).await;
    }
    let counts = world.checker().counts();
    assert_eq!((counts.meddling_refused, counts.violations), (0, u64::try_from(made).expect("few")));
    let violations = world.checker().take_violations();
    assert!(violations.iter().all(|violation| violation.promise == Promise::OwnBusiness), "{violations:?}");
}
