//! Objects of one shape. A JavaScript function makes them from their values: V8 compiles it, and
//! calling it once is several times as fast as setting each field from outside.

use std::cell::RefCell;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::{Env, sys};

use super::environment::Environment;
use super::value::{Js, Thrown, check};

pub struct Maker {
    fields: &'static [&'static str],
    /// Its place among the makers of every environment.
    place: OnceLock<usize>,
}

/// The functions of one environment.
#[derive(Default)]
pub struct Made(RefCell<Vec<Option<sys::napi_ref>>>);

impl Maker {
    pub const fn new(fields: &'static [&'static str]) -> Self {
        Self { fields, place: OnceLock::new() }
    }

    /// From the values of the fields, in their order.
    pub fn make<'e, const N: usize>(&self, env: &'e Env, values: [Js<'e>; N]) -> Result<Js<'e>, Thrown<'e>> {
        let environment = Environment::of(env).ok_or(Thrown(None))?;
        let values = values.map(Js::raw);
        let raw = env.raw();
        let (mut function, mut object) = (ptr::null_mut(), ptr::null_mut());
        let reference = self.function(env, &environment.made)?;
        check(raw, unsafe { sys::napi_get_reference_value(raw, reference, &raw mut function) })?;
        let undefined = Js::undefined(env)?.raw();
        check(raw, unsafe { sys::napi_call_function(raw, undefined, function, N, values.as_ptr(), &raw mut object) })?;
        // SAFETY: just made by this environment.
        Ok(unsafe { Js::from_raw(raw, object) })
    }

    fn function<'e>(&self, env: &'e Env, made: &Made) -> Result<sys::napi_ref, Thrown<'e>> {
        static MAKERS: AtomicUsize = AtomicUsize::new(0);
        let place = *self.place.get_or_init(|| MAKERS.fetch_add(1, Ordering::Relaxed));
        if let Some(Some(known)) = made.0.borrow().get(place) {
            return Ok(*known);
        }
        let function = Js::run(env, &self.source())?;
        let mut reference = ptr::null_mut();
        check(env.raw(), unsafe { sys::napi_create_reference(env.raw(), function.raw(), 1, &raw mut reference) })?;
        let mut made = made.0.borrow_mut();
        if made.len() <= place {
            made.resize(place + 1, None);
        }
        if let Some(function) = made.get_mut(place) {
            *function = Some(reference);
        }
        Ok(reference)
    }

    fn source(&self) -> String {
        let numbered = self.fields.iter().enumerate();
        let (values, fields): (Vec<_>, Vec<_>) =
            numbered.map(|(at, name)| (format!("v{at}"), format!("{name}: v{at}"))).unzip();
        format!("({}) => ({{ {} }})", values.join(", "), fields.join(", "))
    }
}
