//! The storage and its model, side by side.

use proptest::prelude::*;

use super::model::Model;
use rivers_storage_testing::histories::{Op, Recorder, config, ops};
use rivers_storage_testing::invariants::{Call, Reply};
use rivers_storage_testing::{NOW, recount, rows};

/// The stored slots that have ended, which a sweep must remove.
fn ended(recorder: &Recorder) -> usize {
    use rivers_storage::records::Table;
    let now = recorder.stores()[0].now();
    let rows = recorder.records.rows();
    let slots = rows.iter().filter(|(key, _)| key.table == Table::Slot);
    slots.filter(|(_, row)| rows::field::<i64>(row, "ends_at") <= now).count()
}

async fn compare(ops: &[Op]) -> Result<(), TestCaseError> {
    let mut recorder = Recorder::start().await;
    let mut model = Model::new(NOW);
    for observation in recorder.observations() {
        model.reply(&observation.call);
    }
    for op in ops {
        for call in recorder.calls(op) {
            let ended = ended(&recorder);
            let observation = recorder.call(call).await;
            let reply = match (model.reply(&observation.call), &observation.call) {
                (_, Call::Sweep) => Reply::Count(ended),
                (reply, _) => reply,
            };
            prop_assert_eq!(&observation.reply, &reply, "{:?}", observation.call);
            prop_assert_eq!(&observation.shown, &model.shown(), "{:?}", observation.call);
            recount::check(&recorder.records);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn every_answer_and_all_that_is_shown_equals_the_model(ops in ops()) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(compare(&ops))?;
    }
}
