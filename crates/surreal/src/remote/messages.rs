//! What goes between processes: calls to the elected process, and from it answers and news of leases and waits.
//!
//! For each process that calls there are two rows. It writes the one, with all its calls that are not answered yet; the
//! elected process writes the other, with all posts that the process has not read yet, in the commit that they tell of. So
//! a lost notification delays what it told of, and no more: the next one tells it, too.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rivers_storage::records::{Key, Row, Table, Write};
use rivers_storage::{Code, Error, Result};
use surrealdb_types::{Number, Object, RecordId, RecordIdKey, Value};

use super::values::{self, int, list};

/// The table in which each process that calls has a row. The elected process listens to it.
pub const CALLS: &str = "remote_call";
/// Begins the name of the table of the posts of a process. It has one row, and the process listens to it.
const POSTS: &str = "remote_post_";

pub fn calls_id(process: &str) -> RecordId {
    RecordId::new(CALLS, RecordIdKey::String(process.to_owned()))
}

pub fn posts_table(process: &str) -> String {
    format!("{POSTS}{process}")
}

pub fn is_posts(table: &str) -> bool {
    table.starts_with(POSTS)
}

pub fn posts_id(process: &str) -> RecordId {
    RecordId::new(posts_table(process), RecordIdKey::String("all".to_owned()))
}

/// A call of another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCall {
    pub number: i64,
    /// By the server's clock, in microseconds: after it the call takes no effect.
    pub until: i64,
    pub name: String,
    pub request: Row,
}

/// All calls of a process that were not answered when it wrote this row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    pub process: CompactString,
    /// Counts the writes of the row. Requests may come late or twice: an older version never replaces a newer one.
    pub version: i64,
    /// The number of the last post that the process has read.
    pub read: i64,
    pub open: Vec<SentCall>,
}

impl Calls {
    pub fn calls_value(calls: &[SentCall]) -> Value {
        list(calls.iter().map(SentCall::to_value).collect())
    }

    pub fn from_value(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        let Value::RecordId(RecordId { key: RecordIdKey::String(process), .. }) = object.remove("id")? else {
            return None;
        };
        Some(Self {
            process: process.into(),
            version: number(&object.remove("version")?)?,
            read: number(&object.remove("read")?)?,
            open: array(object.remove("calls")?)?.into_iter().filter_map(SentCall::from_value).collect(),
        })
    }
}

impl SentCall {
    fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("number", int(self.number));
        object.insert("until", int(self.until));
        object.insert("name", Value::String(self.name.clone()));
        object.insert("request", Value::Object(values::object(&self.request)));
        Value::Object(object)
    }

    fn from_value(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        let request = object.remove("request")?;
        Some(Self {
            number: number(&object.remove("number")?)?,
            until: number(&object.remove("until")?)?,
            name: text(object.remove("name")?)?,
            request: values::row(request).ok()?.0,
        })
    }
}

/// What one commit tells a process.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// Later ones have greater numbers.
    pub number: i64,
    /// Rows of leases and waits of the process that the commit wrote.
    pub writes: Vec<Write>,
    /// By the number of the call.
    pub answers: BTreeMap<i64, Result<Row>>,
}

/// All posts of a process that it has not read, as far as their writer knew.
#[derive(Clone, Debug, Default)]
pub struct Posts {
    /// The number of the last post.
    pub number: i64,
    /// The version of the process's calls at which read posts were left out. What earlier versions call is answered, or was
    /// taken back.
    pub seen: i64,
    pub unread: Vec<Post>,
}

impl Posts {
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("number", int(self.number));
        object.insert("seen", int(self.seen));
        object.insert("posts", list(self.unread.iter().map(Post::to_value).collect()));
        Value::Object(object)
    }

    pub fn from_value(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        Some(Self {
            number: number(&object.remove("number")?)?,
            seen: number(&object.remove("seen")?)?,
            unread: array(object.remove("posts")?)?.into_iter().filter_map(Post::from_value).collect(),
        })
    }

    pub fn have_answered(&self, call: i64) -> bool {
        self.unread.iter().any(|post| post.answers.contains_key(&call))
    }
}

