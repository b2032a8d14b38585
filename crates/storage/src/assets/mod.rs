//! Assets: what was registered, and what their events changed.

mod lists;
mod model;
mod register;
mod rows;
mod tables;

pub(crate) use lists::all_records;
pub use model::{AssetDefinition, AssetRecord};
pub(crate) use rows::{AssetRow, asset_key};
pub(crate) use tables::TABLES;
