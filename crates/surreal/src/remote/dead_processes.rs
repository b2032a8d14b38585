//! Rows of processes that were killed.

use std::time::Duration;

use rivers_storage::Result;
use surrealdb_types::{Object, RecordIdKey, Value};
use tokio::time::Instant;

use super::commit::{PROCESSES, process_id};
use super::messages::{calls_id, posts_id};
use super::server_clock::micros_of;
use super::shared::Remote;
use super::values::int;

/// A process that did not show itself for so long is gone. It is an error for a process that comes back later, so this is
/// longer than a machine sleeps.
const GONE: Duration = Duration::from_hours(24);

const REMOVE: &str = "BEGIN; IF array::len(DELETE $process WHERE seen < $before RETURN BEFORE) = 1 \
    { DELETE $calls, $posts RETURN NONE }; COMMIT;";

/// Removes what processes that are gone have left. Called by a process when it is elected.
pub async fn remove_rows_of_dead_processes(remote: &Remote) -> Result<()> {
    let Remote { session, context, .. } = remote;
    let before = int(context.clock.now_micros() - micros_of(GONE));
    let deadline = Instant::now() + session.timeout();
    let mut variables = Object::new();
    variables.insert("before", before.clone());
    let gone = format!("SELECT VALUE id FROM {PROCESSES} WHERE seen < $before");
    let Some(Ok(Value::Array(found))) = session.request(&gone, &variables, deadline).await?.pop() else {
        return Ok(());
    };
    for id in found.into_inner() {
        let Value::RecordId(id) = id else { continue };
        let RecordIdKey::String(process) = id.key else { continue };
        let mut variables = Object::new();
        variables.insert("before", before.clone());
        for (name, id) in
            [("process", process_id(&process)), ("calls", calls_id(&process)), ("posts", posts_id(&process))]
        {
            variables.insert(name, Value::RecordId(id));
        }
        session.request(REMOVE, &variables, deadline).await?;
        remote.peers.forget(&process);
    }
    Ok(())
}
