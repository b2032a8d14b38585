//! Lists cost what they show, not what the store holds.

use rivers_storage::runs::{NewRun, RunStatus};

use crate::help::{World, run_at};

async fn world_with(runs: i64) -> World {
    let world = World::new().await;
    let new = |start_time| NewRun {
        status: Some(if start_time % 2 == 0 { RunStatus::Queued } else { RunStatus::Started }),
        priority: Some(i32::from(start_time % 2 == 0)),
        ..run_at(&format!("r{start_time}"), start_time)
    };
    world.store.create_runs((0..runs).map(new).collect()).await.unwrap();
    world
}

#[tokio::test]
async fn a_list_of_ten_reads_at_most_21_records_however_many_there_are() {
    for runs in [20, 10_000] {
        let world = world_with(runs).await;
        for status in [None, Some(RunStatus::Queued), Some(RunStatus::Started), Some(RunStatus::Failure)] {
            for after in [None, Some("r19")] {
                let before = world.records.reads();
                let listed = world.store.get_runs(10, status, after).await.unwrap();
                let reads = world.records.reads() - before;
                assert!(reads <= 21, "{reads} reads for {} of {runs} runs, {status:?} after {after:?}", listed.len());
            }
        }
    }
}

#[tokio::test]
async fn the_queue_reads_nothing_but_the_queued() {
    let world = world_with(1000).await;
    for at in (0..998).step_by(2) {
        assert!(world.store.try_start_run(format!("r{at}")).await.unwrap());
    }
    let before = world.records.reads();
    assert_eq!(world.store.get_queued_runs().await.unwrap().len(), 1);
    assert_eq!(world.records.reads() - before, 2);
}

#[tokio::test]
async fn a_change_of_a_run_reads_that_run() {
    let world = world_with(1000).await;
    let before = world.records.reads();
    assert!(world.store.try_start_run("r500".to_owned()).await.unwrap());
    assert_eq!(world.records.reads() - before, 1);
}
