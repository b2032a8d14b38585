//! Calls that open a store.

use napi::Env;
use napi_derive::napi;
use parking_lot::{Condvar, Mutex};
use rivers_storage::location;
use rivers_storage_surreal as engine;

use crate::errors::Failure;
use crate::js::{Js, typed};
use crate::lifecycle::{CLOSE_TIMEOUT, environment};

static UNDER_WAY: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// A call that opens a store, counted as under way until it is dropped.
pub struct Opening {
    /// The JavaScript environment of the call, with which the store closes.
    environment: usize,
    /// The environment variables that name a code location or a server's database, read on the thread of the call: a worker may have its own.
    variables: Vec<(&'static str, String)>,
}

impl Opening {
    pub fn begin(env: &Env) -> Result<Self, Failure<'_>> {
        let mut variables = Vec::new();
        for name in location::VARIABLES.into_iter().chain(engine::ConnectOptions::VARIABLES) {
            variables.extend(Js::process_variable(env, name)?.string().map(|value| (name, value)));
        }
        let environment = environment(env)?.id;
        *UNDER_WAY.0.lock() += 1;
        Ok(Self { environment, variables })
    }

    pub const fn environment(&self) -> usize {
        self.environment
    }

    pub fn code_location(&self, option: Option<String>) -> String {
        location::resolve(option, |name| self.variable(name))
    }

    pub fn variable(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        *UNDER_WAY.0.lock() -= 1;
        UNDER_WAY.1.notify_all();
    }
}

/// Waits for openings under way, for a limited time. The 'exit' listener calls it, because the end of the process destroys
/// static data that they use.
#[napi]
pub fn finish_openings() {
    UNDER_WAY.1.wait_while_for(&mut UNDER_WAY.0.lock(), |openings| *openings > 0, CLOSE_TIMEOUT);
}

/// Reads the code location variables from this object's `env`: a test runner gives its tests a `process` of their own.
#[napi]
pub fn read_variables_of(
    env: &Env,
    #[napi(ts_arg_type = "{ env: Record<string, string | undefined> }")] process: typed::Arc<typed::Unknown>,
) {
    if let Ok(environment) = environment(env) {
        drop(environment.set_process(env, process.js()));
    }
}
