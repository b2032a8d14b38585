//! Partition keys: one spelling each, and texts that read back.

use proptest::prelude::*;
use rivers_storage::Code;
use rivers_storage::partitions::{MAX_NESTING, PartitionKey};
use rivers_storage_testing::{code, store};

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn single(values: &[&str]) -> PartitionKey {
    PartitionKey::Single(texts(values))
}

fn multi(dimensions: &[(&str, &[&str])]) -> PartitionKey {
    PartitionKey::Multi(dimensions.iter().map(|&(name, values)| (name.to_owned(), texts(values))).collect())
}

fn normal(key: PartitionKey) -> PartitionKey {
    key.normalise("key").unwrap()
}

#[test]
fn values_and_dimensions_are_sorted_by_code_point_and_given_once() {
    assert_eq!(normal(single(&["😀", "\u{ffff}", "a", "a"])), single(&["a", "\u{ffff}", "😀"]));
    let spelled = multi(&[("region", &["us", "eu", "us"]), ("date", &["1"]), ("region", &["ap"])]);
    assert_eq!(normal(spelled), multi(&[("date", &["1"]), ("region", &["ap", "eu", "us"])]));
}

#[test]
fn sets_keep_their_order_and_what_they_repeat() {
    let set = PartitionKey::Set(vec![single(&["b", "a"]), single(&["x"]), single(&["x"])]);
    assert_eq!(normal(set), PartitionKey::Set(vec![single(&["a", "b"]), single(&["x"]), single(&["x"])]));
}

#[test]
fn what_is_empty_is_refused_with_its_path() {
    let in_set = |key| PartitionKey::Set(vec![single(&["x"]), key]);
    for (key, path) in [
        (single(&[]), "key.single"),
        (multi(&[]), "key.multi"),
        (multi(&[("", &["x"])]), "key.multi"),
        (multi(&[("d", &[])]), "key.multi.d"),
        (PartitionKey::Set(Vec::new()), "key.set"),
        (in_set(single(&[])), "key.set[1].single"),
    ] {
        let error = key.normalise("key").unwrap_err();
        assert_eq!(error.code(), Code::InvalidArg);
        assert!(error.message().starts_with(&format!("{path}: ")), "{error}");
    }
}

#[test]
fn sets_within_sets_are_bounded() {
    let nested = |depth| (0..depth).fold(single(&["x"]), |key, _| PartitionKey::Set(vec![key]));
    let deepest = normal(nested(MAX_NESTING));
    assert_eq!(PartitionKey::from_canonical(&deepest.to_canonical()).unwrap(), deepest);
    assert_eq!(code(nested(MAX_NESTING + 1).normalise("key")), Code::InvalidArg);
}

#[test]
fn display_forms() {
    let set = PartitionKey::Set(vec![single(&["a"]), multi(&[("d", &["x"])])]);
    for (key, display) in [
        (single(&["2024-01-01"]), "2024-01-01"),
        (single(&["a", "b"]), "a,b"),
        (single(&[""]), ""),
        (multi(&[("date", &["2024-01-01"]), ("region", &["eu", "us"])]), "date=2024-01-01|region=eu,us"),
        (set, "a, d=x"),
    ] {
        assert_eq!(key.to_string(), display);
    }
}

#[test]
fn a_display_form_is_read_as_dimensions_if_every_part_is_one() {
    for (display, dimensions) in [
        ("a=1", Some(multi(&[("a", &["1"])]))),
        ("b=2,1|a=", Some(multi(&[("a", &[""]), ("b", &["1", "2"])]))),
        ("a=x=y", Some(multi(&[("a", &["x=y"])]))),
        ("", None),
        ("plain", None),
        ("=x", None),
        ("a=1|b", None),
        ("a=1|a=2", None),
    ] {
        assert_eq!(PartitionKey::dimensions_of_display(display), dimensions, "{display}");
    }
}

