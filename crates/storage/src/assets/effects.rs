//! What an event changes in the record of its asset. Events may come late: one that is older than
//! what the record shows changes nothing.

use super::rows::AssetRow;
use crate::events::{EventType, Occurrence};

/// The types that change anything beside themselves.
pub const fn has_effects(event_type: EventType) -> bool {
    matches!(event_type, EventType::Materialization | EventType::Observation | EventType::Deletion)
}

/// Whether the record changed.
pub fn show(row: &mut AssetRow, occurrence: &Occurrence<'_>) -> bool {
    let Occurrence { event, id, moment, partition } = *occurrence;
    if row.shown.is_some_and(|shown| moment < shown) {
        return false;
    }
    let record = &mut row.record;
    match event.event_type {
        EventType::Materialization => {
            record.last_run_id = Some(event.run_id.clone());
            record.last_timestamp = Some(moment.time);
            record.last_data_version.clone_from(&event.data_version);
            record.last_materialization_code_version.clone_from(&record.code_version);
            record.last_input_data_versions.clone_from(&event.input_data_versions);
        }
        EventType::Observation => {
            record.last_timestamp = Some(moment.time);
            record.last_data_version.clone_from(&event.data_version);
        }
        EventType::Deletion if partition.is_none() || partition == row.shown_partition.as_deref() => {
            record.last_run_id = None;
            record.last_timestamp = None;
            record.last_data_version = None;
            record.last_materialization_code_version = None;
            record.last_input_data_versions.clear();
        }
        _ => return false,
    }
    record.last_event_id = Some(id.to_owned());
    row.shown = Some(moment);
    row.shown_partition = partition.map(str::to_owned);
    true
}
