//! What outlasts a process: the work that is to be done.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::Plan;

pub struct Lasting(Mutex<Inside>);

struct Inside {
    /// Of each claimer.
    jobs: Vec<i64>,
    /// Of each run: how often it was cancelled, and begun anew under another name.
    cancelled: Vec<i64>,
}

impl Lasting {
    pub fn of(plan: &Plan) -> Self {
        let jobs = plan.claimers.iter().map(|claimer| claimer.jobs).collect();
        let runs = plan.claimers.iter().map(|claimer| claimer.run + 1).max().unwrap_or(0);
        Self(Mutex::new(Inside { jobs, cancelled: vec![0; runs] }))
    }

    /// Whether the claimer has another job to do.
    pub fn take_job(&self, claimer: usize) -> bool {
        let left = &mut self.inside().jobs[claimer];
        *left -= 1;
        *left >= 0
    }

    pub fn has_jobs(&self) -> bool {
        self.inside().jobs.iter().any(|left| *left > 0)
    }

    pub fn runs(&self) -> usize {
        self.inside().cancelled.len()
    }

    pub fn run_name(&self, run: usize) -> String {
        format!("r{run}.{}", self.inside().cancelled[run])
    }

    pub fn cancelled(&self, run: usize) {
        self.inside().cancelled[run] += 1;
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
