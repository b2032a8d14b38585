//! Runs 200 seeds, or `SIMULATION_SEEDS`, or `SIMULATION_SEED` alone.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::world::seed::{Outcome, run};

pub const SEEDS: u64 = 200;

/// The cases that so many seeds reach: without them the checks would show little.
const EXPECTED: [&str; 22] = [
    "acts of stale selves",
    "claims given up",
    "clock jumps",
    "clocks set back",
    "closings",
    "crashes",
    "deleted pools",
    "fenced events refused",
    "grants to new waits",
    "grants to polls",
    "grants to waiters",
    "holders that wait for more",
    "kept-alive leases lost",
    "kills",
    "lost replies",
    "other attempts",
    "overtakings",
    "repeated transactions",
    "suspensions",
    "waits abandoned",
    "waits cancelled",
    "waits timed out",
];

pub fn check_all() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let outcome = run(seed);
        println!("{}", outcome.trace.join("\n"));
        require(seed, &outcome);
        return;
    }
    let seeds = number("SIMULATION_SEEDS").unwrap_or(SEEDS);
    let counts = run_all(seeds);
    println!("{seeds} seeds: {counts:#?}");
    for what in EXPECTED.iter().filter(|_| seeds >= SEEDS) {
        assert!(counts.contains_key(what), "no {what} in {seeds} seeds");
    }
}

/// Every seed, however many fail.
fn run_all(seeds: u64) -> BTreeMap<&'static str, u64> {
    let next = AtomicU64::new(0);
    let counts: Mutex<BTreeMap<&'static str, u64>> = Mutex::default();
    let failed: Mutex<BTreeMap<u64, Outcome>> = Mutex::default();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= seeds {
                return;
            }
            let outcome = run(seed);
            for (what, count) in &outcome.counts {
                *counts.lock().unwrap().entry(*what).or_default() += count;
            }
            if !outcome.findings.is_empty() {
                failed.lock().unwrap().insert(seed, outcome);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    for (seed, outcome) in &failed {
        println!("seed {seed}: {:?}", outcome.findings[0]);
    }
    if let Some((seed, outcome)) = failed.first_key_value() {
        require(*seed, outcome);
    }
    counts.into_inner().unwrap()
}

pub fn require(seed: u64, outcome: &Outcome) {
    if outcome.findings.is_empty() {
        return;
    }
    let mut report = String::new();
    for line in &outcome.trace[outcome.trace.len().saturating_sub(40)..] {
        writeln!(report, "{line}").unwrap();
    }
    for finding in &outcome.findings {
        writeln!(report, "{:?}: {}", finding.check, finding.how).unwrap();
    }
    panic!("seed {seed} failed; run it alone with: SIMULATION_SEED={seed} {COMMAND}\n{report}");
}

const COMMAND: &str = "npm run cargo -- test -p rivers-storage --test simulation every_check -- --nocapture";

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}")))
}
