//! The rule of staleness.
//!
//! 1. An asset without a data version is missing. It has no causes.
//! 2. Any other has these causes, in this order: its code version changed since it was made; then, for each of its
//!    upstreams in the order of the edges, either that the upstream is stale, or that the data the asset consumed of it
//!    is not its present data. With a cause it is stale.
//! 3. Staleness passes downstream: an upstream "is stale" if it is missing, if its code changed, if its own consumed
//!    data is not the present data, or if one of its upstreams is stale. A name without a record (a task, an asset of
//!    another code location) has neither code nor data, so it only passes staleness on.
//!
//! Rule 3 means the smallest set that satisfies it, so it is the same with and without cycles: a cycle is stale if an
//! asset in it or above it is stale by itself, and never because it is a cycle. An edge from an asset to itself is
//! ignored: what the asset reads of itself is always older than what it made.

use std::collections::{BTreeMap, HashMap};

use super::{AssetStaleness, CauseCategory, StaleCause, StalenessStatus};
use crate::assets::AssetRecord;

/// The staleness of each record, by asset key. Edges are (downstream, upstream).
pub fn compute(records: &[AssetRecord], edges: &[(String, String)]) -> BTreeMap<String, AssetStaleness> {
    let graph = Graph::new(records, edges);
    let stale = graph.stale();
    graph.records.iter().enumerate().map(|(at, record)| (record.asset_key.clone(), graph.judge(at, &stale))).collect()
}

/// The graph with names replaced by numbers. The numbers of records come first, in their order.
struct Graph<'a> {
    records: &'a [AssetRecord],
    names: Vec<&'a str>,
    upstreams: Vec<Vec<usize>>,
    downstreams: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(records: &'a [AssetRecord], edges: &'a [(String, String)]) -> Self {
        let mut numbers = HashMap::new();
        let mut distinct = Vec::new();
        let mut number = |name: &'a str| {
            *numbers.entry(name).or_insert_with(|| {
                distinct.push(name);
                distinct.len() - 1
            })
        };
        for record in records {
            number(&record.asset_key);
        }
        let edges: Vec<(usize, usize)> =
            edges.iter().map(|(downstream, upstream)| (number(downstream), number(upstream))).collect();
        let mut upstreams = vec![Vec::new(); distinct.len()];
        let mut downstreams = vec![Vec::new(); distinct.len()];
        for (downstream, upstream) in edges.into_iter().filter(|(downstream, upstream)| downstream != upstream) {
            upstreams[downstream].push(upstream);
            downstreams[upstream].push(downstream);
        }
        Self { records, names: distinct, upstreams, downstreams }
    }

    /// Rule 3: the assets that are stale by themselves, and all that are downstream of them.
    fn stale(&self) -> Vec<bool> {
        let mut stale: Vec<bool> = (0..self.names.len()).map(|at| self.is_stale_by_itself(at)).collect();
        let mut open: Vec<usize> = (0..stale.len()).filter(|&at| stale[at]).collect();
        while let Some(at) = open.pop() {
            for &downstream in &self.downstreams[at] {
                if !stale[downstream] {
                    stale[downstream] = true;
                    open.push(downstream);
                }
            }
        }
        stale
    }

    fn is_stale_by_itself(&self, at: usize) -> bool {
        self.records.get(at).is_some_and(|record| {
            is_missing(record) || code_changed(record) || {
                let consumed = consumed(record);
                self.upstreams[at].iter().any(|&upstream| self.data_cause(&consumed, upstream).is_some())
            }
        })
    }

    fn judge(&self, at: usize, stale: &[bool]) -> AssetStaleness {
        let record = &self.records[at];
        if is_missing(record) {
            return AssetStaleness { status: StalenessStatus::Missing, causes: Vec::new() };
        }
        let consumed = consumed(record);
        let cause = |category, reason: String, dependency| StaleCause {
            asset_key: record.asset_key.clone(),
            category,
            reason,
            dependency,
        };
        let code = code_changed(record).then(|| cause(CauseCategory::Code, "code version changed".to_owned(), None));
        let data = self.upstreams[at].iter().filter_map(|&upstream| {
            let what = if stale[upstream] { Some("is stale") } else { self.data_cause(&consumed, upstream) }?;
            let upstream = self.names[upstream];
            Some(cause(CauseCategory::Data, format!("upstream '{upstream}' {what}"), Some(upstream.to_owned())))
        });
        let causes: Vec<StaleCause> = code.into_iter().chain(data).collect();
        let status = if causes.is_empty() { StalenessStatus::UpToDate } else { StalenessStatus::Stale };
        AssetStaleness { status, causes }
    }

    /// How the data that was consumed of this upstream differs from its present data, if it does.
    fn data_cause(&self, consumed: &HashMap<&str, &str>, upstream: usize) -> Option<&'static str> {
        let current = self.records.get(upstream)?.last_data_version.as_deref()?;
        match consumed.get(self.names[upstream]) {
            Some(&consumed) if consumed == current => None,
            Some(_) => Some("has new data version"),
            None => Some("has data not yet consumed"),
        }
    }
}

const fn is_missing(record: &AssetRecord) -> bool {
    record.last_data_version.is_none()
}

fn code_changed(record: &AssetRecord) -> bool {
    record.code_version.is_some() && record.code_version != record.last_materialization_code_version
}

/// The data version consumed of each upstream; the last one that the materialization named.
fn consumed(record: &AssetRecord) -> HashMap<&str, &str> {
    record.last_input_data_versions.iter().map(|(upstream, version)| (upstream.as_str(), version.as_str())).collect()
}
