//! The end of the process. `process.exit()` tears no environment down, so their hooks do not tell.

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
