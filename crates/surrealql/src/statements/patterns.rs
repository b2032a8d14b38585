//! A bound on the regular expressions of a text, before the parser compiles them.
//!
//! The parser compiles each literal `/…/`, and nothing can stop it: a thousand of `/\w{100}/` take two minutes. Only
//! the parser knows where a literal is, so the whole text counts, strings and comments too. Values of `vars` do not.

use rivers_storage::{Error, Result};

/// A literal has two. Compiling the shortest one takes tens of microseconds.
const MOST_SLASHES: usize = 8_192;
/// A class of Unicode, such as `\w`, takes about a millisecond.
const MOST_WEIGHT: usize = 256;
/// A repetition multiplies what it repeats, up to the 100 milliseconds at which the compiler gives up.
const WEIGHT_OF_REPETITION: usize = 8;

pub fn check(text: &str) -> Result<()> {
    let slashes = text.bytes().filter(|byte| *byte == b'/').count();
    if slashes > MOST_SLASHES {
        return Err(Error::invalid(
            "surql",
            slashes,
            &format!("at most {MOST_SLASHES} slashes: give long data as vars"),
        ));
    }
    if slashes > 1 && weight(text.as_bytes()) > MOST_WEIGHT {
        return Err(Error::new(
            rivers_storage::Code::InvalidArg,
            "surql: its regular expressions have too many repetitions and classes, such as {100} and \\w",
        ));
    }
    Ok(())
}

fn weight(text: &[u8]) -> usize {
    let classes =
        text.windows(2).filter(|pair| matches!(pair, [b'\\', b'w' | b'W' | b'd' | b'D' | b'p' | b'P'])).count();
    let repetitions = text.split(|byte| *byte == b'{').skip(1).filter_map(repetition);
    repetitions.fold(classes, |sum, count| sum.saturating_add(count).saturating_add(WEIGHT_OF_REPETITION))
}

/// How often `{3}`, `{3,}` and `{3,5}` repeat, from what follows the brace.
fn repetition(rest: &[u8]) -> Option<usize> {
    let inside = &rest[..rest.iter().position(|byte| *byte == b'}')?];
    let numbers = std::str::from_utf8(inside).ok()?.split(',');
    // Empty stands for no bound. A number that is too large for the type is too large for the compiler.
    numbers.map(str::trim).map(|number| if number.is_empty() { Some(0) } else { number.parse().ok() }).max()?
}
