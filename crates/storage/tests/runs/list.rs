//! Lists of runs: order, pages, code locations.

use rivers_storage::Code;
use rivers_storage::runs::{NewRun, RunStatus};

use crate::help::{World, code, ids, newest, run, run_at, with_status};

#[tokio::test]
async fn runs_are_listed_by_start_time_and_order_of_storing_newest_first() {
    let store = World::new().await.store;
    store.create_runs(vec![run_at("z", 5), run_at("a", 5), run_at("m", -7)]).await.unwrap();
    store.create_runs(vec![run_at("k", 5), run_at("late", i64::MAX)]).await.unwrap();
    assert_eq!(ids(&newest(&store, 100).await), ["late", "k", "a", "z", "m"]);
    assert_eq!(ids(&newest(&store, 2).await), ["late", "k"]);
    assert_eq!(ids(&newest(&store, 0).await), [""; 0]);
}

#[tokio::test]
async fn pages_continue_after_a_run() {
    let store = World::new().await.store;
    store.create_runs((0..7).map(|at| run_at(&format!("r{at}"), at / 3)).collect()).await.unwrap();
    let mut seen = ids(&newest(&store, 2).await).join(" ");
    while let Some(last) = seen.rsplit(' ').next().map(str::to_owned) {
        let page = store.get_runs(2, None, Some(&last)).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen = format!("{seen} {}", ids(&page).join(" "));
    }
    assert_eq!(seen, "r6 r5 r4 r3 r2 r1 r0");
}

#[tokio::test]
async fn a_page_by_status_continues_after_a_run_that_changed_its_status() {
    let store = World::new().await.store;
    store.enqueue_runs((0..3).map(|at| run_at(&format!("r{at}"), at)).collect()).await.unwrap();
    store.try_start_run("r1".to_owned()).await.unwrap();
    let page = store.get_runs(100, Some(RunStatus::Queued), Some("r1")).await.unwrap();
    assert_eq!(ids(&page), ["r0"]);
}

#[tokio::test]
async fn there_is_nothing_to_continue_after_a_run_that_is_not_listed_here() {
    let world = World::new().await;
    world.at("elsewhere").create_runs(vec![run("r")]).await.unwrap();
    assert_eq!(code(world.store.get_runs(1, None, Some("r")).await), Code::NotFound);
    assert_eq!(code(world.store.get_runs(0, None, Some("gone")).await), Code::NotFound);
}

#[tokio::test]
async fn lists_are_of_one_code_location_and_runs_are_everybodys() {
    let world = World::new().await;
    let elsewhere = world.at("elsewhere");
    elsewhere.enqueue_runs(vec![run("r")]).await.unwrap();
    assert!(newest(&world.store, 100).await.is_empty());
    assert!(world.store.get_queued_runs().await.unwrap().is_empty());
    assert!(world.store.try_start_run("r".to_owned()).await.unwrap());
    assert_eq!(ids(&with_status(&elsewhere, RunStatus::Started).await), ["r"]);
}

#[tokio::test]
async fn a_run_is_listed_under_its_status_only() {
    let store = World::new().await.store;
    for (at, status) in RunStatus::ALL.iter().copied().enumerate() {
        let id = format!("r{at}");
        store.create_runs(vec![run_at(&id, 0)]).await.unwrap();
        store.update_run_status(id.clone(), status, None).await.unwrap();
    }
    for (at, status) in RunStatus::ALL.iter().copied().enumerate() {
        assert_eq!(ids(&with_status(&store, status).await), [format!("r{at}")]);
    }
}

#[tokio::test]
async fn the_queue_is_by_priority_then_start_time_then_id() {
    let store = World::new().await.store;
    let queued = |id: &str, priority, start_time| NewRun { priority: Some(priority), ..run_at(id, start_time) };
    let runs = [
        queued("least", i32::MIN, -9),
        queued("late", 0, 2),
        // By code point; by UTF-16 unit the second would come first.
        queued("\u{FFFD}", 0, 1),
        queued("🚀", 0, 1),
        queued("Z", 0, 1),
        queued("a", 0, 1),
        queued("", 0, 1),
        queued("most", i32::MAX, 9),
    ];
    store.enqueue_runs(runs.to_vec()).await.unwrap();
    let order = ["most", "", "Z", "a", "\u{FFFD}", "🚀", "late", "least"];
    assert_eq!(ids(&store.get_queued_runs().await.unwrap()), order);
}
