//! Reads of rows: one round trip for each call.

use std::fmt::Write;
use std::sync::Arc;

use rivers_storage::records::{BoxFuture, Direction, Key, Part, Range, Reads, Row, Scan};
use rivers_storage::{Error, Result};
use surrealdb_types::{Number, Object, RecordId, Value};
use tokio::time::Instant;

use super::request::guard;
use super::session::{OpenTransaction, Results, Session};
use super::values;

const ROWS: &str = "SELECT * FROM $ids";

/// The parts of a key, and the row.
pub type KeyedRow = (Vec<Part>, Row);

/// Each call sees what is committed when the server gets it, or when the transaction was begun.
pub struct RemoteReads {
    pub session: Arc<Session>,
    pub deadline: Instant,
    pub transaction: Option<OpenTransaction>,
}

impl RemoteReads {
    pub fn begin(session: &Arc<Session>) -> Self {
        Self::until(session, Instant::now() + session.timeout())
    }

    pub fn until(session: &Arc<Session>, deadline: Instant) -> Self {
        Self { session: Arc::clone(session), deadline, transaction: None }
    }

    /// All calls see one moment.
    pub async fn of_one_moment(session: &Arc<Session>) -> Result<Self> {
        let deadline = Instant::now() + session.timeout();
        let transaction = Some(session.begin(deadline).await?);
        Ok(Self { session: Arc::clone(session), deadline, transaction })
    }

    async fn ask(&self, text: &str, variables: Object) -> Result<Results> {
        match &self.transaction {
            Some(transaction) => self.session.read_within(transaction, text, variables, self.deadline).await,
            None => self.session.request(text, &variables, self.deadline).await,
        }
    }

    async fn rows(&self, keys: &[Key]) -> Result<Vec<Option<Row>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<RecordId> = keys.iter().map(values::record_id).collect();
        let mut variables = Object::new();
        variables.insert("ids", values::list(ids.iter().cloned().map(Value::RecordId).collect()));
        let mut results = self.ask(ROWS, variables).await?;
        let found = self.rows_of(results.pop())?.into_iter().map(values::row).collect::<Result<Vec<_>>>()?;
        let mut found = found.into_iter().peekable();
        // Rows come in the order of the ids, without those that are not stored.
        Ok(ids.iter().map(|id| found.next_if(|(_, found)| found.as_ref() == Some(id)).map(|(row, _)| row)).collect())
    }

    /// Rows with the parts of their keys.
    pub async fn scans(&self, scans: &[(&Range, Direction, usize)]) -> Result<Vec<Vec<KeyedRow>>> {
        let results = self.scanned(scans, "").await?;
        results.into_iter().map(|result| self.list(Some(result))).collect()
    }

    /// With the number of the guard, as of the same moment.
    pub async fn guarded_scans(&self, scans: &[(&Range, Direction, usize)]) -> Result<(i64, Vec<Vec<KeyedRow>>)> {
        let mut results = self.scanned(scans, "SELECT VALUE n FROM ONLY $guard;").await?.into_iter();
        let number = match results.next() {
            Some(Ok(Value::Number(Number::Int(number)))) => number,
            Some(Err(error)) => return Err(self.session.refused(&error)),
            _ => return Err(Error::corrupt("the server has no guard of the pools: somebody removed remote_guard")),
        };
        Ok((number, results.map(|result| self.list(Some(result))).collect::<Result<_>>()?))
    }

    /// The number of the guard.
    pub async fn guard(&self) -> Result<i64> {
        Ok(self.guarded_scans(&[]).await?.0)
    }

    async fn scanned(&self, scans: &[(&Range, Direction, usize)], first: &str) -> Result<Results> {
        let mut variables = Object::new();
        let mut text = first.to_owned();
        for (number, (range, direction, limit)) in scans.iter().enumerate() {
            variables.insert(format!("r{number}"), values::range(range));
            // The server reads a range whole before it takes the first rows, unless it is the value of a function. Then,
            // however, it sorts after it has taken them, so that cannot be used backward.
            let limit = i64::try_from(*limit).ok();
            let from_start = limit.is_some() && *direction == Direction::Forward;
            let source = if from_start { format!("array::first([$r{number}])") } else { format!("$r{number}") };
            let order = if *direction == Direction::Backward { " ORDER BY id DESC" } else { "" };
            let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
            let _ = write!(text, "SELECT * FROM {source}{order}{limit};");
        }
        let mut statements = scans.len();
        if !first.is_empty() {
            variables.insert("guard", Value::RecordId(guard()));
            statements += 1;
        }
        if statements == 1 || self.transaction.is_some() {
            return self.ask(&text, variables).await;
        }
        // One snapshot for all.
        let text = format!("BEGIN; {text} COMMIT;");
        let results = self.ask(&text, variables).await?;
        Ok(results.into_iter().skip(1).take(statements).collect())
    }

    fn list(&self, result: Option<std::result::Result<Value, surrealdb_types::Error>>) -> Result<Vec<KeyedRow>> {
        let keyed = |value| {
            let (row, id) = values::row(value)?;
            let id = id.ok_or_else(|| Error::internal("the server answered with a record without an id"))?;
            Ok((values::parts_of(id)?, row))
        };
        self.rows_of(result)?.into_iter().map(keyed).collect()
    }

    fn rows_of(&self, result: Option<std::result::Result<Value, surrealdb_types::Error>>) -> Result<Vec<Value>> {
        match result {
            Some(Ok(Value::Array(rows))) => Ok(rows.into_inner()),
            Some(Ok(_)) | None => Err(Error::internal("the server answered a read without rows")),
            Some(Err(error)) => Err(self.session.refused(&error)),
        }
    }
}

impl Reads for RemoteReads {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        Box::pin(async move { Ok(self.rows(std::slice::from_ref(key)).await?.pop().flatten()) })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        Box::pin(self.rows(keys))
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move {
            let found = self.scans(&[(range, direction, limit)]).await?.pop().unwrap_or_default();
            Ok(found.into_iter().map(|(_, row)| row).collect())
        })
    }

    fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        Box::pin(async move {
            let scans: Vec<_> = scans.iter().map(|scan| (&scan.range, Direction::Forward, scan.limit)).collect();
            let found = self.scans(&scans).await?;
            Ok(found.into_iter().map(|rows| rows.into_iter().map(|(_, row)| row).collect()).collect())
        })
    }
}

/// For callers that need no more than whether all statements went well.
pub fn first_error(results: Results) -> Option<surrealdb_types::Error> {
    results.into_iter().find_map(std::result::Result::err)
}