impl Post {
    fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("number", int(self.number));
        object.insert("writes", list(self.writes.iter().map(write_value).collect()));
        let answer = |(number, answer): (&i64, &Result<Row>)| list(vec![int(*number), answer_value(answer)]);
        object.insert("answers", list(self.answers.iter().map(answer).collect()));
        Value::Object(object)
    }

    fn from_value(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        let writes = array(object.remove("writes")?)?.into_iter().filter_map(write_from).collect();
        let answer = |value| {
            let [call, answer]: [Value; 2] = array(value)?.try_into().ok()?;
            Some((number(&call)?, answer_from(answer)?))
        };
        let answers = array(object.remove("answers")?)?.into_iter().filter_map(answer).collect();
        Some(Self { number: number(&object.remove("number")?)?, writes, answers })
    }
}

fn write_value(write: &Write) -> Value {
    let (key, row) = match write {
        Write::Set(key, row) => (key, Value::Object(values::object(row))),
        Write::Delete(key) => (key, Value::Bool(false)),
    };
    list(vec![Value::RecordId(values::record_id(key)), row])
}

fn write_from(value: Value) -> Option<Write> {
    let [id, row]: [Value; 2] = array(value)?.try_into().ok()?;
    let Value::RecordId(id) = id else { return None };
    let table = *Table::ALL.iter().find(|table| table.name() == id.table.as_str())?;
    let key = Key { table, parts: values::parts_of(id).ok()? };
    Some(match row {
        Value::Object(_) => Write::Set(key, values::row(row).ok()?.0),
        _ => Write::Delete(key),
    })
}

fn answer_value(answer: &Result<Row>) -> Value {
    let mut object = Object::new();
    match answer {
        Ok(row) => object.insert("row", Value::Object(values::object(row))),
        Err(error) => {
            object.insert("code", Value::String(error.code().as_str().to_owned()));
            object.insert("message", Value::String(error.message().to_owned()))
        }
    };
    Value::Object(object)
}

fn answer_from(value: Value) -> Option<Result<Row>> {
    let Value::Object(mut object) = value else { return None };
    if let Some(row) = object.remove("row") {
        return Some(values::row(row).map(|(row, _)| row));
    }
    let code = text(object.remove("code")?)?;
    let code = Code::ALL.into_iter().find(|known| known.as_str() == code).unwrap_or(Code::Internal);
    Some(Err(Error::new(code, text(object.remove("message")?)?)))
}

fn array(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values.into_inner()),
        _ => None,
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

const fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(Number::Int(number)) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rivers_storage::key;

    use super::*;

    #[test]
    fn calls_come_back_as_they_were() {
        let request = Row::new().with("step", "s").with("pools", vec![("a".to_owned(), 1_i64)]);
        let calls = vec![SentCall { number: 3, until: 4, name: "claim".into(), request }];
        let mut object = Object::new();
        object.insert("id", Value::RecordId(calls_id("p")));
        object.insert("version", int(7));
        object.insert("read", int(2));
        object.insert("calls", Calls::calls_value(&calls));
        let expected = Calls { process: "p".into(), version: 7, read: 2, open: calls };
        assert_eq!(Calls::from_value(Value::Object(object)), Some(expected));
    }

    #[test]
    fn posts_come_back_as_they_were() {
        let lease = key!(Table::Lease, "r", "s");
        let writes = vec![Write::Set(lease.clone(), Row::new().with("token", 1)), Write::Delete(lease)];
        let answers = BTreeMap::from([(1, Ok(Row::new())), (2, Err(Error::not_found("no pool")))]);
        let posts = Posts { number: 9, seen: 7, unread: vec![Post { number: 9, writes, answers }] };
        let back = Posts::from_value(posts.to_value()).unwrap();
        assert_eq!((back.number, back.seen), (9, 7));
        assert!(back.have_answered(2) && !back.have_answered(3));
        assert_eq!(back.unread[0].writes, posts.unread[0].writes);
        assert_eq!(back.unread[0].answers[&1].as_ref().unwrap(), &Row::new());
        assert_eq!(back.unread[0].answers[&2].as_ref().unwrap_err().code(), Code::NotFound);
    }
}