#[test]
fn the_canonical_form_is_readable_json() {
    assert_eq!(single(&["a", "\""]).to_canonical(), r#"{"single":["a","\""]}"#);
    assert_eq!(multi(&[("d", &["x"])]).to_canonical(), r#"{"multi":{"d":["x"]}}"#);
    for text in
        ["", "{}", "[]", r#"{"single":"a"}"#, r#"{"other":["a"]}"#, r#"{"set":["a"]}"#, r#"{"multi":{"d":[1]}}"#]
    {
        assert_eq!(code(PartitionKey::from_canonical(text)), Code::Corrupt, "{text}");
    }
}

#[tokio::test]
async fn dynamic_partitions_are_listed_by_key() {
    let (_, store) = store().await;
    let add = |keys: &[&str]| store.add_dynamic_partitions("days".to_owned(), texts(keys));
    add(&["b", "a=1", "b"]).await.unwrap();
    add(&["a", "b"]).await.unwrap();
    add(&[]).await.unwrap();
    assert_eq!(store.get_dynamic_partitions("days").await.unwrap(), ["a", "a=1", "b"]);
    assert_eq!(store.get_dynamic_partitions("others").await.unwrap(), texts(&[]));
    assert!(store.has_dynamic_partition("days", "a").await.unwrap());
    store.delete_dynamic_partition("days", "a").await.unwrap();
    store.delete_dynamic_partition("days", "never there").await.unwrap();
    assert!(!store.has_dynamic_partition("days", "a").await.unwrap());
    assert!(!store.has_dynamic_partition("others", "b").await.unwrap());
}

#[tokio::test]
async fn one_bad_dynamic_partition_spoils_the_call() {
    let (_, store) = store().await;
    for bad in ["", "us|eu", "a,b"] {
        let error = store.add_dynamic_partitions("days".to_owned(), texts(&["good", bad])).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArg);
        assert!(error.message().starts_with("keys[1]: ") && error.message().contains(bad), "{error}");
    }
    assert_eq!(store.get_dynamic_partitions("days").await.unwrap(), texts(&[]));
}

#[tokio::test]
async fn what_is_known_already_is_not_stored_again() {
    let (records, store) = store().await;
    store.add_dynamic_partitions("days".to_owned(), texts(&["a"])).await.unwrap();
    let commits = records.commits();
    store.add_dynamic_partitions("days".to_owned(), texts(&["a"])).await.unwrap();
    store.delete_dynamic_partition("days", "b").await.unwrap();
    assert_eq!(records.commits(), commits);
}

/// Few values of few characters, so that equal keys come up; the characters are those that matter.
fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!['a', 'b', '=', ',', '|', '"', '\0', 'é', '😀']), 0..3)
        .prop_map(|chars| chars.into_iter().collect())
}

fn any_key() -> impl Strategy<Value = PartitionKey> {
    let values = || prop::collection::vec(any_text(), 1..4);
    let name = any_text().prop_filter("a name", |name| !name.is_empty());
    let leaf = prop_oneof![
        values().prop_map(PartitionKey::Single),
        prop::collection::vec((name, values()), 1..4).prop_map(PartitionKey::Multi),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| prop::collection::vec(inner, 1..4).prop_map(PartitionKey::Set))
}

/// The same key, spelled in another way.
fn respelled(key: PartitionKey) -> PartitionKey {
    let twice = |mut values: Vec<String>| {
        values.reverse();
        values.extend(values.clone());
        values
    };
    match key {
        PartitionKey::Single(values) => PartitionKey::Single(twice(values)),
        PartitionKey::Multi(dimensions) => {
            PartitionKey::Multi(dimensions.into_iter().rev().map(|(name, values)| (name, twice(values))).collect())
        }
        PartitionKey::Set(members) => PartitionKey::Set(members.into_iter().map(respelled).collect()),
    }
}

proptest! {
    #[test]
    fn a_normal_key_is_normal_and_reads_back_exactly(key in any_key()) {
        let key = normal(key);
        prop_assert_eq!(&normal(key.clone()), &key);
        prop_assert_eq!(PartitionKey::from_canonical(&key.to_canonical()).unwrap(), key);
    }

    #[test]
    fn every_spelling_is_the_same_partition(key in any_key()) {
        prop_assert_eq!(normal(respelled(key.clone())), normal(key));
    }

    #[test]
    fn canonical_forms_are_equal_exactly_when_keys_are(one in any_key(), other in any_key()) {
        let (one, other) = (normal(one), normal(other));
        prop_assert_eq!(one.to_canonical() == other.to_canonical(), one == other);
    }

    #[test]
    fn dimensions_without_reserved_characters_are_found_by_their_display_form(
        dimensions in prop::collection::btree_map("[a-c]{1,2}", prop::collection::vec("[a-c=]{0,2}", 1..3), 1..3)
    ) {
        let key = normal(PartitionKey::Multi(dimensions.into_iter().collect()));
        prop_assert_eq!(PartitionKey::dimensions_of_display(&key.to_string()), Some(key));
    }
}
