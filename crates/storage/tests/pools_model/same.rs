//! The storage and its model, side by side.

use proptest::prelude::*;

use super::model::Model;
use rivers_storage_testing::histories::{Op, Recorder, config, ops};
use rivers_storage_testing::invariants::{Answer, Call};
use rivers_storage_testing::{NOW, books};

/// What a sweep is to remove: the slots in store that have ended.
fn ended(recorder: &Recorder) -> usize {
    use rivers_storage::records::Table;
    let now = recorder.stores()[0].now();
    let rows = recorder.records.rows();
    let slots = rows.iter().filter(|(key, _)| key.table == Table::Slot);
    slots.filter(|(_, row)| books::field::<i64>(row, "ends_at") <= now).count()
}

async fn compare(ops: &[Op]) -> Result<(), TestCaseError> {
    let mut recorder = Recorder::start().await;
    let mut model = Model::new(NOW);
    for moment in recorder.moments() {
        model.answer(&moment.call);
    }
    for op in ops {
        for call in recorder.calls(op) {
            let ended = ended(&recorder);
            let moment = recorder.call(call).await;
            let answer = match (model.answer(&moment.call), &moment.call) {
                (_, Call::Sweep) => Answer::Count(ended),
                (answer, _) => answer,
            };
            prop_assert_eq!(&moment.answer, &answer, "{:?}", moment.call);
            prop_assert_eq!(&moment.shown, &model.shown(), "{:?}", moment.call);
            books::check(&recorder.records);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn every_answer_and_all_that_is_shown_is_what_the_model_says(ops in ops()) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(compare(&ops))?;
    }
}
