use super::*;
use crate::Code;

const NOW: i64 = 1000;

fn in_status(status: RunStatus) -> State {
    State { status, end_time: None, block_reason: None }
}

fn over(status: RunStatus, end_time: i64) -> State {
    State { end_time: Some(end_time), ..in_status(status) }
}

#[test]
fn a_run_that_is_not_over_may_take_any_status() {
    for from in [RunStatus::Queued, RunStatus::NotStarted, RunStatus::Started] {
        for to in RunStatus::ALL.iter().copied() {
            let state = in_status(from).updated(to, None, NOW).unwrap();
            assert_eq!(state.status, to);
            assert_eq!(state.end_time, to.is_terminal().then_some(NOW), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn a_run_that_is_over_stays_over() {
    for from in RunStatus::ALL.iter().copied().filter(|status| status.is_terminal()) {
        for to in RunStatus::ALL.iter().copied() {
            let answer = over(from, 5).updated(to, Some(9), NOW);
            if from == to {
                assert_eq!(answer.unwrap(), over(from, 5));
            } else {
                assert_eq!(answer.unwrap_err().code(), Code::Conflict);
            }
        }
    }
}

#[test]
fn the_end_time_given_wins_over_now() {
    let started = in_status(RunStatus::Started);
    assert_eq!(started.updated(RunStatus::Failure, Some(7), NOW).unwrap(), over(RunStatus::Failure, 7));
}

#[test]
fn a_run_created_over_learns_its_end_time_from_the_first_who_tells() {
    let created = in_status(RunStatus::Success);
    assert_eq!(created.updated(RunStatus::Success, None, NOW).unwrap(), created);
    assert_eq!(created.updated(RunStatus::Success, Some(7), NOW).unwrap(), over(RunStatus::Success, 7));
    assert_eq!(created.with_outcome(RunOutcomeStatus::Success, NOW), over(RunStatus::Success, NOW));
}

#[test]
fn only_a_waiting_run_can_be_started_or_cancelled() {
    for status in RunStatus::ALL.iter().copied() {
        let waits = matches!(status, RunStatus::Queued | RunStatus::NotStarted);
        let state = in_status(status);
        assert_eq!(state.started(), waits.then(|| in_status(RunStatus::Started)), "{status:?}");
        assert_eq!(state.cancelled(NOW), waits.then(|| over(RunStatus::Canceled, NOW)), "{status:?}");
    }
}

#[test]
fn the_last_outcome_wins_and_the_first_end_time_stays() {
    let failed = in_status(RunStatus::Started).with_outcome(RunOutcomeStatus::Failure, 5);
    assert_eq!(failed, over(RunStatus::Failure, 5));
    assert_eq!(failed.with_outcome(RunOutcomeStatus::Cancelled, NOW), over(RunStatus::Canceled, 5));
}

#[test]
fn a_block_reason_goes_when_the_run_leaves_the_queue() {
    let reason = Some("full".to_owned());
    let blocked = in_status(RunStatus::Queued).blocked_by(reason.clone());
    assert_eq!(blocked.block_reason, reason);
    let left = [
        blocked.updated(RunStatus::NotStarted, None, NOW).unwrap(),
        blocked.started().unwrap(),
        blocked.cancelled(NOW).unwrap(),
        blocked.with_outcome(RunOutcomeStatus::Failure, NOW),
    ];
    assert!(left.iter().all(|state| state.block_reason.is_none()));
    assert_eq!(blocked.updated(RunStatus::Queued, None, NOW).unwrap(), blocked);
    assert_eq!(blocked.blocked_by(None).block_reason, None);
}

#[test]
fn a_run_that_has_started_takes_no_block_reason() {
    let started = in_status(RunStatus::Started);
    assert_eq!(started.blocked_by(Some("full".to_owned())), started);
}
