//! Run logs. What they have in common with ticks is tested there.

use std::sync::Arc;

use rivers_storage::logs::{NewLog, StoredLog};
use rivers_storage::{Code, OpenStore};
use rivers_storage_testing::{Simulated, Storage};

const NOW: i64 = 1000;

async fn base() -> Arc<OpenStore> {
    OpenStore::open(Arc::new(Simulated::new(NOW))).await.unwrap()
}

fn log(run: &str, step: &str, timestamp: Option<i64>) -> NewLog {
    NewLog { run_id: run.to_owned(), step_key: step.to_owned(), timestamp, ..NewLog::default() }
}

#[tokio::test]
async fn every_field_survives() {
    let store = Storage::at(&base().await, "here");
    let full = NewLog {
        id: Some("mine".to_owned()),
        stdout: Some("out\0".to_owned()),
        stderr: Some(String::new()),
        logs: Some("🚀".to_owned()),
        traceback: Some("at line 1".to_owned()),
        ..log("r", "s", Some(-1))
    };
    assert_eq!(store.store_run_logs(vec![full, log("r", "", None)]).await.unwrap()[0], "mine");
    let logs = store.get_run_logs("r").await.unwrap();
    let expected = StoredLog {
        id: "mine".to_owned(),
        run_id: "r".to_owned(),
        step_key: "s".to_owned(),
        timestamp: -1,
        stdout: Some("out\0".to_owned()),
        stderr: Some(String::new()),
        logs: Some("🚀".to_owned()),
        traceback: Some("at line 1".to_owned()),
    };
    assert_eq!(logs[0], expected);
    assert_eq!((logs[1].timestamp, &logs[1].step_key, &logs[1].stdout), (NOW, &String::new(), &None));
}

#[tokio::test]
async fn logs_are_listed_by_time_and_order_of_storing_in_every_code_location() {
    let base = base().await;
    let here = Storage::at(&base, "here");
    here.store_run_logs([5, -1, 5].map(|time| log("r", "s", Some(time))).to_vec()).await.unwrap();
    here.store_run_logs(vec![log("rr", "s", Some(0)), log("r", "last", Some(5))]).await.unwrap();
    let logs = Storage::at(&base, "there").get_run_logs("r").await.unwrap();
    assert_eq!(logs.iter().map(|log| log.timestamp).collect::<Vec<_>>(), [-1, 5, 5, 5]);
    assert_eq!(logs[3].step_key, "last");
    assert_eq!(here.get_run_logs("unknown").await.unwrap(), []);
}

#[tokio::test]
async fn an_id_names_one_step_of_one_run() {
    let base = base().await;
    let store = Storage::at(&base, "here");
    let mine = NewLog { id: Some("mine".to_owned()), ..log("r", "s", None) };
    store.store_run_logs(vec![mine.clone()]).await.unwrap();
    Storage::at(&base, "there").store_run_logs(vec![mine.clone()]).await.unwrap();
    assert_eq!(store.get_run_logs("r").await.unwrap().len(), 1);
    for other in [NewLog { run_id: "q".to_owned(), ..mine.clone() }, NewLog { step_key: "t".to_owned(), ..mine }] {
        assert_eq!(store.store_run_logs(vec![other]).await.unwrap_err().code(), Code::Conflict);
    }
}
