//! Registration, and the lists that find assets by what was registered.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rivers_storage::Code;
use rivers_storage::assets::{AssetDefinition, AssetRecord};
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::records::Table;
use rivers_storage_testing::{Storage, store};

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn definition(key: &str) -> AssetDefinition {
    AssetDefinition { asset_key: key.to_owned(), ..AssetDefinition::default() }
}

fn keys(records: &[AssetRecord]) -> Vec<&str> {
    records.iter().map(|record| record.asset_key.as_str()).collect()
}

async fn record(store: &Storage, key: &str) -> AssetRecord {
    store.get_asset_record(key).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_registered_asset_shows_its_definition_and_nothing_materialized() {
    let (_, store) = store().await;
    let full = AssetDefinition {
        tags: texts(&["b", "a", "b"]),
        kinds: texts(&["csv"]),
        group: Some("g".to_owned()),
        code_version: Some("c".to_owned()),
        pool: vec![("db".to_owned(), 2), ("db".to_owned(), 1)],
        ..definition("full")
    };
    store.register_assets(vec![full.clone(), definition("")]).await.unwrap();
    let expected = AssetRecord {
        asset_key: full.asset_key,
        tags: full.tags,
        kinds: full.kinds,
        group: full.group,
        code_version: full.code_version,
        pool: full.pool,
        ..AssetRecord::default()
    };
    assert_eq!(record(&store, "full").await, expected);
    assert_eq!(record(&store, "").await, AssetRecord::default());
    assert_eq!(store.get_asset_record("unknown").await.unwrap(), None);
}

#[tokio::test]
async fn registering_again_replaces_the_definition_and_keeps_what_was_materialized() {
    let (_, store) = store().await;
    let old = AssetDefinition { tags: texts(&["old"]), code_version: Some("1".to_owned()), ..definition("a") };
    store.register_assets(vec![old]).await.unwrap();
    let event = NewEvent {
        asset_key: Some("a".to_owned()),
        data_version: Some("v".to_owned()),
        input_data_versions: vec![("up".to_owned(), "1".to_owned())],
        ..NewEvent::new(EventType::Materialization, "r")
    };
    store.store_events(vec![event]).await.unwrap();
    let before = record(&store, "a").await;
    let new = AssetDefinition { tags: texts(&["new"]), pool: vec![("db".to_owned(), 1)], ..definition("a") };
    store.register_assets(vec![new]).await.unwrap();
    let expected =
        AssetRecord { tags: texts(&["new"]), code_version: None, pool: vec![("db".to_owned(), 1)], ..before };
    assert_eq!(record(&store, "a").await, expected);
    assert_eq!(store.get_assets_by_tag("old").await.unwrap(), []);
    assert_eq!(keys(&store.get_assets_by_tag("new").await.unwrap()), ["a"]);
}

#[tokio::test]
async fn assets_are_found_exactly_and_listed_by_key() {
    let (_, store) = store().await;
    let with = |key: &str, tags: &[&str], kinds: &[&str], group: Option<&str>| AssetDefinition {
        tags: texts(tags),
        kinds: texts(kinds),
        group: group.map(str::to_owned),
        ..definition(key)
    };
    let definitions = vec![
        with("😀", &["t", ""], &["csv", "db"], Some("g")),
        with("\u{ffff}", &["T"], &["DB"], Some("G")),
        with("é", &["t", "t"], &["csv"], Some("g")),
        with("b", &["tt"], &[], Some("")),
        with("", &[], &[], None),
    ];
    store.register_assets(definitions).await.unwrap();
    assert_eq!(keys(&store.get_asset_records().await.unwrap()), ["", "b", "é", "\u{ffff}", "😀"]);
    assert_eq!(keys(&store.get_assets_by_tag("t").await.unwrap()), ["é", "😀"]);
    assert_eq!(keys(&store.get_assets_by_tag("").await.unwrap()), ["😀"]);
    assert_eq!(keys(&store.get_assets_by_kind("csv").await.unwrap()), ["é", "😀"]);
    assert_eq!(keys(&store.get_assets_by_kind("DB").await.unwrap()), ["\u{ffff}"]);
    assert_eq!(keys(&store.get_assets_by_group("g").await.unwrap()), ["é", "😀"]);
    assert_eq!(keys(&store.get_assets_by_group("").await.unwrap()), ["b"]);
    let elsewhere = Storage::at(&store.open, "elsewhere");
    assert_eq!(elsewhere.get_asset_records().await.unwrap(), []);
    assert_eq!(elsewhere.get_assets_by_tag("t").await.unwrap(), []);
}

#[tokio::test]
async fn a_weight_out_of_range_spoils_the_registration() {
    let (_, store) = store().await;
    let weighing =
        |slots| AssetDefinition { pool: vec![("db".to_owned(), 1), ("api".to_owned(), slots)], ..definition("a") };
    for slots in [0, -1, 1 << 31] {
        let error = store.register_assets(vec![definition("good"), weighing(slots)]).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArg);
        assert!(
            error.message().starts_with("assets[1].pool[1]: ") && error.message().contains(&slots.to_string()),
            "{error}"
        );
    }
    assert_eq!(store.get_asset_records().await.unwrap(), []);
    store.register_assets(vec![weighing((1 << 31) - 1)]).await.unwrap();
}

