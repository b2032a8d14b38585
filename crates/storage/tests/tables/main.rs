//! The descriptions of tables, against rows of every table.

mod filled;
mod links;
mod rows;
