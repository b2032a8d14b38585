//! How other threads reach the thread of a JavaScript environment: a queue of jobs, and one threadsafe function that wakes
//! the event loop. Posting never blocks, and one turn of the event loop runs all jobs that are queued.

use std::ffi::c_void;
use std::mem;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::{Env, sys};
use parking_lot::Mutex;

use super::value::{Js, JsResult, check};

/// Runs on the environment's thread.
struct Job {
    run: Box<dyn FnOnce(&Env) + Send>,
    ends_call: bool,
}

pub struct Mailbox {
    queue: Mutex<Queue>,
    /// How many calls are pending; while there are any, the process stays alive. Only the environment's thread changes it.
    pending_calls: AtomicUsize,
}

struct Queue {
    jobs: Vec<Job>,
    /// None once the mailbox is closed: later jobs are dropped.
    waker: Option<Waker>,
}

/// Wakes the environment's event loop.
#[derive(Clone, Copy)]
struct Waker(sys::napi_threadsafe_function);

// SAFETY: N-API allows calling a threadsafe function on any thread until it is released. `close` releases it, under the
// lock under which the other threads call it.
unsafe impl Send for Waker {}

impl Mailbox {
    pub fn open(env: &Env) -> JsResult<'_, Arc<Self>> {
        let queue = Mutex::new(Queue { jobs: Vec::new(), waker: None });
        let mailbox = Arc::new(Self { queue, pending_calls: AtomicUsize::new(0) });
        let name = Js::from_string(env, "rivers-storage")?;
        let context = Arc::into_raw(Arc::clone(&mailbox)).cast_mut().cast::<c_void>();
        let mut function = ptr::null_mut();
        // SAFETY: `env` is live, see the module above; the context is a share in the mailbox, which both callbacks expect.
        let made = check(env.raw(), unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                ptr::null_mut(),
                ptr::null_mut(),
                name.raw(),
                0,
                1,
                context,
                Some(finalize),
                context,
                Some(run_jobs),
                &raw mut function,
            )
        });
        if made.is_err() {
            // SAFETY: there is no threadsafe function, so nothing else owns the share.
            drop(unsafe { Arc::from_raw(context.cast_const().cast::<Self>()) });
        }
        made?;
        let waker = Waker(function);
        waker.let_process_end(env);
        mailbox.queue.lock().waker = Some(waker);
        Ok(mailbox)
    }

    /// Keeps the process alive until `end_call`.
    pub fn begin_call(&self, env: &Env) {
        if self.pending_calls.fetch_add(1, Ordering::Relaxed) == 0
            && let Some(waker) = self.waker()
        {
            waker.keep_process_alive(env);
        }
    }

    /// Posts the job with which a call ends.
    pub fn end_call(&self, job: impl FnOnce(&Env) + Send + 'static) {
        self.enqueue(Job { run: Box::new(job), ends_call: true });
    }

    /// Posts a job that does not keep the process alive.
    pub fn post(&self, job: impl FnOnce(&Env) + Send + 'static) {
        self.enqueue(Job { run: Box::new(job), ends_call: false });
    }

    pub fn is_empty(&self) -> bool {
        self.queue.lock().jobs.is_empty()
    }

    fn enqueue(&self, job: Job) {
        let mut queue = self.queue.lock();
        let Some(waker) = queue.waker else {
            // After unlocking, because dropping a job may post another one.
            drop(queue);
            return drop(job);
        };
        queue.jobs.push(job);
        if queue.jobs.len() == 1 {
            waker.wake();
        }
    }

    /// Drops queued and later jobs. An environment calls it before it goes, on its own thread.
    pub fn close(&self) {
        let mut queue = self.queue.lock();
        if let Some(waker) = queue.waker.take() {
            waker.release();
        }
        let jobs = mem::take(&mut queue.jobs);
        // As in `enqueue`.
        drop(queue);
        drop(jobs);
    }

    fn run_jobs(&self, env: &Env) {
        let jobs = mem::take(&mut self.queue.lock().jobs);
        let ended = jobs.iter().filter(|job| job.ends_call).count();
        for Job { run, .. } in jobs {
            run(env);
        }
        if ended > 0
            && self.pending_calls.fetch_sub(ended, Ordering::Relaxed) == ended
            && let Some(waker) = self.waker()
        {
            waker.let_process_end(env);
        }
    }

    /// On the environment's thread only, where `close` cannot run before the waker is used.
    fn waker(&self) -> Option<Waker> {
        self.queue.lock().waker
    }
}

impl Waker {
    fn wake(self) {
        let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
        // SAFETY: the caller holds the lock of the queue, so `close` has not released the function.
        unsafe { sys::napi_call_threadsafe_function(self.0, ptr::null_mut(), mode) };
    }

    fn keep_process_alive(self, env: &Env) {
        // SAFETY: on the environment's thread, where `close` releases the function, and has not yet.
        unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.0) };
    }

    fn let_process_end(self, env: &Env) {
        // SAFETY: as in `keep_process_alive`.
        unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.0) };
    }

    fn release(self) {
        let mode = sys::ThreadsafeFunctionReleaseMode::abort;
        // SAFETY: the caller has taken the waker out of the queue, so it is released once. N-API's own cleanup hook, which
        // frees the function, runs after ours: it was added first.
        unsafe { sys::napi_release_threadsafe_function(self.0, mode) };
    }
}

unsafe extern "C" fn run_jobs(env: sys::napi_env, _: sys::napi_value, context: *mut c_void, _: *mut c_void) {
    // N-API passes no environment while it tears that down.
    if !env.is_null() {
        // SAFETY: the context is the function's share in the mailbox, which `finalize` drops.
        let mailbox = unsafe { &*context.cast_const().cast::<Mailbox>() };
        mailbox.run_jobs(&Env::from_raw(env));
    }
}

unsafe extern "C" fn finalize(_: sys::napi_env, context: *mut c_void, _: *mut c_void) {
    // SAFETY: N-API calls it once, after the last `run_jobs`, with the share of `open`.
    drop(unsafe { Arc::from_raw(context.cast_const().cast::<Mailbox>()) });
}
