//! How to connect.

use std::time::Duration;

use rivers_storage::{Code, Error, Result};

/// What a caller gives. An empty text counts as none.
#[derive(Clone, Debug, Default)]
pub struct ConnectArguments {
    /// A user of the database.
    pub username: Option<String>,
    /// The password of the user.
    pub password: Option<String>,
    /// Default: `rivers`.
    pub namespace: Option<String>,
    /// Default: `main`.
    pub database: Option<String>,
    /// The deadline of a call. Default: 30 s.
    pub timeout: Option<Duration>,
}

/// How to connect: arguments, environment and defaults together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectOptions {
    /// The namespace.
    pub namespace: String,
    /// The database.
    pub database: String,
    /// The user of the database and the password; none for a server without users.
    pub credentials: Option<(String, String)>,
    /// The deadline of a call.
    pub timeout: Duration,
}

const PREFIX: &str = "RIVERS_SURREAL_";

impl ConnectOptions {
    /// The environment variables that [`ConnectOptions::resolve`] reads.
    pub const VARIABLES: [&'static str; 4] =
        ["RIVERS_SURREAL_USERNAME", "RIVERS_SURREAL_PASSWORD", "RIVERS_SURREAL_NAMESPACE", "RIVERS_SURREAL_DATABASE"];

    /// Each argument, else the environment variable, else the default. `variable` reads the environment.
    pub fn resolve(arguments: ConnectArguments, variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let given = |argument: Option<String>, name: &str| {
            let is_given = |text: &String| !text.is_empty();
            argument.filter(is_given).or_else(|| variable(&format!("{PREFIX}{name}")).filter(is_given))
        };
        let ConnectArguments { username, password, namespace, database, timeout } = arguments;
        let credentials = match (given(username, "USERNAME"), given(password, "PASSWORD")) {
            (Some(username), Some(password)) => Some((username, password)),
            (None, None) => None,
            (Some(_), None) => return Err(missing("username", "password")),
            (None, Some(_)) => return Err(missing("password", "username")),
        };
        Ok(Self {
            namespace: given(namespace, "NAMESPACE").unwrap_or_else(|| "rivers".to_owned()),
            database: given(database, "DATABASE").unwrap_or_else(|| "main".to_owned()),
            credentials,
            timeout: timeout.unwrap_or(Duration::from_secs(30)),
        })
    }
}

fn missing(given: &str, missing: &str) -> Error {
    let variable = missing.to_uppercase();
    let message = format!("{given} is given without {missing}: give both or neither (RIVERS_SURREAL_{variable})");
    Error::new(Code::Auth, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve((username, password): (&str, &str), environment: &[(&str, &str)]) -> Result<Option<(String, String)>> {
        let some = |text: &str| Some(text.to_owned());
        let arguments =
            ConnectArguments { username: some(username), password: some(password), ..ConnectArguments::default() };
        let variable = |name: &str| environment.iter().find(|(key, _)| *key == name).and_then(|(_, value)| some(value));
        Ok(ConnectOptions::resolve(arguments, variable)?.credentials)
    }

    #[test]
    fn an_empty_text_is_none_in_both_places() {
        let both = Some(("u".to_owned(), "p".to_owned()));
        let environment = [("RIVERS_SURREAL_USERNAME", "u"), ("RIVERS_SURREAL_PASSWORD", "p")];
        assert_eq!(resolve(("u", "p"), &[]).unwrap(), both);
        assert_eq!(resolve(("", ""), &environment).unwrap(), both);
        assert_eq!(resolve(("u", ""), &environment[1..]).unwrap(), both);
        assert_eq!(resolve(("", ""), &[("RIVERS_SURREAL_USERNAME", "")]).unwrap(), None);
    }

    #[test]
    fn one_of_both_is_an_error_before_connecting() {
        for credentials in [("u", ""), ("", "p")] {
            assert_eq!(resolve(credentials, &[]).unwrap_err().code(), Code::Auth);
        }
    }
}
