//! The latest materialization of an asset and of its partitions.

use rivers_storage::events::{NewEvent, PartitionChoice};
use rivers_storage::partitions::PartitionKey;

use crate::help::{deleted, made, observed, of, put, put_all};
use rivers_storage_testing::{Storage, store};

async fn latest(store: &Storage, choice: PartitionChoice) -> Option<String> {
    store.get_latest_materialization("a", choice).await.unwrap().map(|event| event.id)
}

async fn of_display(store: &Storage, display: &str) -> Option<String> {
    latest(store, PartitionChoice::Display(display.to_owned())).await
}

fn in_date(event: NewEvent) -> NewEvent {
    let key = PartitionKey::Multi(vec![("date".to_owned(), vec!["1".to_owned()])]);
    NewEvent { partition_key: Some(key), ..event }
}

#[tokio::test]
async fn the_newest_by_time_then_the_last_stored() {
    let (_, store) = store().await;
    assert_eq!(latest(&store, PartitionChoice::Any).await, None);
    let batch = vec![made(10, "v"), of("p", made(20, "v")), made(20, "v"), made(15, "v"), observed(30, "v")];
    let ids = put_all(&store, batch).await;
    assert_eq!(latest(&store, PartitionChoice::Any).await.as_ref(), Some(&ids[2]));
    put(&store, of("p", made(19, "late"))).await;
    assert_eq!(of_display(&store, "p").await.as_ref(), Some(&ids[1]));
    let newer = put(&store, of("p", made(20, "v"))).await;
    assert_eq!(of_display(&store, "p").await, Some(newer.clone()));
    assert_eq!(latest(&store, PartitionChoice::Any).await, Some(newer));
}

#[tokio::test]
async fn a_deletion_leaves_it_known() {
    let (_, store) = store().await;
    let id = put(&store, of("p", made(1, "v"))).await;
    put_all(&store, vec![deleted(2), of("p", deleted(3)), of("never made", deleted(4))]).await;
    assert_eq!(latest(&store, PartitionChoice::Any).await.as_ref(), Some(&id));
    assert_eq!(of_display(&store, "p").await, Some(id));
    assert_eq!(of_display(&store, "never made").await, None);
}

#[tokio::test]
async fn a_display_form_is_dimensions_if_they_were_made_else_one_value() {
    let (_, store) = store().await;
    let look_alike = put(&store, of("date=1", made(1, "v"))).await;
    assert_eq!(of_display(&store, "date=1").await.as_ref(), Some(&look_alike));
    let dimensions = put(&store, in_date(made(2, "v"))).await;
    let newer_look_alike = put(&store, of("date=1", made(3, "v"))).await;
    assert_eq!(of_display(&store, "date=1").await, Some(dimensions));
    let exact = PartitionChoice::Key(PartitionKey::single("date=1"));
    assert_eq!(latest(&store, exact).await, Some(newer_look_alike));
}

#[tokio::test]
async fn an_empty_value_is_a_partition_and_keys_are_found_in_any_spelling() {
    let (_, store) = store().await;
    put(&store, made(1, "v")).await;
    assert_eq!(of_display(&store, "").await, None);
    let empty = put(&store, of("", made(2, "v"))).await;
    assert_eq!(of_display(&store, "").await, Some(empty));
    let batch = |values: &[&str]| PartitionKey::Single(values.iter().map(|&value| value.to_owned()).collect());
    let id = put(&store, NewEvent { partition_key: Some(batch(&["a", "b"])), ..made(3, "v") }).await;
    assert_eq!(latest(&store, PartitionChoice::Key(batch(&["b", "a", "b"]))).await, Some(id));
    assert_eq!(of_display(&store, "a,b").await, None);
}
