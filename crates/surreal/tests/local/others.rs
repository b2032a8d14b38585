//! Folders of other databases are refused without a change to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rivers_storage::Code;
use rocksdb::{DB, Options};
use tempfile::tempdir;

use crate::open;

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

async fn is_refused(folder: &Path) {
    let before = files(folder);
    for _ in 0..2 {
        let error = open(folder).await.err().unwrap();
        assert_eq!(error.code(), Code::Io, "{error:?}");
        assert!(error.message().contains("another database"), "{error}");
    }
    assert_eq!(files(folder), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rocksdb_of_another_program() {
    let folder = tempdir().unwrap();
    let theirs = DB::open_default(folder.path()).unwrap();
    theirs.put("theirs", "kept").unwrap();
    drop(theirs);
    is_refused(folder.path()).await;
    let theirs = DB::open_default(folder.path()).unwrap();
    assert_eq!(theirs.get("theirs").unwrap().as_deref(), Some(&b"kept"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_rocksdb_of_another_program() {
    let folder = tempdir().unwrap();
    drop(DB::open_default(folder.path()).unwrap());
    is_refused(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rocksdb_whose_keys_have_another_order() {
    let folder = tempdir().unwrap();
    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_comparator("theirs", Box::new(|one: &[u8], other: &[u8]| other.cmp(one)));
    let theirs = DB::open(&options, folder.path()).unwrap();
    theirs.put("theirs", "kept").unwrap();
    drop(theirs);
    is_refused(folder.path()).await;
}
