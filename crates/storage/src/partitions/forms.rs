//! The texts of a partition key. The canonical form is exact: equal texts, equal keys. The display form is for people,
//! and different keys may have the same.

use std::fmt;

use serde_json::{Value, json};

use super::PartitionKey;
use crate::error::{Error, Result};

impl PartitionKey {
    /// The canonical form of a normalised key, as JSON.
    pub fn to_canonical(&self) -> String {
        match self {
            Self::Single(values) => format!(r#"{{"single":{}}}"#, json!(values)),
            Self::Multi(dimensions) => {
                let dimension = |(name, values): &(String, Vec<String>)| format!("{}:{}", json!(name), json!(values));
                let dimensions: Vec<String> = dimensions.iter().map(dimension).collect();
                format!(r#"{{"multi":{{{}}}}}"#, dimensions.join(","))
            }
            Self::Set(members) => {
                let members: Vec<String> = members.iter().map(Self::to_canonical).collect();
                format!(r#"{{"set":[{}]}}"#, members.join(","))
            }
        }
    }

    /// The key of a stored canonical form. Fails with `Code::Corrupt` if it is none.
    pub fn from_canonical(text: &str) -> Result<Self> {
        let key = serde_json::from_str(text).ok().and_then(Self::from_json);
        key.ok_or_else(|| Error::corrupt(format!("a stored partition key cannot be read: {text}")))
    }

    /// The dimensions that a display form may stand for: `name=v1,v2` joined by `|`. None if it does not have that
    /// form.
    pub fn dimensions_of_display(display: &str) -> Option<Self> {
        let dimension = |part: &str| {
            let (name, values) = part.split_once('=')?;
            Some((name.to_owned(), values.split(',').map(str::to_owned).collect()))
        };
        let dimensions: Vec<(String, Vec<String>)> = display.split('|').map(dimension).collect::<Option<_>>()?;
        let named = dimensions.len();
        match Self::Multi(dimensions).normalise("partition").ok()? {
            // A display form names each dimension once.
            Self::Multi(normal) if normal.len() == named => Some(Self::Multi(normal)),
            _ => None,
        }
    }

    fn from_json(json: Value) -> Option<Self> {
        let Value::Object(fields) = json else { return None };
        let (variant, content) = fields.into_iter().next()?;
        match (variant.as_str(), content) {
            ("single", values) => texts(values).map(Self::Single),
            ("multi", Value::Object(dimensions)) => {
                let dimensions = dimensions.into_iter().map(|(name, values)| Some((name, texts(values)?)));
                dimensions.collect::<Option<_>>().map(Self::Multi)
            }
            ("set", Value::Array(members)) => {
                members.into_iter().map(Self::from_json).collect::<Option<_>>().map(Self::Set)
            }
            _ => None,
        }
    }
}

fn texts(json: Value) -> Option<Vec<String>> {
    let Value::Array(values) = json else { return None };
    let text = |value| if let Value::String(text) = value { Some(text) } else { None };
    values.into_iter().map(text).collect()
}

/// The display form.
impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(values) => f.write_str(&values.join(",")),
            Self::Multi(dimensions) => {
                for (at, (name, values)) in dimensions.iter().enumerate() {
                    let separator = if at == 0 { "" } else { "|" };
                    write!(f, "{separator}{name}={}", values.join(","))?;
                }
                Ok(())
            }
            Self::Set(members) => {
                for (at, member) in members.iter().enumerate() {
                    write!(f, "{}{member}", if at == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}
