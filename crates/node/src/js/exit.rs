//! The end of the process. `process.exit()` tears no environment down, so their hooks do not tell.

use napi::Env;

use super::script::Script;
use super::value::{Js, Thrown};

/// Calls the function when the process emits 'exit'.
///
/// A test runner loads the package again for each test file, and a process may hold several copies of it, so all share
/// one listener: it calls the functions of a set, which every copy and version finds under the same symbol. The script
/// runs in the addon's realm, where `process` is the one that exits; a test runner gives its tests another.
pub fn on_exit<'e>(env: &'e Env, function: Js<'e>) -> Result<(), Thrown<'e>> {
    static ADD: Script = Script::new();
    let source = r"added => {
        const shared = Symbol.for('rivers-storage.exit')
        if (!process[shared]) {
            const functions = new Set()
            Object.defineProperty(process, shared, { value: functions })
            process.on('exit', () => functions.forEach(call => call()))
        }
        process[shared].add(added)
    }";
    ADD.call(env, || source.to_owned(), [function]).map(drop)
}

/// Calls back when the process ends, before what was set up earlier is torn down: also the static
/// data of native libraries, which threads may still use. Where a process ends without handlers and
/// by stopping all threads first (Windows), nothing is to be done.
pub fn at_exit(callback: extern "C" fn()) {
    #[cfg(unix)]
    {
        unsafe extern "C" {
            fn atexit(callback: extern "C" fn()) -> std::ffi::c_int;
        }
        // SAFETY: the addon stays loaded, see `Environment::set_up`.
        unsafe { atexit(callback) };
    }
    #[cfg(not(unix))]
    let _ = callback;
}
