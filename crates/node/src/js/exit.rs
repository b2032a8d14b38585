//! The end of the process. `process.exit()` skips the cleanup hooks of environments.

use napi::Env;

use super::script::Script;
use super::value::{Js, JsResult};

/// Calls the function when the process emits 'exit'.
///
/// A test runner loads the package again for each test file, and a process may hold several copies of it, so all share
/// one listener: it calls the functions of a set, which every copy and version finds under the same symbol. The script
/// runs in the addon's realm, where `process` is the one that exits; a test runner gives its tests another.
pub fn on_exit<'e>(env: &'e Env, function: Js<'e>) -> JsResult<'e, ()> {
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

/// Calls the function when the process ends, before the static data that exist now are destroyed: also those of native
/// libraries, which threads may still use. Does nothing on Windows, where a process stops all other threads first.
pub fn at_exit(function: extern "C" fn()) {
    #[cfg(unix)]
    {
        unsafe extern "C" {
            fn atexit(function: extern "C" fn()) -> std::ffi::c_int;
        }
        // SAFETY: this is the C declaration; `Environment::set_up` keeps the addon, with `function`, loaded until the end.
        unsafe { atexit(function) };
    }
    #[cfg(not(unix))]
    let _ = function;
}
