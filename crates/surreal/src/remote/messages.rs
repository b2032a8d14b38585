//! What goes between processes: calls to the elected process, and from it answers and news of leases and waits.
//!
//! For each process that calls there are two rows. It writes the one, with all its calls that are not answered yet; the
//! elected process writes the other, with all posts that the process has not read yet, in the commit that they tell of. So
//! a lost notification delays what it told of, and no more: the next one tells it, too.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rivers_storage::records::{Key, Part, Row, Table, Value as Field, Write};
use rivers_storage::{Code, Error, Result};
use surrealdb_types::{Number, Object, RecordId, RecordIdKey, Value};

use super::values::{int, list};
use crate::codec::row as codec;
use crate::codec::wire::Writer;

/// The table in which each process that calls has a row. The elected process listens to it.
pub const CALLS: &str = "remote_call";
/// Begins the names of the tables of posts. Each process has a row in one of them, and listens to it.
const POSTS: &str = "remote_post_";
/// How many tables of posts there are. A post costs the server 24 µs for each process that listens to the same table, and
/// a commit that removes a row 7 µs for each table of the database.
const POST_TABLES: u32 = 32;

pub fn calls_id(process: &str) -> RecordId {
    RecordId::new(CALLS, RecordIdKey::String(process.to_owned()))
}

pub fn post_tables() -> impl Iterator<Item = String> {
    (0..POST_TABLES).map(|number| format!("{POSTS}{number}"))
}

pub fn is_posts(table: &str) -> bool {
    table.starts_with(POSTS)
}

pub fn posts_id(process: &str) -> RecordId {
    // The name of a process is random.
    let number = process.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % POST_TABLES;
    RecordId::new(format!("{POSTS}{number}"), RecordIdKey::String(process.to_owned()))
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
    pub fn calls_value(open: &[SentCall]) -> Result<Value> {
        Ok(list(open.iter().map(|call| packed(&call.to_row()?)).collect::<Result<_>>()?))
    }

    pub fn from_value(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        let Value::RecordId(RecordId { key: RecordIdKey::String(process), .. }) = object.remove("id")? else {
            return None;
        };
        let call = |value| SentCall::from_row(unpacked(value)?).ok();
        Some(Self {
            process: process.into(),
            version: number(&object.remove("version")?)?,
            read: number(&object.remove("read")?)?,
            open: array(object.remove("calls")?)?.into_iter().filter_map(call).collect(),
        })
    }
}

impl SentCall {
    fn to_row(&self) -> Result<Row> {
        let row = Row::new().with("number", self.number).with("until", self.until).with("name", self.name.as_str());
        Ok(row.with("request", bytes(&self.request)?))
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            number: row.take("number")?,
            until: row.take("until")?,
            name: row.take("name")?,
            request: row_of(&row.take::<Vec<u8>>("request")?)?,
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
    pub calls_version: i64,
    pub unread: Vec<Post>,
}

impl Posts {
    pub fn to_value(&self) -> Result<Value> {
        let mut object = Object::new();
        object.insert("number", int(self.number));
        object.insert("calls_version", int(self.calls_version));
        let unread = self.unread.iter().map(|post| packed(&post.to_row()?));
        object.insert("posts", list(unread.collect::<Result<_>>()?));
        Ok(Value::Object(object))
    }

    pub fn from_value(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        Some(Self {
            number: number(&object.remove("number")?)?,
            calls_version: number(&object.remove("calls_version")?)?,
            unread: array(object.remove("posts")?)?
                .into_iter()
                .filter_map(|post| Post::from_row(unpacked(post)?).ok())
                .collect(),
        })
    }

