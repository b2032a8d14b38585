//! The key of a partition, and its normal form.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};

/// How deep sets may be nested. Deeper ones would overflow a stack.
pub const MAX_NESTING: usize = 32;

/// The key of a partition of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PartitionKey {
    /// One partition of one dimension; with several values, a batch of them.
    Single(Vec<String>),
    /// The product of several dimensions.
    Multi(Vec<(String, Vec<String>)>),
    /// These keys, in this order.
    Set(Vec<Self>),
}

impl PartitionKey {
    /// A partition with one dimension and one value.
    pub fn single(value: impl Into<String>) -> Self {
        Self::Single(vec![value.into()])
    }

    /// The normal form, in which equal partitions are equal: values and dimensions are sorted and given once; the
    /// members of a set stay in their order. Stored keys, and keys to look up, are normalised. `name` is the argument's
    /// path in the call. Fails with `Code::InvalidArg` if the key has no value, no dimension, a dimension without a
    /// name, or too many nested sets.
    pub fn normalise(self, name: &str) -> Result<Self> {
        self.normalise_within(name, MAX_NESTING)
    }

    fn normalise_within(self, name: &str, nesting: usize) -> Result<Self> {
        match self {
            Self::Single(values) => Ok(Self::Single(sorted(values, || format!("{name}.single"))?)),
            Self::Multi(dimensions) => normal_dimensions(dimensions, &format!("{name}.multi")).map(Self::Multi),
            Self::Set(members) => {
                let name = format!("{name}.set");
                if members.is_empty() {
                    return Err(Error::invalid(&name, "[]", "at least one partition key"));
                }
                if nesting == 0 {
                    let expected = format!("at most {MAX_NESTING} sets within each other");
                    return Err(Error::invalid(&name, "more", &expected));
                }
                let mut normal = Vec::with_capacity(members.len());
                for (at, member) in members.into_iter().enumerate() {
                    normal.push(member.normalise_within(&format!("{name}[{at}]"), nesting - 1)?);
                }
                Ok(Self::Set(normal))
            }
        }
    }
}

fn sorted(values: Vec<String>, name: impl Fn() -> String) -> Result<Vec<String>> {
    match values.len() {
        0 => Err(Error::invalid(&name(), "[]", "at least one value")),
        1 => Ok(values),
        _ => Ok(values.into_iter().collect::<BTreeSet<_>>().into_iter().collect()),
    }
}

/// A dimension that is given twice has the values of both.
fn normal_dimensions(dimensions: Vec<(String, Vec<String>)>, name: &str) -> Result<Vec<(String, Vec<String>)>> {
    if dimensions.is_empty() {
        return Err(Error::invalid(name, "{}", "at least one dimension"));
    }
    let mut normal: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (dimension, values) in dimensions {
        if dimension.is_empty() {
            return Err(Error::invalid(name, "''", "a dimension name that is not empty"));
        }
        if values.is_empty() {
            return Err(Error::invalid(&format!("{name}.{dimension}"), "[]", "at least one value"));
        }
        normal.entry(dimension).or_default().extend(values);
    }
    Ok(normal.into_iter().map(|(dimension, values)| (dimension, values.into_iter().collect())).collect())
}
