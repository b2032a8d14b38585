//! Events, over simulated records, with all that follows from them: what records of assets,
//! partitions and latest materializations show.

mod cost;
mod faults;
mod help;
mod ids;
mod latest;
mod lists;
mod model;
mod shown;
