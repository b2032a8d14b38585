//! Partition keys.

use std::collections::HashMap;

use napi::Env;
use napi::bindgen_prelude::{Either3, Either4};
use napi_derive::napi;
use rivers_storage::partitions;

use crate::from_js::{Converted, Fields, FromJs, ValuePath, list, refused};
use crate::js::{Js, JsResult, Kind, Shape};
use crate::to_js::{Dictionary, ToJs};

/// One partition of one dimension, or a batch of several.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct SinglePartition {
    /// The values, sorted by code point; at least one. Several are a batch.
    pub single: Vec<String>,
}

/// One partition of several dimensions, or the product of the values of each.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct MultiPartition {
    /// The values of each dimension, sorted by code point; at least one of each. Several values are a batch.
    pub multi: HashMap<String, Vec<String>>,
}

/// Exactly these partitions.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct PartitionSet {
    /// The members, in their order; at least one.
    pub set: Vec<PartitionKey>,
}

/// A partition key as it is stored: values and dimensions sorted by code point, duplicates dropped; sets keep their
/// order. Equal keys are the same partition.
#[napi]
pub type PartitionKey = Either3<SinglePartition, MultiPartition, PartitionSet>;

/// One partition of one dimension, or a batch of several, as a call takes it.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct SinglePartitionInput {
    /// The values, in any order; at least one. Several are a batch.
    #[napi(ts_type = "readonly string[]")]
    pub single: Vec<String>,
}

/// One partition of several dimensions, or the product of the values of each, as a call takes it.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct MultiPartitionInput {
    /// The values of each dimension, in any order; at least one of each. A dimension's name is not empty.
    #[napi(ts_type = "Readonly<Record<string, readonly string[]>>")]
    pub multi: HashMap<String, Vec<String>>,
}

/// Exactly these partitions, as a call takes them.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct PartitionSetInput {
    /// The members, in their order; at least one.
    #[napi(ts_type = "readonly Exclude<PartitionInput, string>[]")]
    pub set: Vec<PartitionInput>,
}

/// A partition, as a call takes it. A string is one value: 'x' is `{ single: ['x'] }`; only `getLatestMaterialization`
/// reads more into it. Values and dimensions are sorted by code point and duplicates dropped before a key is stored or
/// compared.
#[napi]
pub type PartitionInput = Either4<String, SinglePartitionInput, MultiPartitionInput, PartitionSetInput>;

/// Normal. A string is one value.
impl FromJs for partitions::PartitionKey {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        if js.kind() == Kind::String {
            return String::from_js(js, path).map(Self::single);
        }
        Ok(object(js, path, partitions::MAX_NESTING)?.normalise(&path.to_string())?)
    }
}

const EXPECTED: &str = "a partition key: { single: [] }, { multi: {} } or { set: [] }, or a string";

/// Exactly one of its fields says what it is.
fn object<'e>(js: Js<'e>, path: &ValuePath<'_>, depth_left: usize) -> Converted<'e, partitions::PartitionKey> {
    let fields = Fields::of(js, path)?;
    let field = |name| fields.get(name, |field, _| Ok(field));
    let [single, multi, set] = [field(c"single")?, field(c"multi")?, field(c"set")?];
    let is_there = |field: Js<'_>| field.kind() != Kind::Undefined;
    match [single, multi, set].map(is_there) {
        [true, false, false] => {
            FromJs::from_js(single, &ValuePath::Field(path, c"single")).map(partitions::PartitionKey::Single)
        }
        [false, true, false] => {
            let path = ValuePath::Field(path, c"multi");
            Fields::of(multi, &path)?.entries().map(partitions::PartitionKey::Multi)
        }
        [false, false, true] => {
            let path = ValuePath::Field(path, c"set");
            if depth_left == 0 {
                let most = partitions::MAX_NESTING;
                return Err(refused(set, &path, &format!("at most {most} sets within each other")));
            }
            let member = |member: Js<'e>, path: &ValuePath<'_>| object(member, path, depth_left - 1);
            list(set, &path, member).map(partitions::PartitionKey::Set)
        }
        _ => Err(refused(js, path, EXPECTED)),
    }
}

static SINGLE: Shape = Shape::new(&["single"]);
static MULTI: Shape = Shape::new(&["multi"]);
static SET: Shape = Shape::new(&["set"]);

impl ToJs for partitions::PartitionKey {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        match self {
            Self::Single(values) => SINGLE.build(env, [values.to_js(env)?]),
            Self::Multi(dimensions) => MULTI.build(env, [Dictionary(dimensions).to_js(env)?]),
            Self::Set(members) => SET.build(env, [members.to_js(env)?]),
        }
    }
}
