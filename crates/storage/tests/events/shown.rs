//! What events change in the record of their asset and in its partitions. The names tell which
//! mistakes of the reference they forbid.

use rivers_storage::Code;
use rivers_storage::assets::AssetRecord;
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::pools::{ClaimStatus, LeaseRef, SlotClaim};

use crate::help::{deleted, event, made, observed, of, of_run, pairs, partitions, put, put_all, record, register};
use rivers_storage_testing::{Storage, code, store};

fn version(record: &AssetRecord) -> Option<&str> {
    record.last_data_version.as_deref()
}

async fn registered() -> Storage {
    let (_, store) = store().await;
    register(&store, Some("c")).await;
    store
}

#[tokio::test]
async fn a_materialization_shows_and_an_observation_changes_event_time_and_version_only() {
    let store = registered().await;
    let inputs = pairs(&[("up", "1")]);
    put(&store, NewEvent { input_data_versions: inputs.clone(), ..made(1, "v1") }).await;
    let id = put(&store, NewEvent { run_id: "other".to_owned(), ..observed(2, "v2") }).await;
    let expected = AssetRecord {
        asset_key: "a".to_owned(),
        code_version: Some("c".to_owned()),
        last_event_id: Some(id),
        last_run_id: Some("r".to_owned()),
        last_timestamp: Some(2),
        last_data_version: Some("v2".to_owned()),
        last_materialization_code_version: Some("c".to_owned()),
        last_input_data_versions: inputs,
        ..AssetRecord::default()
    };
    assert_eq!(record(&store).await, expected);
    put(&store, event(EventType::Materialization, 3)).await;
    assert_eq!(version(&record(&store).await), None);
}

#[tokio::test]
async fn an_older_event_wins_nothing() {
    let store = registered().await;
    put(&store, of("p", made(20, "new"))).await;
    let shown = record(&store).await;
    put_all(&store, vec![made(19, "old"), observed(19, "old"), deleted(19), of("p", deleted(19))]).await;
    assert_eq!(record(&store).await, shown);
    assert_eq!(partitions(&store).await, ["p"]);
    assert_eq!(of_run(&store).await.len(), 5);
    put(&store, made(20, "same time")).await;
    assert_eq!(version(&record(&store).await), Some("same time"));
}

#[tokio::test]
async fn the_order_of_a_batch_counts_an_earlier_observation_does_not_hide_a_materialization() {
    let store = registered().await;
    put_all(&store, vec![observed(1, "seen"), made(1, "made")]).await;
    assert_eq!(version(&record(&store).await), Some("made"));
    put_all(&store, vec![made(2, "made"), observed(2, "seen"), made(1, "old")]).await;
    assert_eq!(version(&record(&store).await), Some("seen"));
}

#[tokio::test]
async fn a_deletion_empties_the_record() {
    let store = registered().await;
    put(&store, NewEvent { input_data_versions: pairs(&[("up", "1")]), ..made(1, "v") }).await;
    let id = put(&store, deleted(2)).await;
    let expected = AssetRecord {
        asset_key: "a".to_owned(),
        code_version: Some("c".to_owned()),
        last_event_id: Some(id),
        ..AssetRecord::default()
    };
    assert_eq!(record(&store).await, expected);
    put(&store, made(1, "late")).await;
    assert_eq!(record(&store).await, expected, "what was made before the deletion is gone, too");
    put(&store, made(3, "again")).await;
    assert_eq!(version(&record(&store).await), Some("again"));
}

#[tokio::test]
async fn a_deleted_partition_goes_and_the_record_only_if_it_shows_that_partition() {
    let store = registered().await;
    put_all(&store, vec![of("p1", made(1, "v1")), of("p2", made(2, "v2")), of("p3", made(3, "v3"))]).await;
    let shown = record(&store).await;
    put(&store, of("p1", deleted(10))).await;
    assert_eq!(partitions(&store).await, ["p2", "p3"]);
    assert_eq!(record(&store).await, shown);
    let id = put(&store, of("p3", deleted(11))).await;
    assert_eq!(partitions(&store).await, ["p2"]);
    let record = record(&store).await;
    assert_eq!((record.last_event_id, record.last_run_id, record.last_data_version), (Some(id), None, None));
}

