//! The code location that a storage object belongs to: the scope of its assets, pools, ticks, partitions and run lists.

/// The code location if neither the option nor a variable names one.
pub const DEFAULT: &str = "default";
/// The environment variables that name a code location, the first before the second.
pub const VARIABLES: [&str; 2] = ["RIVERS_CODE_LOCATION_ID", "RIVERS_CODE_LOCATION_NAME"];

/// The first of these that is not empty: the option, the variables in their order, the default.
pub fn resolve(option: Option<String>, variable: impl Fn(&str) -> Option<String>) -> String {
    let given = option.into_iter().chain(VARIABLES.into_iter().filter_map(variable));
    given.into_iter().find(|location| !location.is_empty()).unwrap_or_else(|| DEFAULT.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_not_empty_counts() {
        let resolved = |option: Option<&str>, id: Option<&str>, name: Option<&str>| {
            resolve(option.map(str::to_owned), |variable| {
                let value = if variable == "RIVERS_CODE_LOCATION_ID" { id } else { name };
                value.map(str::to_owned)
            })
        };
        assert_eq!(resolved(Some("a"), Some("b"), Some("c")), "a");
        assert_eq!(resolved(Some(""), Some("b"), Some("c")), "b");
        assert_eq!(resolved(None, Some(""), Some("c")), "c");
        assert_eq!(resolved(Some(""), None, Some("")), "default");
    }
}
