//! The answers of a query, put together and counted as they come.

use rivers_storage::{Code, Error, Result};
use surrealdb_rpc::QueryStreamItem;

use crate::plain_value::PlainValue;
use crate::statements;

pub struct Answers {
    /// None until something of the answer has come.
    parts: Vec<Option<PlainValue>>,
    size: usize,
    limit: usize,
}

impl Answers {
    pub const fn new(limit: usize) -> Self {
        Self { parts: Vec::new(), size: 0, limit }
    }

    /// Fails if the statement has failed, or the answers are over the limit.
    pub fn add(&mut self, item: QueryStreamItem) -> Result<()> {
        match item {
            QueryStreamItem::Rows { index, values } => {
                for value in values {
                    let row = self.count(value)?;
                    match self.answer(index) {
                        Some(PlainValue::List(rows)) => rows.push(row),
                        answer => *answer = Some(PlainValue::List(vec![row])),
                    }
                }
            }
            QueryStreamItem::Value { index, value } => *self.answer(index) = Some(self.count(value)?),
            QueryStreamItem::Finished { index, error: Some(error), .. } => {
                return Err(statements::failed(index + 1, &format!("failed: {error}")));
            }
            // No rows.
            QueryStreamItem::Finished { index, error: None, .. } => {
                self.answer(index).get_or_insert_with(|| PlainValue::List(Vec::new()));
            }
        }
        Ok(())
    }

    pub fn into_answers(self) -> Vec<PlainValue> {
        self.parts.into_iter().map(|answer| answer.unwrap_or(PlainValue::Null)).collect()
    }

    fn answer(&mut self, index: usize) -> &mut Option<PlainValue> {
        if self.parts.len() <= index {
            self.parts.resize(index + 1, None);
        }
        &mut self.parts[index]
    }

    fn count(&mut self, value: surrealdb_types::Value) -> Result<PlainValue> {
        let value = PlainValue::of(value);
        self.size += value.size();
        if self.size > self.limit {
            let limit = self.limit >> 20;
            return Err(Error::new(Code::InvalidArg, format!("surql: the answer is larger than {limit} MiB")));
        }
        Ok(value)
    }
}
