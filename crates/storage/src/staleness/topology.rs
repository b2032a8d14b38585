//! The graph of a code location: one row, replaced as a whole, with the graph as JSON.

use compact_str::CompactString;
use serde_json::{Value, json};

use super::{GraphNode, GraphTopology, NodeKind};
use crate::error::{Error, Result};
use crate::key;
use crate::records::{Key, Reads, Row, Table};
use crate::store::Store;

fn topology_key(location: &str) -> Key {
    key!(Table::Topology, location)
}

impl Store {
    /// Stores the graph in place of the one that is there.
    pub async fn set_graph_topology(&self, topology: GraphTopology) -> Result<()> {
        self.transact((self.location.clone(), to_json(&topology)), |tx, (location, graph): &(CompactString, String)| {
            Box::pin(async move {
                tx.set(topology_key(location), Row::new().with("graph", graph.as_str()));
                Ok(())
            })
        })
        .await
    }

    /// The graph of the code location, if one was stored.
    pub async fn get_graph_topology(&self) -> Result<Option<GraphTopology>> {
        read(self.view().await?.as_ref(), &self.location).await
    }
}

/// The graph, within the reads of another operation.
pub async fn read(reads: &dyn Reads, location: &str) -> Result<Option<GraphTopology>> {
    let Some(mut row) = reads.get(&topology_key(location)).await? else { return Ok(None) };
    let text: String = row.take("graph")?;
    let graph = serde_json::from_str(&text).ok().and_then(|json| from_json(&json));
    graph.map(Some).ok_or_else(|| Error::corrupt("the stored graph of the code location cannot be read"))
}

fn to_json(topology: &GraphTopology) -> String {
    let node = |node: &GraphNode| json!({ "name": node.name, "kind": node.kind.as_str(), "group": node.group, "parent_graph": node.parent_graph });
    let nodes: Vec<Value> = topology.nodes.iter().map(node).collect();
    json!({ "nodes": nodes, "edges": topology.edges }).to_string()
}

fn from_json(json: &Value) -> Option<GraphTopology> {
    let nodes = json["nodes"].as_array()?.iter().map(node_from_json);
    let edges = json["edges"].as_array()?.iter().map(|edge| Some((text(&edge[0])?, text(&edge[1])?)));
    Some(GraphTopology { nodes: nodes.collect::<Option<_>>()?, edges: edges.collect::<Option<_>>()? })
}

fn node_from_json(json: &Value) -> Option<GraphNode> {
    Some(GraphNode {
        name: text(&json["name"])?,
        kind: NodeKind::parse(json["kind"].as_str()?)?,
        group: text(&json["group"]),
        parent_graph: text(&json["parent_graph"]),
    })
}

fn text(json: &Value) -> Option<String> {
    json.as_str().map(str::to_owned)
}
