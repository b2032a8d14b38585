//! What this process knows of the rows of other processes: their calls, and the posts that they have not read.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use parking_lot::Mutex;
use rivers_storage::Result;
use surrealdb_types::{Object, Value};
use tokio::time::Instant;

use super::messages::{Calls, Post, Posts, SentCall, calls_id, posts_id};
use super::session::Session;

#[derive(Default)]
pub struct Peers(Mutex<BTreeMap<CompactString, Peer>>);

#[derive(Default)]
struct Peer {
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

impl Peers {
    /// The calls of the row that are not answered, as far as this is known. None of a version that is older than the last.
    pub fn take_calls(&self, calls: Calls) -> Vec<SentCall> {
        let mut peers = self.0.lock();
        let peer = peers.entry(calls.process).or_default();
        if calls.version < peer.version {
            return Vec::new();
        }
        peer.version = calls.version;
        peer.read = calls.read;
        peer.open = calls.open.iter().map(|call| call.number).collect();
        peer.drop_read_posts();
        let answered = |call: &SentCall| peer.posts.as_ref().is_some_and(|posts| posts.have_answered(call.number));
        calls.open.into_iter().filter(|call| !answered(call)).collect()
    }

    /// The version in which the process makes this call. None if it is answered, or was taken back.
    pub fn version_with(&self, process: &str, call: i64) -> Option<i64> {
        let peers = self.0.lock();
        let peer = peers.get(process)?;
        let posts = peer.posts.as_ref()?;
        let is_open = peer.open.contains(&call) && peer.version >= posts.calls_version && !posts.have_answered(call);
        is_open.then_some(peer.version)
    }

    /// Reads the rows of these processes, unless they are known.
    pub async fn load_unknown<'p>(
        &self,
        processes: impl Iterator<Item = &'p CompactString>,
        session: &Session,
        deadline: Instant,
    ) -> Result<()> {
        let unknown: Vec<&CompactString> = {
            let peers = self.0.lock();
            let is_known = |process: &&CompactString| peers.get(*process).is_some_and(|peer| peer.posts.is_some());
            processes.filter(|process| !is_known(process)).collect()
        };
        for process in unknown {
            let mut variables = Object::new();
            variables.insert("calls", Value::RecordId(calls_id(process)));
            variables.insert("posts", Value::RecordId(posts_id(process)));
            let text = "BEGIN; SELECT * FROM ONLY $calls; SELECT * FROM ONLY $posts; COMMIT;";
            let mut rows = session.request(text, &variables, deadline).await?.into_iter().skip(1).map(Result::ok);
            let (calls, posts) = (rows.next().flatten(), rows.next().flatten());
            if let Some(calls) = calls.and_then(Calls::from_value) {
                self.take_calls(calls);
            }
            let mut peers = self.0.lock();
            let peer = peers.entry(process.clone()).or_default();
            if peer.posts.is_none() {
                peer.posts = posts.and_then(Posts::from_value);
                peer.drop_read_posts();
            }
        }
        Ok(())
    }

    /// The row of posts with one more. None if the process has no such row: it has gone, or looks by itself.
    /// `version`: the oldest of those in which the answered calls were made.
    pub fn with_post(&self, process: &str, mut post: Post, version: Option<i64>) -> Option<NewPosts> {
        let peers = self.0.lock();
        let peer = peers.get(process)?;
        let Posts { number: after, unread, .. } = peer.posts.clone()?;
        post.number = after + 1;
        let posts = Posts {
            number: after + 1,
            calls_version: peer.version,
            unread: unread.into_iter().chain([post]).collect(),
        };
        Some(NewPosts { after, version: version.unwrap_or(peer.version), posts })
    }

    pub fn posted(&self, posts: BTreeMap<CompactString, NewPosts>) {
        let mut peers = self.0.lock();
        for (process, new) in posts {
            let peer = peers.entry(process).or_default();
            peer.posts = Some(new.posts);
            peer.drop_read_posts();
        }
    }

    /// Peer processes may have written these rows.
    pub fn doubt<'p>(&self, processes: impl Iterator<Item = &'p CompactString>) {
        let mut peers = self.0.lock();
        for process in processes {
            if let Some(peer) = peers.get_mut(process) {
                peer.posts = None;
            }
        }
    }

    pub fn forget(&self, process: &str) {
        self.0.lock().remove(process);
    }

    pub fn forget_all(&self) {
        self.0.lock().clear();
    }
}

impl Peer {
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

    fn peers(posts: Posts) -> Peers {
        Peers(Mutex::new(BTreeMap::from([("p".into(), Peer { posts: Some(posts), ..Peer::default() })])))
    }

    fn answer(peers: &Peers, call: i64) -> NewPosts {
        let post = Post { answers: BTreeMap::from([(call, Ok(Row::new()))]), ..Post::default() };
        peers.with_post("p", post, peers.version_with("p", call)).unwrap()
    }

    #[test]
    fn an_answered_call_is_not_heard_again() {
        let peers = peers(Posts::default());
        assert_eq!(numbers(&peers.take_calls(calls(1, 0, &[1, 2]))), [1, 2]);
        let posts = answer(&peers, 1);
        assert_eq!((posts.after, posts.version, posts.posts.calls_version), (0, 1, 1));
        peers.posted(BTreeMap::from([("p".into(), posts)]));
        assert_eq!(peers.version_with("p", 1), None);
        assert_eq!(numbers(&peers.take_calls(calls(1, 0, &[1, 2]))), [2]);
    }

    #[test]
    fn an_older_version_is_not_heard_after_a_newer_one() {
        let peers = peers(Posts::default());
        assert_eq!(numbers(&peers.take_calls(calls(2, 0, &[2]))), [2]);
        assert_eq!(numbers(&peers.take_calls(calls(1, 0, &[1, 2]))), [0; 0]);
        assert_eq!(peers.version_with("p", 1), None);
    }

    /// As when its answer was read, and an older row of calls arrives at a newly elected process.
    #[test]
    fn what_a_version_before_the_seen_one_calls_is_not_answered() {
        let peers = peers(Posts { calls_version: 2, ..Posts::default() });
        peers.take_calls(calls(1, 0, &[1]));
        assert_eq!(peers.version_with("p", 1), None);
        peers.take_calls(calls(2, 0, &[2]));
        assert_eq!(peers.version_with("p", 2), Some(2));
    }

    #[test]
    fn posts_stay_until_they_are_read() {
        let peers = peers(Posts::default());
        peers.take_calls(calls(1, 0, &[1, 2]));
        peers.posted(BTreeMap::from([("p".into(), answer(&peers, 1))]));
        let posts = answer(&peers, 2);
        assert_eq!(posts.posts.unread.len(), 2);
        peers.posted(BTreeMap::from([("p".into(), posts)]));
        peers.take_calls(calls(2, 1, &[3]));
        let posts = answer(&peers, 3);
        assert_eq!(posts.posts.unread.iter().map(|post| post.number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(posts.posts.calls_version, 2);
    }

    #[test]
    fn what_is_doubted_is_not_answered() {
        let peers = peers(Posts::default());
        peers.take_calls(calls(1, 0, &[1]));
        peers.doubt(std::iter::once(&"p".into()));
        assert_eq!(peers.version_with("p", 1), None);
        assert!(peers.with_post("p", Post::default(), None).is_none());
    }
}
