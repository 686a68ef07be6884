//! How a run went.

use std::{fmt, time::Duration};

use crate::{
    checker::{Counts, Promise},
    follower::{Follower, per},
    options::Options,
    server::Usage,
    world::World,
};

/// How much more memory may be used at the end than after the warm-up: a tenth, for what the allocator does not give back
/// at once, and this many KiB.
const TOLERATED_GROWTH: u64 = 16 * 1024;

/// The rate must be kept up to a twentieth.
const KEPT_OF_TWENTY: u64 = 19;

pub(crate) struct Summary {
    rate: u32,
    played: Duration,
    /// Seen while it was played, and not in the winding up.
    matches: u64,
    counts: Counts,
    refusals: u64,
    latencies: String,
    memory: [Option<(u64, u64)>; 2],
    start: Option<Usage>,
    end: Option<Usage>,
    /// What Redis used while it was played and wound up.
    store: Option<[Usage; 2]>,
    audit: Option<String>,
}

impl Summary {
    pub(crate) fn new(
        options: &Options,
        world: &World,
        follower: &mut Follower,
        played: Duration,
        matches: u64,
    ) -> Self {
        Self {
            rate: options.rate,
            played,
            matches,
            counts: world.checker().counts(),
            refusals: world.refusals(),
            latencies: follower.all_latencies().to_string(),
            memory: [follower.server.early_and_late(), follower.own.early_and_late()],
            start: follower.at_start,
            end: None,
            store: None,
            audit: None,
        }
    }

    /// Memory that grows without end is a broken promise.
    pub(crate) fn check_growth(&self, world: &World) {
        for (who, memory) in ["the server", "the soak"].iter().zip(self.memory) {
            let Some((early, late)) = memory else { continue };
            if late > early + early / 10 + TOLERATED_GROWTH {
                let what = format!("{who} used {early} KiB after the warm-up, and {late} KiB at the end");
                world.complain(Promise::Bounded, None, what);
            }
        }
    }

    pub(crate) fn note_store(&mut self, start: Option<Usage>, end: Option<Usage>) {
        self.store = start.zip(end).map(|(start, end)| [start, end]);
    }

    pub(crate) fn note_audit(&mut self, audit: Option<String>) {
        self.audit = audit;
    }

    /// Takes the last counts.
    pub(crate) fn count(&mut self, world: &World, end: Option<Usage>) {
        self.counts = world.checker().counts();
        self.end = end;
    }

    /// How much was checked.
    pub(crate) const fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn kept_the_rate(&self) -> bool {
        self.matches * 20 >= u64::from(self.rate) * self.played.as_secs() * KEPT_OF_TWENTY
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { events, matches, found_told, told_in_time, read, left, leaves_too_late, conflicts, .. } =
            self.counts;
        let Counts {
            registered,
            registered_matched,
            waits_compared,
            passed_over,
            meddling_refused,
            put_off,
            lines,
            violations,
            ..
        } = self.counts;
        let seconds = self.played.as_secs_f64();
        let kept = if self.kept_the_rate() { "kept" } else { "NOT KEPT" };
        writeln!(formatter, "played            {seconds:.0} s")?;
        writeln!(
            formatter,
            "matches           {matches}, {:.0} a second of {}: {kept}",
            per(self.matches, seconds),
            self.rate
        )?;
        writeln!(formatter, "told              {found_told} times, {told_in_time} of them owed to a live socket")?;
        writeln!(formatter, "second ask → told {}", self.latencies)?;
        writeln!(formatter, "matches read      {read}")?;
        writeln!(formatter, "leaves            {left} in time, {leaves_too_late} after the pairing")?;
        writeln!(formatter, "other standings   {conflicts} calls answered 409")?;
        writeln!(formatter, "registrations     {registered}, {registered_matched} of them in a match")?;
        writeln!(formatter, "waits compared    {waits_compared}")?;
        writeln!(formatter, "passed over       {passed_over} who were away, or may have been")?;
        writeln!(formatter, "meddling          {meddling_refused} attempts refused")?;
        writeln!(formatter, "asked for patience {}", self.refusals)?;
        writeln!(formatter, "events checked    {events}")?;
        for (who, memory) in ["server memory", "soak memory"].iter().zip(self.memory) {
            match memory {
                Some((early, late)) => writeln!(formatter, "{who:<17} {early} KiB after the warm-up, {late} KiB late")?,
                None => writeln!(formatter, "{who:<17} too short a run to tell growth")?,
            }
        }
        if let (Some(start), Some(end)) = (self.start, self.end) {
            let processor = end.processor - start.processor;
            let each = per(processor * 10_000, 1.0) / per(matches.max(1), 1.0);
            writeln!(
                formatter,
                "server            {} → {} KiB, {each:.0} µs of processor a match",
                start.memory, end.memory
            )?;
            writeln!(formatter, "descriptors       {} → {}", start.descriptors, end.descriptors)?;
        }
        if let Some([start, end]) = self.store {
            let each = per((end.processor - start.processor) * 10_000, per(matches.max(1), 1.0));
            writeln!(
                formatter,
                "redis             {} → {} KiB, {each:.0} µs of processor a match",
                start.memory, end.memory
            )?;
            writeln!(formatter, "put off           {put_off} calls and registrations")?;
            writeln!(formatter, "lines compared    {lines}, of all logs")?;
        }
        if let Some(audit) = &self.audit {
            writeln!(formatter, "audit             {audit}")?;
        }
        write!(formatter, "violations        {violations}")
    }
}
