//! Durations: milliseconds, or texts such as `1h30m`.

use crate::error::{Error, Result};

/// The longest duration, in seconds.
pub const MAX_SECS: u64 = u32::MAX as u64;

/// What an error message says that it expected.
pub const EXPECTED: &str = "milliseconds (0 or more) or a duration such as '90s', '1h30m', '250ms'";

/// Whole milliseconds; fractions are cut off. `name` is the argument's path in the call. Fails with `Code::InvalidArg`
/// if the number is negative, not finite, or above [`MAX_SECS`].
pub fn from_millis(name: &str, millis: f64) -> Result<i64> {
    if !millis.is_finite() || millis < 0.0 {
        return Err(Error::invalid(name, millis, EXPECTED));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    within(name, &millis.to_string(), millis as u128)
}

/// The milliseconds of a text in humantime's grammar. Fails with `Code::InvalidArg` if it cannot be parsed or is above
/// [`MAX_SECS`].
pub fn parse(name: &str, text: &str) -> Result<i64> {
    let shown = format!("'{text}'");
    let duration = humantime::parse_duration(text)
        .map_err(|reason| Error::invalid(name, format!("{shown} ({reason})"), EXPECTED))?;
    within(name, &shown, duration.as_millis())
}

fn within(name: &str, shown: &str, millis: u128) -> Result<i64> {
    match i64::try_from(millis) {
        Ok(whole) if millis <= u128::from(MAX_SECS) * 1000 => Ok(whole),
        _ => Err(Error::invalid(name, shown, &format!("a duration of at most {MAX_SECS} seconds"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_add_up_to_whole_milliseconds() {
        for (text, millis) in [
            ("0", 0),
            ("250ms", 250),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            (" 2 days ", 172_800_000),
            ("1999us", 1),
        ] {
            assert_eq!(parse("d", text).unwrap(), millis, "{text}");
        }
        assert_eq!(from_millis("d", 1.999).unwrap(), 1);
    }

    #[test]
    fn what_is_no_duration_is_refused_with_the_reason() {
        for text in ["", " ", "5", "-1s", ".5s", "1.s", "5S", "PT5M", "5m, 3s", "4294967296s"] {
            let error = parse("lease", text).unwrap_err();
            assert!(
                error.message().starts_with("lease: expected") && error.message().contains(&format!("'{text}'")),
                "{error}"
            );
        }
        for millis in [-1.0, f64::NAN, f64::INFINITY, 4_294_967_295_001.0] {
            assert!(from_millis("lease", millis).is_err(), "{millis}");
        }
        assert_eq!(parse("d", "4294967295s").unwrap(), 4_294_967_295_000);
    }
}
