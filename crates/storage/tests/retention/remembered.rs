//! Any events, then any deletion and pruning, then any events: beside the store goes a twin that remembers
//! everything, and whatever is shown of assets must be the same in both.

use proptest::prelude::*;
use proptest::sample::select;
use rivers_storage::events::{EventType, NewEvent, StoredEvent};
use rivers_storage::records::{Row, Table};
use rivers_storage_testing::Simulated;

use crate::help::{event, latest, latest_of, of, of_asset, over, put, register, shown};
use rivers_storage_testing::{Storage, reopen, store};

const ASSETS: [&str; 2] = ["a", "b"];
const PARTITIONS: [&str; 2] = ["p", "q"];

fn any_event(runs: &'static [&'static str]) -> impl Strategy<Value = NewEvent> {
    let event_type = prop_oneof![
        3 => Just(EventType::Materialization),
        1 => Just(EventType::Observation),
        1 => Just(EventType::Deletion),
        1 => Just(EventType::StepStart),
    ];
    let partition = prop::option::of(select(&PARTITIONS[..]));
    (event_type, select(runs), select(&ASSETS[..]), partition, 0..20_i64).prop_map(
        |(event_type, run, asset, partition, time)| {
            let event = NewEvent { data_version: Some(time.to_string()), ..event(event_type, run, asset, time) };
            match partition {
                Some(partition) => of(partition, event),
                None => event,
            }
        },
    )
}

/// An event of before, which may have an id of the caller's, and may be of another code location.
#[derive(Clone, Debug)]
struct Before {
    event: NewEvent,
    has_id: bool,
    is_elsewhere: bool,
}

fn before() -> impl Strategy<Value = Before> {
    (any_event(&["deleted", "r", "s"]), any::<bool>(), prop::bool::weighted(0.25))
        .prop_map(|(event, has_id, is_elsewhere)| Before { event, has_id, is_elsewhere })
}

#[derive(Clone, Debug)]
struct Removal {
    deletes: bool,
    older_than: i64,
    keep_latest: bool,
}

fn removal() -> impl Strategy<Value = Removal> {
    (any::<bool>(), 0..22_i64, any::<bool>()).prop_map(|(deletes, older_than, keep_latest)| Removal {
        deletes,
        older_than,
        keep_latest,
    })
}

impl Removal {
    const fn is_old(&self, event: &StoredEvent) -> bool {
        event.timestamp < self.older_than
    }

    /// `latests` are the latest materializations before the removal.
    fn spares(&self, event: &StoredEvent, latests: &[Option<StoredEvent>]) -> bool {
        let is_latest = || latests.iter().flatten().any(|latest| latest.id == event.id);
        let is_deleted = self.deletes && event.run_id == "deleted";
        !is_deleted && (!self.is_old(event) || (self.keep_latest && is_latest()))
    }
}

async fn latests(store: &Storage) -> Vec<Option<StoredEvent>> {
    let mut all = Vec::new();
    for asset in ASSETS {
        all.push(latest(store, asset).await);
        for partition in PARTITIONS {
            all.push(latest_of(store, asset, partition).await);
        }
    }
    all
}

proptest! {
    #[test]
    fn what_assets_show_does_not_depend_on_what_is_remembered(
        events in prop::collection::vec(before(), 0..30),
        removal in removal(),
        later in prop::collection::vec(any_event(&["t", "r"]), 0..10),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(remove_and_compare(events, removal, later))?;
    }
}

async fn remove_and_compare(events: Vec<Before>, removal: Removal, later: Vec<NewEvent>) -> Result<(), TestCaseError> {
    let (records, here) = store().await;
    let there = Storage::at(&here.open, "there");
    register(&here, &ASSETS).await;
    register(&there, &ASSETS).await;
    over(&here, "deleted").await;
    for (at, Before { event, has_id, is_elsewhere }) in events.into_iter().enumerate() {
        let event = NewEvent { id: has_id.then(|| format!("mine {at}")), ..event };
        put(if is_elsewhere { &there } else { &here }, vec![event]).await;
    }
    let (_, twin) = reopen(&records).await;
    let twin_there = Storage::at(&twin.open, "there");
    let named = latests(&here).await;

    if removal.deletes {
        prop_assert!(here.delete_run("deleted".to_owned()).await.unwrap());
    }
    here.prune_events(removal.older_than, removal.keep_latest).await.unwrap();

    for asset in ASSETS {
        let spared = |event: &StoredEvent| removal.spares(event, &named);
        let expected: Vec<_> = of_asset(&twin, asset).await.into_iter().filter(spared).collect();
        prop_assert_eq!(of_asset(&here, asset).await, expected);
    }
    let is_remembered = |event: &StoredEvent| removal.keep_latest || !removal.is_old(event);
    let remembered: Vec<_> = named.into_iter().map(|latest| latest.filter(is_remembered)).collect();
    prop_assert_eq!(latests(&here).await, remembered.as_slice());
    prop_assert_eq!(latests(&there).await, latests(&twin_there).await);

    for (at, event) in later.into_iter().enumerate() {
        let event = NewEvent { id: Some(format!("later {at}")), ..event };
        put(&here, vec![event.clone()]).await;
        put(&twin, vec![event]).await;
        prop_assert_eq!(shown(&here).await, shown(&twin).await);
        let is_known = |event: &StoredEvent| {
            event.id.starts_with("later") || remembered.iter().flatten().any(|known| known.id == event.id)
        };
        let expected: Vec<_> = latests(&twin).await.into_iter().map(|latest| latest.filter(is_known)).collect();
        prop_assert_eq!(latests(&here).await, expected);
    }
    is_consistent(&records)
}

/// Nothing is kept that no latest materialization names, and no row names an event that is gone.
fn is_consistent(records: &Simulated) -> Result<(), TestCaseError> {
    let rows = records.rows();
    let field = |row: &Row, name| row.clone().take::<Option<String>>(name).unwrap();
    let of = |table: Table| rows.iter().filter(move |(key, _)| key.table == table);
    let kept = of(Table::Materialization).filter(|(_, row)| field(row, "event").as_deref() == Some("kept"));
    prop_assert_eq!(of(Table::KeptMaterialization).count(), kept.count());
    prop_assert_eq!(of(Table::EventByAsset).count(), of(Table::Event).count());
    let with_own_id = of(Table::Event).filter(|(_, row)| !field(row, "event_id").unwrap().contains('.'));
    prop_assert_eq!(of(Table::EventById).count(), with_own_id.count());
    Ok(())
}
