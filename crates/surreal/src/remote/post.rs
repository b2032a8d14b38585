//! What goes between processes: calls to the elected process, and from it answers and news of leases and waits. They are
//! rows, written in the same commit as what they tell of, so that a lost notification delays them and no more.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rivers_storage::records::{Key, Row, Table, Write};
use rivers_storage::{Code, Error, Result};
use surrealdb_types::{Number, Object, RecordId, Value};

use super::values::{self, int, list};

/// The table of calls that are not answered yet.
pub const CALLS: &str = "remote_call";
/// The table in which each process has one row, with the calls that it sent last: the elected process listens to it.
pub const BELLS: &str = "remote_bell";
/// Begins the name of the table of posts of a process.
const POSTS: &str = "remote_post_";

pub fn posts_of(process: &str) -> String {
    format!("{POSTS}{process}")
}

pub fn is_posts(table: &str) -> bool {
    table.starts_with(POSTS)
}

/// A call of another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCall {
    pub process: CompactString,
    pub number: i64,
    /// By the server's clock, in microseconds: after it the call takes no effect.
    pub until: i64,
    pub name: String,
    pub request: Row,
}

impl SentCall {
    pub fn id(&self) -> Value {
        call_id(&self.process, self.number)
    }

    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("id", self.id());
        object.insert("process", Value::String(self.process.to_string()));
        object.insert("number", int(self.number));
        object.insert("until", int(self.until));
        object.insert("name", Value::String(self.name.clone()));
        object.insert("request", Value::Object(values::object(&self.request)));
        Value::Object(object)
    }

    pub fn from_value(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        let request = object.remove("request")?;
        Some(Self {
            process: text(object.remove("process")?)?.into(),
            number: number(&object.remove("number")?)?,
            until: number(&object.remove("until")?)?,
            name: text(object.remove("name")?)?,
            request: values::row(request).ok()?.0,
        })
    }
}

pub fn call_id(process: &str, number: i64) -> Value {
    let key = values::array_key(vec![Value::String(process.to_owned()), int(number)]);
    Value::RecordId(RecordId::new(CALLS, key))
}

/// What one commit tells a process.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// Rows of leases and waits of the process that the commit wrote.
    pub writes: Vec<Write>,
    /// By the number of the call.
    pub answers: BTreeMap<i64, Result<Row>>,
}

impl Post {
    pub fn to_value(&self, id: RecordId) -> Value {
        let mut object = Object::new();
        object.insert("id", Value::RecordId(id));
        object.insert("writes", list(self.writes.iter().map(write_value).collect()));
        let answer = |(number, answer): (&i64, &Result<Row>)| list(vec![int(*number), answer_value(answer)]);
        object.insert("answers", list(self.answers.iter().map(answer).collect()));
        Value::Object(object)
    }

    /// The post, and the id of its record.
    pub fn from_value(value: Value) -> Option<(Value, Self)> {
        let Value::Object(mut object) = value else { return None };
        let id = object.remove("id")?;
        let writes = array(object.remove("writes")?)?.into_iter().filter_map(write_from).collect();
        let answer = |value| {
            let [call, answer]: [Value; 2] = array(value)?.try_into().ok()?;
            Some((number(&call)?, answer_from(answer)?))
        };
        let answers = array(object.remove("answers")?)?.into_iter().filter_map(answer).collect();
        Some((id, Self { writes, answers }))
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
    use surrealdb_types::RecordIdKey;

    use super::*;

    #[test]
    fn a_call_comes_back_as_it_was() {
        let request = Row::new().with("step", "s").with("pools", vec![("a".to_owned(), 1_i64)]);
        let call = SentCall { process: "p".into(), number: 3, until: 4, name: "claim".into(), request };
        assert_eq!(SentCall::from_value(call.to_value()), Some(call));
    }

    #[test]
    fn a_post_comes_back_as_it_was() {
        let lease = key!(Table::Lease, "r", "s");
        let writes = vec![Write::Set(lease.clone(), Row::new().with("token", 1)), Write::Delete(lease)];
        let answers = BTreeMap::from([(1, Ok(Row::new())), (2, Err(Error::not_found("no pool")))]);
        let post = Post { writes, answers };
        let id = RecordId::new(posts_of("p"), RecordIdKey::Number(1));
        let (found, back) = Post::from_value(post.to_value(id.clone())).unwrap();
        assert_eq!(found, Value::RecordId(id));
        assert_eq!(back.writes, post.writes);
        assert_eq!(back.answers[&1].as_ref().unwrap(), &Row::new());
        assert_eq!(back.answers[&2].as_ref().unwrap_err().code(), Code::NotFound);
    }
}
