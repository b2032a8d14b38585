//! All random draws of a seed, from one generator of proptest, which the tests depend on anyway.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

#[derive(Clone)]
pub struct Random(Arc<Mutex<TestRng>>);

impl Random {
    pub fn of(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(Arc::new(Mutex::new(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))))
    }

    pub fn between(&self, range: RangeInclusive<i64>) -> i64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(range)
    }

    /// Never if `many` is 0.
    pub fn one_in(&self, many: i64) -> bool {
        many > 0 && self.between(1..=many) == 1
    }

    pub fn percent(&self, chance: i64) -> bool {
        self.between(1..=100) <= chance
    }

    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        let last = i64::try_from(from.len()).expect("a short list") - 1;
        &from[usize::try_from(self.between(0..=last)).expect("an index")]
    }
}
