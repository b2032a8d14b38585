//! What an event changes in the record of its asset. Events may be stored late: an event that is older than the one
//! that changed the record last changes nothing.

use super::EventType;
use super::model::PendingEvent;
use crate::assets::AssetRow;

/// Whether events of this type change anything beside themselves.
pub const fn has_effects(event_type: EventType) -> bool {
    matches!(event_type, EventType::Materialization | EventType::Observation | EventType::Deletion)
}

/// Applies the event to the record. False if the record does not change.
pub fn show(row: &mut AssetRow, pending: &PendingEvent<'_>) -> bool {
    let PendingEvent { event, id, position, partition } = *pending;
    if row.shown.is_some_and(|shown| position < shown) {
        return false;
    }
    let record = &mut row.record;
    match event.event_type {
        EventType::Materialization => {
            record.last_run_id = Some(event.run_id.clone());
            record.last_timestamp = Some(position.time);
            record.last_data_version.clone_from(&event.data_version);
            record.last_materialization_code_version.clone_from(&record.code_version);
            record.last_input_data_versions.clone_from(&event.input_data_versions);
        }
        EventType::Observation => {
            record.last_timestamp = Some(position.time);
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
    row.shown = Some(position);
    row.shown_partition = partition.map(str::to_owned);
    true
}
