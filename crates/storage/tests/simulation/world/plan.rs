//! The parameters of a seed.

use super::random::Random;
use super::records::Faults;

pub struct Plan {
    pub pools: Vec<&'static str>,
    /// By storage object of a process.
    pub locations: Vec<&'static str>,
    pub clients: Vec<ClientPlan>,
    pub faults: Faults,
    /// When all tasks are idle, once in so many times: the process is killed or closed, or its machine sleeps.
    pub kill: i64,
    pub close: i64,
    pub sleep: i64,
    pub highest_limit: i64,
    /// Seconds of a pool's lease, at most.
    pub longest_lease: i64,
    pub highest_priority: i64,
    /// Whether an operator changes limits, deletes pools, cancels runs and frees slots.
    pub operator: bool,
}

#[derive(Clone)]
pub struct ClientPlan {
    pub run: usize,
    pub step: String,
    /// Which storage object it uses.
    pub storage: usize,
    pub jobs: i64,
    pub habit: Habit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Claims and holds in all ways. `natively`: the percentage of native waits.
    Mixed { natively: i64 },
    /// Waits for all slots of a pool until it is granted.
    Wide,
    /// Claims one slot of the same pool, again and again.
    Quick,
}

impl Plan {
    pub fn of(random: &Random) -> Self {
        let crowded = random.one_in(4);
        let pools = ["a", "b", "c", "d"][..at(random.between(2..=4))].to_vec();
        let locations = if random.one_in(4) { vec!["here", "there"] } else { vec!["here"; at(random.between(1..=3))] };
        let natively = *random.pick(&[0, 30, 60, 90]);
        let mut clients: Vec<ClientPlan> = (0..random.between(4..=12))
            .map(|number| ClientPlan {
                run: at(number / 2),
                step: format!("s{number}"),
                storage: at(random.between(0..=i64::try_from(locations.len()).expect("few") - 1)),
                jobs: random.between(4..=10),
                habit: Habit::Mixed { natively },
            })
            .collect();
        if crowded {
            crowd(&mut clients);
        } else if random.one_in(3) {
            // Two clients that act as the same step.
            let step = clients[0].step.clone();
            clients[1].step = step;
        }
        let restless = !crowded && random.one_in(2);
        let rare = |often: i64| if restless { often } else { 0 };
        Self {
            pools,
            locations,
            clients,
            faults: Faults { crash: rare(150), suspend: rare(200) },
            kill: rare(80),
            close: rare(80),
            sleep: if crowded { 0 } else { 60 },
            highest_limit: random.between(1..=5),
            longest_lease: random.between(2..=30),
            highest_priority: random.between(0..=2),
            operator: !crowded,
        }
    }
}

/// One client that wants all slots of a pool, among many that want one.
fn crowd(clients: &mut [ClientPlan]) {
    for client in clients.iter_mut() {
        (client.storage, client.habit, client.jobs) = (0, Habit::Quick, 25);
    }
    (clients[0].habit, clients[0].jobs) = (Habit::Wide, 2);
}

pub fn at(number: i64) -> usize {
    usize::try_from(number).expect("a small number")
}
