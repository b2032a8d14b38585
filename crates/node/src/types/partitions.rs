//! Partition keys.

use std::collections::HashMap;

use napi::Env;
use napi::bindgen_prelude::Either3;
use napi_derive::napi;
use rivers_storage::partitions;

use crate::from_js::{Converted, Fields, FromJs, ValuePath, list, refused};
use crate::js::{Js, JsResult, Kind, Shape};
use crate::to_js::{Dictionary, ToJs};

/// One partition, or several of one dimension.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct SinglePartition {
    pub single: Vec<String>,
}

/// The product of several dimensions.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct MultiPartition {
    pub multi: HashMap<String, Vec<String>>,
}

/// Exactly these partitions.
#[napi(object, object_from_js = false, object_to_js = false)]
#[allow(dead_code, reason = "only TypeScript looks at it")]
pub struct PartitionSet {
    pub set: Vec<PartitionKey>,
}

/// Which partitions. Values and dimensions are sorted, and duplicates dropped, on every way in; sets keep their order.
/// Keys that are equal then are the same partition.
#[napi]
pub type PartitionKey = Either3<SinglePartition, MultiPartition, PartitionSet>;

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
