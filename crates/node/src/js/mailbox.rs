//! How other threads reach the thread of a JavaScript environment: letters in a box, and a bell. A
//! letter never waits for anybody, and all that lie in the box are opened in one turn of the event
//! loop.

use std::ffi::c_void;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::{Env, sys};

use super::value::{Js, Thrown, check};

/// What to do on the environment's thread.
type Errand = Box<dyn FnOnce(&Env) + Send>;

struct Letter {
    errand: Errand,
    is_awaited: bool,
}

pub struct Mailbox {
    inside: Mutex<Inside>,
    /// How many letters are to come that keep the process alive. Only the environment's thread counts.
    awaited: AtomicUsize,
}

struct Inside {
    letters: Vec<Letter>,
    /// Gone when the environment goes: letters that come later are thrown away.
    bell: Option<Bell>,
}

#[derive(Clone, Copy)]
struct Bell(sys::napi_threadsafe_function);

// SAFETY: to be called from any thread is what the function is for.
unsafe impl Send for Bell {}

impl Mailbox {
    pub fn open(env: &Env) -> Result<Arc<Self>, Thrown<'_>> {
        let inside = Mutex::new(Inside { letters: Vec::new(), bell: None });
        let mailbox = Arc::new(Self { inside, awaited: AtomicUsize::new(0) });
        let name = Js::from_string(env, "rivers-storage")?;
        let kept = Arc::into_raw(Arc::clone(&mailbox)).cast_mut().cast::<c_void>();
        let mut function = ptr::null_mut();
        let made = check(env.raw(), unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                ptr::null_mut(),
                ptr::null_mut(),
                name.raw(),
                0,
                1,
                kept,
                Some(let_go),
                kept,
                Some(deliver),
                &raw mut function,
            )
        });
        if made.is_err() {
            // SAFETY: nobody else got what was kept for the bell.
            drop(unsafe { Arc::from_raw(kept.cast_const().cast::<Self>()) });
        }
        made?;
        unsafe { sys::napi_unref_threadsafe_function(env.raw(), function) };
        mailbox.lock().bell = Some(Bell(function));
        Ok(mailbox)
    }

    /// From now on the process stays alive until one more answer came.
    pub fn await_answer(&self, env: &Env) {
        if self.awaited.fetch_add(1, Ordering::Relaxed) == 0
            && let Some(Bell(function)) = self.bell()
        {
            unsafe { sys::napi_ref_threadsafe_function(env.raw(), function) };
        }
    }

    /// One that was awaited.
    pub fn answer(&self, errand: impl FnOnce(&Env) + Send + 'static) {
        self.post(Letter { errand: Box::new(errand), is_awaited: true });
    }

    /// One that comes by itself.
    pub fn tell(&self, errand: impl FnOnce(&Env) + Send + 'static) {
        self.post(Letter { errand: Box::new(errand), is_awaited: false });
    }

    /// Whether everything that was posted has been opened.
    pub fn is_empty(&self) -> bool {
        self.lock().letters.is_empty()
    }

    fn post(&self, letter: Letter) {
        let mut inside = self.lock();
        let Some(Bell(function)) = inside.bell else {
            // Outside the lock, because what is in a letter may have much to do when it goes.
            drop(inside);
            return drop(letter);
        };
        inside.letters.push(letter);
        if inside.letters.len() == 1 {
            // SAFETY: the bell is there while the lock is held: `shut` takes it out first.
            unsafe {
                sys::napi_call_threadsafe_function(
                    function,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }

    /// Nothing reaches the environment from now on.
    pub fn shut(&self) {
        let mut inside = self.lock();
        if let Some(Bell(function)) = inside.bell.take() {
            unsafe { sys::napi_release_threadsafe_function(function, sys::ThreadsafeFunctionReleaseMode::abort) };
        }
        let letters = mem::take(&mut inside.letters);
        drop(inside);
        drop(letters);
    }

    fn deliver(&self, env: &Env) {
        let letters = mem::take(&mut self.lock().letters);
        let answers = letters.iter().filter(|letter| letter.is_awaited).count();
        for Letter { errand, .. } in letters {
            errand(env);
        }
        if answers > 0
            && self.awaited.fetch_sub(answers, Ordering::Relaxed) == answers
            && let Some(Bell(function)) = self.bell()
        {
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), function) };
        }
    }

    fn bell(&self) -> Option<Bell> {
        self.lock().bell
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

unsafe extern "C" fn deliver(env: sys::napi_env, _: sys::napi_value, mailbox: *mut c_void, _: *mut c_void) {
    // Without an environment, it is being torn down.
    if !env.is_null() {
        // SAFETY: kept for the bell until `let_go`.
        let mailbox = unsafe { &*mailbox.cast_const().cast::<Mailbox>() };
        mailbox.deliver(&Env::from_raw(env));
    }
}

unsafe extern "C" fn let_go(_: sys::napi_env, mailbox: *mut c_void, _: *mut c_void) {
    // SAFETY: the bell is gone, and called once for it.
    drop(unsafe { Arc::from_raw(mailbox.cast_const().cast::<Mailbox>()) });
}
