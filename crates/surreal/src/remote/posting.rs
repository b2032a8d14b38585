//! What a commit tells other processes: the answers to their calls, and what became of their leases and waits.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use rivers_storage::records::{Direction, Key, Range, Row, Table, Write};
use tokio::time::Instant;

use super::calls_of_others::Reply;
use super::messages::Post;
use super::mirror::Mirror;
use super::request::Changes;
use super::shared::Remote;
use crate::group_commit::NotCommitted;

/// Adds the posts to the changes of the commit.
pub async fn add_posts(
    changes: &mut Changes,
    replies: Vec<Reply>,
    remote: &Remote,
    deadline: Instant,
) -> Result<(), NotCommitted> {
    let mut posts = news(changes, remote.mirror.lock().as_ref());
    posts.remove(remote.context.process());
    // For each process the oldest version in which a call was made that is answered here.
    let mut versions = BTreeMap::<CompactString, i64>::new();
    for Reply { process, number, version, until, answer } in replies {
        changes.until = Some(changes.until.map_or(until, |earlier| earlier.min(until)));
        let oldest = versions.entry(process.clone()).or_insert(version);
        *oldest = version.min(*oldest);
        posts.entry(process).or_default().answers.insert(number, answer);
    }
    remote.peers.load_unknown(posts.keys(), &remote.session, deadline).await?;
    for (process, post) in posts {
        if let Some(new) = remote.peers.with_post(&process, post, versions.get(&process).copied()) {
            changes.posts.insert(process, new);
        } else if versions.contains_key(&process) {
            // Its rows are gone, or were changed since its call was run.
            return Err(NotCommitted::Conflict);
        }
    }
    Ok(())
}

/// By process, what becomes of its leases and waits.
fn news(changes: &Changes, mirror: Option<&Mirror>) -> BTreeMap<CompactString, Post> {
    let mut posts = BTreeMap::<CompactString, Post>::new();
    for (key, row) in &changes.writes {
        for process in concerned(key, row.as_ref(), changes, mirror) {
            let write = row.clone().map_or_else(|| Write::Delete(key.clone()), |row| Write::Set(key.clone(), row));
            posts.entry(process).or_default().writes.push(write);
        }
    }
    posts
}

/// The processes to which the row, as it is written, matters.
fn concerned(key: &Key, row: Option<&Row>, changes: &Changes, mirror: Option<&Mirror>) -> BTreeSet<CompactString> {
    let before = || mirror.and_then(|mirror| mirror.get(key)).or_else(|| changes.read.get(key)?.as_ref());
    match (key.table, row) {
        (Table::Lease, _) => [before(), row].into_iter().filter_map(process_in).collect(),
        // A wait that begins is known from the answer to its call.
        (Table::Waiter, None) => process_in(before()).into_iter().collect(),
        (Table::Cancellation, Some(_)) => {
            let waits = Range::under(Key { table: Table::Waiter, parts: key.parts.clone() });
            let waits = mirror.map(|mirror| mirror.scan(&waits, Direction::Forward, usize::MAX));
            waits.into_iter().flatten().filter_map(|(_, row)| process_in(Some(&row))).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// The process that a lease or wait belongs to.
fn process_in(row: Option<&Row>) -> Option<CompactString> {
    row?.text("process").map(CompactString::from)
}
