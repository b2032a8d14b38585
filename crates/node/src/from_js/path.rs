//! Where in a call a value stands, such as `events[2].timestamp`.

use std::ffi::CStr;
use std::fmt;

pub enum ValuePath<'a> {
    Argument(&'a str),
    Field(&'a Self, &'a CStr),
    Element(&'a Self, u32),
    /// Of an object whose keys are the caller's.
    Key(&'a Self, &'a str),
}

impl fmt::Display for ValuePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => f.write_str(name),
            Self::Field(of, name) => write!(f, "{of}.{}", name.to_string_lossy()),
            Self::Element(of, index) => write!(f, "{of}[{index}]"),
            Self::Key(of, key) => write!(f, "{of}['{key}']"),
        }
    }
}
