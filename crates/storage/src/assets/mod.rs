//! Assets: what was registered of them, and what their events show.

mod catalog;
mod effects;
mod lists;
mod model;
mod register;
mod rows;

pub(crate) use catalog::Catalog;
pub(crate) use lists::all_records;
pub use model::{AssetDefinition, AssetRecord};
