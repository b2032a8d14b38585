//! The path to a value in the arguments of a call, such as `events[2].timestamp`.

use std::ffi::CStr;
use std::fmt;

pub enum ValuePath<'a> {
    Argument(&'a str),
    Field(&'a Self, &'a CStr),
    Element(&'a Self, u32),
    /// A value of an object whose keys are data.
    Key(&'a Self, &'a str),
}

impl ValuePath<'_> {
    /// How deep the value is in its argument.
    pub const fn depth(&self) -> usize {
        match self {
            Self::Argument(_) => 0,
            Self::Field(of, _) | Self::Element(of, _) | Self::Key(of, _) => 1 + of.depth(),
        }
    }
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
