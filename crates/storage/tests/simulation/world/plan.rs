//! What the world of a seed is like.

use super::dice::Dice;
use super::records::Faults;

pub struct Plan {
    pub pools: Vec<&'static str>,
    /// Of each storage object of a process.
    pub locations: Vec<&'static str>,
    pub claimers: Vec<ClaimerPlan>,
    pub faults: Faults,
    /// At a moment of quiet, once in so many: the process is killed, closed, or its machine sleeps.
    pub kill: i64,
    pub close: i64,
    pub sleep: i64,
    pub highest_limit: i64,
    /// Seconds of a pool's lease, at most.
    pub longest_lease: i64,
    pub highest_priority: i64,
    /// Somebody changes limits, removes pools, cancels runs, frees what others hold.
    pub operator: bool,
}

#[derive(Clone)]
pub struct ClaimerPlan {
    pub run: usize,
    pub step: String,
    /// Which storage object it uses.
    pub storage: usize,
    pub jobs: i64,
    pub habit: Habit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Asks for this and that, and does this and that.
    Mixed { natively: i64 },
    /// Asks for all slots of a pool, and waits patiently.
    Wide,
    /// Asks for one slot of the same pool, again and again.
    Quick,
}

impl Plan {
    pub fn of(dice: &Dice) -> Self {
        let crowded = dice.one_in(4);
        let pools = ["a", "b", "c", "d"][..at(dice.between(2..=4))].to_vec();
        let locations = if dice.one_in(4) { vec!["here", "there"] } else { vec!["here"; at(dice.between(1..=3))] };
        let natively = *dice.pick(&[0, 30, 60, 90]);
        let mut claimers: Vec<ClaimerPlan> = (0..dice.between(4..=12))
            .map(|number| ClaimerPlan {
                run: at(number / 2),
                step: format!("s{number}"),
                storage: at(dice.between(0..=i64::try_from(locations.len()).expect("few") - 1)),
                jobs: dice.between(4..=10),
                habit: Habit::Mixed { natively },
            })
            .collect();
        if crowded {
            crowd(&mut claimers);
        } else if dice.one_in(3) {
            // Two who believe that they are the same step.
            let step = claimers[0].step.clone();
            claimers[1].step = step;
        }
        let restless = !crowded && dice.one_in(2);
        let rare = |often: i64| if restless { often } else { 0 };
        Self {
            pools,
            locations,
            claimers,
            faults: Faults { crash: rare(150), suspend: rare(200) },
            kill: rare(80),
            close: rare(80),
            sleep: if crowded { 0 } else { 60 },
            highest_limit: dice.between(1..=5),
            longest_lease: dice.between(2..=30),
            highest_priority: dice.between(0..=2),
            operator: !crowded,
        }
    }
}

/// One who wants all of a pool, among many who want a little of it.
fn crowd(claimers: &mut [ClaimerPlan]) {
    for claimer in claimers.iter_mut() {
        (claimer.storage, claimer.habit, claimer.jobs) = (0, Habit::Quick, 25);
    }
    (claimers[0].habit, claimers[0].jobs) = (Habit::Wide, 2);
}

pub fn at(number: i64) -> usize {
    usize::try_from(number).expect("a small number")
}