#[tokio::test]
async fn the_same_definitions_again_store_nothing() {
    let (records, store) = store().await;
    let definitions = || vec![AssetDefinition { tags: texts(&["t"]), ..definition("a") }, definition("b")];
    store.register_assets(definitions()).await.unwrap();
    let commits = records.commits();
    store.register_assets(definitions()).await.unwrap();
    store.register_assets(vec![]).await.unwrap();
    assert_eq!(records.commits(), commits);
}

fn any_definition() -> impl Strategy<Value = AssetDefinition> {
    let names = || prop::collection::vec("[a-c]?", 0..4);
    ("[a-c]", names(), names(), prop::option::of("[a-c]?")).prop_map(|(asset_key, tags, kinds, group)| {
        AssetDefinition { asset_key, tags, kinds, group, ..AssetDefinition::default() }
    })
}

proptest! {
    #[test]
    fn after_any_registrations_the_last_definition_counts_and_the_lists_say_the_same(
        registrations in prop::collection::vec(prop::collection::vec(any_definition(), 0..4), 1..5)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (records, store) = store().await;
            let mut last: BTreeMap<String, AssetDefinition> = BTreeMap::new();
            for definitions in registrations {
                last.extend(definitions.iter().map(|definition| (definition.asset_key.clone(), definition.clone())));
                store.register_assets(definitions).await.unwrap();
            }
            let expected = |has: &dyn Fn(&AssetDefinition) -> bool| -> Vec<String> {
                last.values().filter(|definition| has(definition)).map(|definition| definition.asset_key.clone()).collect()
            };
            let listed = |found: Vec<AssetRecord>| -> Vec<String> { found.into_iter().map(|record| record.asset_key).collect() };
            let mut rows = 0;
            for name in ["", "a", "b", "c"].map(str::to_owned) {
                let tagged = expected(&|definition| definition.tags.contains(&name));
                let of_kind = expected(&|definition| definition.kinds.contains(&name));
                let grouped = expected(&|definition| definition.group.as_ref() == Some(&name));
                rows += tagged.len() + of_kind.len() + grouped.len();
                prop_assert_eq!(listed(store.get_assets_by_tag(&name).await.unwrap()), tagged);
                prop_assert_eq!(listed(store.get_assets_by_kind(&name).await.unwrap()), of_kind);
                prop_assert_eq!(listed(store.get_assets_by_group(&name).await.unwrap()), grouped);
            }
            let indexes = BTreeSet::from([Table::AssetByTag, Table::AssetByKind, Table::AssetByGroup]);
            prop_assert_eq!(records.rows().keys().filter(|key| indexes.contains(&key.table)).count(), rows);
            Ok(())
        })?;
    }
}
