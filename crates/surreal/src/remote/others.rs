//! What this process knows of the rows of the others: their calls, and the posts that they have not read.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use parking_lot::Mutex;
use rivers_storage::Result;
use surrealdb_types::{Object, Value};
use tokio::time::Instant;

use super::messages::{Calls, Post, Posts, SentCall, calls_id, posts_id};
use super::session::Session;

#[derive(Default)]
pub struct Others(Mutex<BTreeMap<CompactString, Other>>);

#[derive(Default)]
struct Other {
    /// Of the newest row of calls that was heard.
    version: i64,
    /// The number of the last post that it has read.
    read: i64,
    open: BTreeSet<i64>,
    /// None if it is not known.
    posts: Option<Posts>,
}

/// A post as its commit writes it: with those before it that were not read.
pub struct NewPosts {
    /// The number of the post before, which must be the last.
    pub after: i64,
    /// The commit answers calls of this version: none of them may have been taken back since.
    pub version: i64,
    pub posts: Posts,
}

impl Others {
    /// The calls of the row that are not answered, as far as this is known. None of a version that is older than the last.
    pub fn hear(&self, calls: Calls) -> Vec<SentCall> {
        let mut others = self.0.lock();
        let other = others.entry(calls.process).or_default();
        if calls.version < other.version {
            return Vec::new();
        }
        other.version = calls.version;
        other.read = calls.read;
        other.open = calls.open.iter().map(|call| call.number).collect();
        other.drop_read_posts();
        let answered = |call: &SentCall| other.posts.as_ref().is_some_and(|posts| posts.have_answered(call.number));
        calls.open.into_iter().filter(|call| !answered(call)).collect()
    }

    /// The version in which the process makes this call. None if it is answered, or was taken back.
    pub fn version_with(&self, process: &str, call: i64) -> Option<i64> {
        let others = self.0.lock();
        let other = others.get(process)?;
        let posts = other.posts.as_ref()?;
        let is_open = other.open.contains(&call) && other.version >= posts.seen && !posts.have_answered(call);
        is_open.then_some(other.version)
    }

    /// Reads the rows of these processes, unless they are known.
    pub async fn know<'p>(
        &self,
        processes: impl Iterator<Item = &'p CompactString>,
        session: &Session,
        deadline: Instant,
    ) -> Result<()> {
        let unknown: Vec<&CompactString> = {
            let others = self.0.lock();
            let is_known = |process: &&CompactString| others.get(*process).is_some_and(|other| other.posts.is_some());
            processes.filter(|process| !is_known(process)).collect()
        };
        for process in unknown {
            let mut variables = Object::new();
            variables.insert("calls", Value::RecordId(calls_id(process)));
            variables.insert("posts", Value::RecordId(posts_id(process)));
            let text = "BEGIN; SELECT * FROM ONLY $calls; SELECT * FROM ONLY $posts; COMMIT;";
            let mut rows = session.read(text, &variables, deadline).await?.into_iter().skip(1).map(Result::ok);
            let (calls, posts) = (rows.next().flatten(), rows.next().flatten());
            if let Some(calls) = calls.and_then(Calls::from_value) {
                self.hear(calls);
            }
            let mut others = self.0.lock();
            let other = others.entry(process.clone()).or_default();
            if other.posts.is_none() {
                other.posts = posts.and_then(Posts::from_value);
                other.drop_read_posts();
            }
        }
        Ok(())
    }

    /// The row of posts with one more. None if the process has no such row: it has gone, or looks by itself.
    /// `version`: the oldest of those in which the answered calls were made.
    pub fn with_post(&self, process: &str, mut post: Post, version: Option<i64>) -> Option<NewPosts> {
        let others = self.0.lock();
        let other = others.get(process)?;
        let Posts { number: after, unread, .. } = other.posts.clone()?;
        post.number = after + 1;
        let posts =
            Posts { number: after + 1, seen: other.version, unread: unread.into_iter().chain([post]).collect() };
        Some(NewPosts { after, version: version.unwrap_or(other.version), posts })
    }

    pub fn posted(&self, posts: BTreeMap<CompactString, NewPosts>) {
        let mut others = self.0.lock();
        for (process, new) in posts {
            let other = others.entry(process).or_default();
            other.posts = Some(new.posts);
            other.drop_read_posts();
        }
    }

    /// Other processes may have written these rows.
    pub fn doubt<'p>(&self, processes: impl Iterator<Item = &'p CompactString>) {
        let mut others = self.0.lock();
        for process in processes {
            if let Some(other) = others.get_mut(process) {
                other.posts = None;
            }
        }
    }

    pub fn forget_all(&self) {
        self.0.lock().clear();
    }
}