    pub fn have_answered(&self, call: i64) -> bool {
        self.unread.iter().any(|post| post.answers.contains_key(&call))
    }
}

impl Post {
    fn to_row(&self) -> Result<Row> {
        let writes = self.writes.iter().map(field_of).collect::<Result<Vec<_>>>()?;
        let answers = self.answers.iter().map(|(call, answer)| {
            let answer = match answer {
                Ok(row) => Row::new().with("row", bytes(row)?),
                Err(error) => Row::new().with("code", error.code().as_str()).with("message", error.message()),
            };
            Ok(Field::List(vec![Field::Int(*call), Field::Bytes(bytes(&answer)?)]))
        });
        let answers = answers.collect::<Result<Vec<_>>>()?;
        Ok(Row::from_fields(vec![
            ("number".into(), Field::Int(self.number)),
            ("writes".into(), Field::List(writes)),
            ("answers".into(), Field::List(answers)),
        ]))
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let number = row.take("number")?;
        let (mut writes, mut answers) = (Vec::new(), BTreeMap::new());
        for (name, field) in row.into_fields() {
            let Field::List(items) = field else { continue };
            match name.as_str() {
                "writes" => writes.extend(items.into_iter().filter_map(write_of)),
                "answers" => answers.extend(items.into_iter().filter_map(answer_of)),
                _ => {}
            }
        }
        Ok(Self { number, writes, answers })
    }
}

fn field_of(write: &Write) -> Result<Field> {
    let key = write.key();
    let part = |part: &Part| match part {
        Part::Int(value) => Field::Int(*value),
        Part::Text(text) => Field::Text(text.clone()),
    };
    let mut items = vec![Field::Text(key.table.name().into()), Field::List(key.parts.iter().map(part).collect())];
    if let Write::Set(_, row) = write {
        items.push(Field::Bytes(bytes(row)?));
    }
    Ok(Field::List(items))
}

fn write_of(field: Field) -> Option<Write> {
    let Field::List(items) = field else { return None };
    let mut items = items.into_iter();
    let (Field::Text(table), Field::List(parts)) = (items.next()?, items.next()?) else { return None };
    let part = |field| match field {
        Field::Int(value) => Some(Part::Int(value)),
        Field::Text(text) => Some(Part::Text(text)),
        _ => None,
    };
    let table = *Table::ALL.iter().find(|known| known.name() == table)?;
    let key = Key { table, parts: parts.into_iter().map(part).collect::<Option<_>>()? };
    Some(match items.next() {
        Some(Field::Bytes(row)) => Write::Set(key, row_of(&row).ok()?),
        _ => Write::Delete(key),
    })
}

fn answer_of(field: Field) -> Option<(i64, Result<Row>)> {
    let Field::List(items) = field else { return None };
    let [Field::Int(call), Field::Bytes(answer)] = <[Field; 2]>::try_from(items).ok()? else { return None };
    let mut answer = row_of(&answer).ok()?;
    if let Some(row) = answer.take::<Option<Vec<u8>>>("row").ok()? {
        return Some((call, row_of(&row)));
    }
    let (code, message): (String, String) = (answer.take("code").ok()?, answer.take("message").ok()?);
    let code = Code::ALL.into_iter().find(|known| known.as_str() == code).unwrap_or(Code::Internal);
    Some((call, Err(Error::new(code, message))))
}

/// As bytes: the server passes them on, and need not understand them.
fn packed(row: &Row) -> Result<Value> {
    Ok(Value::Bytes(bytes(row)?.into()))
}

fn unpacked(value: Value) -> Option<Row> {
    let Value::Bytes(bytes) = value else { return None };
    row_of(&bytes.into_inner()).ok()
}

fn bytes(row: &Row) -> Result<Vec<u8>> {
    codec::encode(row, &mut Writer::default()).map_err(|error| Error::internal(format!("a message: {error}")))
}

fn row_of(bytes: &[u8]) -> Result<Row> {
    codec::decode(bytes).map_err(|error| Error::corrupt(format!("a message of another process: {error}")))
}

fn array(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values.into_inner()),
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
        object.insert("calls", Calls::calls_value(&calls).unwrap());
        let expected = Calls { process: "p".into(), version: 7, read: 2, open: calls };
        assert_eq!(Calls::from_value(Value::Object(object)), Some(expected));
    }

    #[test]
    fn posts_come_back_as_they_were() {
        let lease = key!(Table::Lease, "r", "s");
        let writes = vec![Write::Set(lease.clone(), Row::new().with("token", 1)), Write::Delete(lease)];
        let answers = BTreeMap::from([(1, Ok(Row::new())), (2, Err(Error::not_found("no pool")))]);
        let posts = Posts { number: 9, calls_version: 7, unread: vec![Post { number: 9, writes, answers }] };
        let back = Posts::from_value(posts.to_value().unwrap()).unwrap();
        assert_eq!((back.number, back.calls_version), (9, 7));
        assert!(back.have_answered(2) && !back.have_answered(3));
        assert_eq!(back.unread[0].writes, posts.unread[0].writes);
        assert_eq!(back.unread[0].answers[&1].as_ref().unwrap(), &Row::new());
        assert_eq!(back.unread[0].answers[&2].as_ref().unwrap_err().code(), Code::NotFound);
    }
}
