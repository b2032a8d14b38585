//! The table of graphs, described.

use crate::description::{TableDescription, range, text};
use crate::records::Table;

pub const TABLE: TableDescription = TableDescription::new(Table::Topology, "The dependency graph of a code location.")
    .id(&[text("location", "The code location.")])
    .fields(&[text("graph", "The graph as JSON: nodes, and edges as [downstream, upstream].")])
    .ranges(&[range("The graph of a code location.", "topology:['default']")]);
