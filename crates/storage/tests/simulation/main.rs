//! Many clients of one store on simulated records, with conflicts, crashes, lost replies and clock jumps. A seed decides
//! everything. Checks follow every commit, and every time at which all tasks are idle.

mod checks;
mod clients;
#[cfg(feature = "mutants")]
mod mutants;
mod observer;
mod seeds;
mod world;

/// Seeds that found defects: leases that were left behind, and ranks that differed from those of the queue entries.
/// They stand for these defects only while the order of random draws stays the same.
const REGRESSIONS: [u64; 7] = [369, 472, 516, 782, 2400, 3243, 3780];

#[test]
fn every_check_passes_in_every_seed() {
    seeds::check_all();
}

#[test]
fn seeds_that_found_a_defect_pass() {
    for seed in REGRESSIONS {
        seeds::require(seed, &world::seed::run(seed));
    }
}

#[test]
fn a_seed_is_the_same_in_every_run() {
    for seed in 0..10 {
        let (first, second) = (world::seed::run(seed), world::seed::run(seed));
        let differs = first.trace.iter().zip(&second.trace).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.trace.len(), second.trace.len(), "seed {seed}");
    }
}