#[tokio::test]
async fn what_was_made_before_its_partition_was_deleted_comes_too_late() {
    let store = registered().await;
    put_all(&store, vec![of("p1", made(1, "v1")), of("p2", made(2, "v2")), of("p1", deleted(10))]).await;
    let shown = record(&store).await;
    put_all(&store, vec![of("p1", made(9, "late")), of("p1", observed(9, "late"))]).await;
    assert_eq!(record(&store).await, shown);
    assert_eq!(partitions(&store).await, ["p2"]);
    put(&store, of("p1", made(10, "again"))).await;
    assert_eq!(partitions(&store).await, ["p1", "p2"]);
    assert_eq!(version(&record(&store).await), Some("again"));
}

#[tokio::test]
async fn only_materializations_observations_and_deletions_change_anything() {
    let store = registered().await;
    put(&store, of("p", made(1, "v"))).await;
    let shown = record(&store).await;
    for &event_type in EventType::ALL {
        if !matches!(event_type, EventType::Materialization | EventType::Observation | EventType::Deletion) {
            put(&store, of("q", event(event_type, 2))).await;
        }
    }
    put(&store, NewEvent { asset_key: None, ..made(3, "of nothing") }).await;
    assert_eq!(record(&store).await, shown);
    put(&store, of("q", observed(4, "v"))).await;
    assert_eq!(partitions(&store).await, ["p"]);
}

#[tokio::test]
async fn events_register_no_asset_but_its_partitions_are_known() {
    let (_, store) = store().await;
    put_all(&store, vec![of("p", made(1, "v")), of("q", made(2, "v")), observed(3, "v"), of("q", deleted(4))]).await;
    assert_eq!(store.get_asset_record("a").await.unwrap(), None);
    assert_eq!(partitions(&store).await, ["p"]);
    register(&store, None).await;
    assert_eq!(version(&record(&store).await), None);
}

#[tokio::test]
async fn partitions_are_listed_by_key_once_each() {
    let (_, store) = store().await;
    let keys = ["b", "😀", "", "\u{ffff}", "B", "a", "b", "10", "9"];
    put_all(&store, keys.into_iter().map(|key| of(key, made(1, "v"))).collect()).await;
    assert_eq!(partitions(&store).await, ["", "10", "9", "B", "a", "b", "\u{ffff}", "😀"]);
}

#[tokio::test]
async fn a_bad_partition_key_is_named_and_spoils_its_batch() {
    let (_, store) = store().await;
    let bad =
        NewEvent { partition_key: Some(rivers_storage::partitions::PartitionKey::Single(vec![])), ..made(1, "v") };
    let error = store.store_events(vec![made(1, "v"), bad]).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArg);
    assert!(error.message().starts_with("events[1].partitionKey.single: "), "{error}");
    assert_eq!(of_run(&store).await, []);
}

#[tokio::test]
async fn an_event_with_a_lease_is_stored_only_while_that_grant_is_live() {
    let store = registered().await;
    store.set_pool_limit("pool", 1, None).await.unwrap();
    let claim = SlotClaim::new("r", "a", &[("pool", 1)]);
    let ClaimStatus::Claimed(grant) = store.claim_concurrency_slots(claim).await.unwrap() else { panic!("is granted") };
    let lease = LeaseRef { run_id: "r".to_owned(), step_key: "a".to_owned(), token: grant.token };
    let dead = LeaseRef { token: grant.token + 1, ..lease.clone() };
    assert_eq!(code(store.store_fenced_events(vec![made(1, "v")], dead).await), Code::LeaseLost);
    assert_eq!(of_run(&store).await, []);
    assert_eq!(version(&record(&store).await), None);
    store.store_fenced_events(vec![made(2, "v")], lease.clone()).await.unwrap();
    assert_eq!(version(&record(&store).await), Some("v"));
    store.free_concurrency_slots_for_run("r").await.unwrap();
    assert_eq!(code(store.store_fenced_events(vec![made(3, "w")], lease).await), Code::LeaseLost);
    assert_eq!(version(&record(&store).await), Some("v"));
}
