//! The work to be done, which outlives the processes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::Plan;

pub struct Workload(Mutex<Left>);

struct Left {
    /// By client, the jobs left.
    jobs: Vec<i64>,
    /// By run, its cancellations: after each the run begins anew under another name.
    cancelled: Vec<i64>,
}

impl Workload {
    pub fn of(plan: &Plan) -> Self {
        let jobs = plan.clients.iter().map(|client| client.jobs).collect();
        let runs = plan.clients.iter().map(|client| client.run + 1).max().unwrap_or(0);
        Self(Mutex::new(Left { jobs, cancelled: vec![0; runs] }))
    }

    /// Whether the client has another job to do.
    pub fn take_job(&self, client: usize) -> bool {
        let left = &mut self.lock().jobs[client];
        *left -= 1;
        *left >= 0
    }

    pub fn has_jobs(&self) -> bool {
        self.lock().jobs.iter().any(|left| *left > 0)
    }

    pub fn runs(&self) -> usize {
        self.lock().cancelled.len()
    }

    pub fn run_name(&self, run: usize) -> String {
        format!("r{run}.{}", self.lock().cancelled[run])
    }

    pub fn cancelled(&self, run: usize) {
        self.lock().cancelled[run] += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
