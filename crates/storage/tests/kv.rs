//! Bytes by key.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rivers_storage::Code;
use rivers_storage::kv::KeyList;
use rivers_storage_testing::{Fault, Simulated};
use rivers_storage_testing::{NOW, code, open, reopen, store};

fn list(prefix: &str, after: Option<&str>, limit: usize) -> KeyList {
    KeyList { prefix: prefix.to_owned(), after: after.map(str::to_owned), limit }
}

#[tokio::test]
async fn a_value_is_what_was_set_last_and_empty_is_a_value() {
    let (_, store) = store().await;
    assert_eq!(store.kv_get("").await.unwrap(), None);
    for value in [vec![0, 255], Vec::new()] {
        store.kv_set(String::new(), value.clone()).await.unwrap();
        assert_eq!(store.kv_get("").await.unwrap(), Some(value));
    }
    assert!(store.kv_delete(String::new()).await.unwrap());
    assert!(!store.kv_delete(String::new()).await.unwrap());
    assert_eq!(store.kv_get("").await.unwrap(), None);
}

#[tokio::test]
async fn keys_are_listed_in_code_point_order_from_any_place() {
    let (_, store) = store().await;
    // U+FF5E sorts before U+1F680 by code point, and after it by UTF-16 unit.
    let keys = ["", "a", "a\0", "a b", "ab", "b", "\u{FF5E}", "\u{1F680}"];
    for key in keys {
        store.kv_set(key.to_owned(), vec![1]).await.unwrap();
    }
    assert_eq!(store.kv_keys(list("", None, 100)).await.unwrap(), keys);
    assert_eq!(store.kv_keys(list("a", None, 100)).await.unwrap(), ["a", "a\0", "a b", "ab"]);
    assert_eq!(store.kv_keys(list("a", Some("a!"), 100)).await.unwrap(), ["ab"]);
    assert_eq!(store.kv_keys(list("b", Some("a"), 100)).await.unwrap(), ["b"]);
    assert_eq!(store.kv_keys(list("", Some("ab"), 1)).await.unwrap(), ["b"]);
    assert!(store.kv_keys(list("", None, 0)).await.unwrap().is_empty());
}

/// The last characters there are, with and without a neighbour, and those around the surrogates.
#[tokio::test]
async fn keys_with_a_prefix_are_those_that_begin_with_it_and_no_others_are_read() {
    let (records, store) = store().await;
    let mut keys: Vec<String> = Vec::new();
    for end in ["", "\0", "a", "b", "\u{D7FF}", "\u{E000}", "\u{10FFFE}", "\u{10FFFF}", "\u{10FFFF}\u{10FFFF}"] {
        keys.extend(["", "a", "\u{D7FF}", "\u{10FFFF}"].map(|start| format!("{start}{end}")));
    }
    keys.sort();
    keys.dedup();
    for key in &keys {
        store.kv_set(key.clone(), vec![1]).await.unwrap();
    }
    for prefix in &keys {
        let expected: Vec<String> = keys.iter().filter(|key| key.starts_with(prefix)).cloned().collect();
        let before = records.reads();
        assert_eq!(store.kv_keys(list(prefix, None, 100)).await.unwrap(), expected, "{prefix:?}");
        assert_eq!(records.reads() - before, expected.len() as u64, "{prefix:?}");
        for after in &keys {
            let after_that: Vec<String> = expected.iter().filter(|key| *key > after).cloned().collect();
            assert_eq!(
                store.kv_keys(list(prefix, Some(after), 100)).await.unwrap(),
                after_that,
                "{prefix:?} {after:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_acknowledged_write_survives_a_crash_and_another_is_whole_or_not_there() {
    for (fault, kept) in [(Fault::CrashBefore, 1), (Fault::CrashAfter, 2)] {
        let commits = AtomicU32::new(0);
        // The second write after those of the opening.
        let faults = move || if commits.fetch_add(1, Ordering::SeqCst) == 3 { fault } else { Fault::None };
        let records = Arc::new(Simulated::with_faults(NOW, faults));
        let store = open(&records).await;
        store.kv_set("key".into(), vec![1]).await.unwrap();
        assert_eq!(code(store.kv_set("key".into(), vec![2]).await), Code::Unavailable);
        let (_, store) = reopen(&records).await;
        assert_eq!(store.kv_get("key").await.unwrap(), Some(vec![kept]));
    }
}