impl Other {
    fn drop_read_posts(&mut self) {
        if let Some(posts) = &mut self.posts {
            posts.unread.retain(|post| post.number > self.read);
        }
    }
}

#[cfg(test)]
mod tests {
    use rivers_storage::records::Row;

    use super::*;

    fn calls(version: i64, read: i64, numbers: &[i64]) -> Calls {
        let call = |&number| SentCall { number, until: 0, name: String::new(), request: Row::new() };
        Calls { process: "p".into(), version, read, open: numbers.iter().map(call).collect() }
    }

    fn numbers(calls: &[SentCall]) -> Vec<i64> {
        calls.iter().map(|call| call.number).collect()
    }

    fn others(posts: Posts) -> Others {
        Others(Mutex::new(BTreeMap::from([("p".into(), Other { posts: Some(posts), ..Other::default() })])))
    }

    fn answer(others: &Others, call: i64) -> NewPosts {
        let post = Post { answers: BTreeMap::from([(call, Ok(Row::new()))]), ..Post::default() };
        others.with_post("p", post, others.version_with("p", call)).unwrap()
    }

    #[test]
    fn an_answered_call_is_not_heard_again() {
        let others = others(Posts::default());
        assert_eq!(numbers(&others.hear(calls(1, 0, &[1, 2]))), [1, 2]);
        let posts = answer(&others, 1);
        assert_eq!((posts.after, posts.version, posts.posts.seen), (0, 1, 1));
        others.posted(BTreeMap::from([("p".into(), posts)]));
        assert_eq!(others.version_with("p", 1), None);
        assert_eq!(numbers(&others.hear(calls(1, 0, &[1, 2]))), [2]);
    }

    #[test]
    fn an_older_version_is_not_heard_after_a_newer_one() {
        let others = others(Posts::default());
        assert_eq!(numbers(&others.hear(calls(2, 0, &[2]))), [2]);
        assert_eq!(numbers(&others.hear(calls(1, 0, &[1, 2]))), [0; 0]);
        assert_eq!(others.version_with("p", 1), None);
    }

    /// As when its answer was read, and an older row of calls arrives at a newly elected process.
    #[test]
    fn what_a_version_before_the_seen_one_calls_is_not_answered() {
        let others = others(Posts { seen: 2, ..Posts::default() });
        others.hear(calls(1, 0, &[1]));
        assert_eq!(others.version_with("p", 1), None);
        others.hear(calls(2, 0, &[2]));
        assert_eq!(others.version_with("p", 2), Some(2));
    }

    #[test]
    fn posts_stay_until_they_are_read() {
        let others = others(Posts::default());
        others.hear(calls(1, 0, &[1, 2]));
        others.posted(BTreeMap::from([("p".into(), answer(&others, 1))]));
        let posts = answer(&others, 2);
        assert_eq!(posts.posts.unread.len(), 2);
        others.posted(BTreeMap::from([("p".into(), posts)]));
        others.hear(calls(2, 1, &[3]));
        let posts = answer(&others, 3);
        assert_eq!(posts.posts.unread.iter().map(|post| post.number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(posts.posts.seen, 2);
    }

    #[test]
    fn what_is_doubted_is_not_answered() {
        let others = others(Posts::default());
        others.hear(calls(1, 0, &[1]));
        others.doubt([&"p".into()].into_iter());
        assert_eq!(others.version_with("p", 1), None);
        assert!(others.with_post("p", Post::default(), None).is_none());
    }
}
