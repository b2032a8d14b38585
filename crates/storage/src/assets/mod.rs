//! Assets: what was registered of them, and what their events show.

mod lists;
mod model;
mod register;
mod rows;

pub(crate) use lists::all_records;
pub use model::{AssetDefinition, AssetRecord};
pub(crate) use rows::{AssetRow, asset_key};
