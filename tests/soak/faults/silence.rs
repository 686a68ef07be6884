//! Clients that are gone without a word: nothing is read or sent any more on sockets that stay open.

use std::{io, time::Duration};

use super::{UNLIMITED, connect, wait_for_count};
use crate::{http::Lanes, nodes::Nodes, options::Options};

/// When a silent socket is closed.
const SILENCE_LIMIT: Duration = Duration::from_secs(45);

/// How much later everything of it must be gone: it is looked for every second, and closing takes two at most.
const MARGIN: Duration = Duration::from_secs(6);

pub(crate) async fn silence(options: &Options) -> io::Result<String> {
    // Where there are several, the silent ones are at one of them, and gone for all.
    let nodes = Nodes::start_unheard(options, &[UNLIMITED])?;
    let (server, lanes) = (nodes.first(), Lanes::new(&nodes.addresses()));
    let at_start = server.usage().unwrap_or_default();
    let mut sockets = Vec::new();
    for number in 0..options.sockets {
        sockets.push(connect(server.address, &format!("socket-{number}")).await?);
    }
    let begun = std::time::Instant::now();
    tokio::time::sleep(SILENCE_LIMIT / 2).await;
    wait_for_count(&lanes, "connected_players", u64::from(options.sockets), Duration::ZERO).await?;
    wait_for_count(&lanes, "open_sockets", 0, SILENCE_LIMIT / 2 + MARGIN).await?;
    wait_for_count(&lanes, "connected_players", 0, MARGIN).await?;
    let (gone, at_end) = (begun.elapsed(), server.usage().unwrap_or_default());
    drop((sockets, lanes));
    let mut report = vec![format!(
        "{} silent sockets were gone {gone:.1?} after the last was opened; descriptors {} → {}, memory {} → {} KiB",
        options.sockets, at_start.descriptors, at_end.descriptors, at_start.memory, at_end.memory
    )];
    report.extend(nodes.end_audited(options)?);
    Ok(report.join("\n"))
}
