//! Staleness, as a function of records and edges. The names of tests tell which silence of the
//! reference they forbid.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rivers_storage::assets::{AssetDefinition, AssetRecord};
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::staleness::{
    AssetStaleness, CauseCategory, GraphNode, GraphTopology, NodeKind, StaleCause, StalenessStatus, compute,
};
use rivers_storage_testing::{reopen, store};

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// An asset at a data version, made of these inputs.
fn made(key: &str, version: &str, inputs: &[(&str, &str)]) -> AssetRecord {
    AssetRecord {
        asset_key: key.to_owned(),
        last_data_version: Some(version.to_owned()),
        last_input_data_versions: owned(inputs),
        ..AssetRecord::default()
    }
}

fn never_made(key: &str) -> AssetRecord {
    AssetRecord { asset_key: key.to_owned(), ..AssetRecord::default() }
}

fn with_code(record: AssetRecord, code: &str, made_with: Option<&str>) -> AssetRecord {
    AssetRecord {
        code_version: Some(code.to_owned()),
        last_materialization_code_version: made_with.map(str::to_owned),
        ..record
    }
}

/// What is told of each asset: its status and, of each cause, the reason.
fn told(records: &[AssetRecord], edges: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let told = compute(records, &owned(edges));
    let line = |(key, staleness): (String, AssetStaleness)| {
        let mut line = vec![staleness.status.as_str().to_owned()];
        line.extend(staleness.causes.into_iter().map(|cause| cause.reason));
        (key, line)
    };
    told.into_iter().map(line).collect()
}

const STALE: &str = "upstream 'a' is stale";
const NEW: &str = "upstream 'a' has new data version";
const UNREAD: &str = "upstream 'a' has data not yet consumed";

#[test]
fn without_assets_there_is_nothing_to_tell() {
    assert_eq!(told(&[], &[("b", "a")]), BTreeMap::new());
}

#[test]
fn an_asset_without_data_is_missing_whatever_its_code() {
    let records = [never_made("a"), with_code(never_made("b"), "2", Some("1"))];
    let told = told(&records, &[("b", "a")]);
    assert_eq!([&told["a"], &told["b"]], [&["Missing"], &["Missing"]]);
}

#[test]
fn only_a_code_version_that_is_there_can_have_changed() {
    let dropped = AssetRecord { last_materialization_code_version: Some("1".to_owned()), ..made("dropped", "v", &[]) };
    let records = [
        dropped,
        with_code(made("added", "v", &[]), "1", None),
        with_code(made("changed", "v", &[]), "2", Some("1")),
        with_code(made("kept", "v", &[]), "1", Some("1")),
    ];
    let told = told(&records, &[]);
    assert_eq!(told["dropped"], ["UpToDate"]);
    assert_eq!(told["added"], ["Stale", "code version changed"]);
    assert_eq!(told["changed"], ["Stale", "code version changed"]);
    assert_eq!(told["kept"], ["UpToDate"]);
}

#[test]
fn consumed_data_is_compared_with_present_data() {
    let upstream = made("a", "2", &[]);
    for (inputs, expected) in [
        (&[("a", "2")][..], &["UpToDate"][..]),
        (&[("a", "1")], &["Stale", NEW]),
        (&[("x", "2")], &["Stale", UNREAD]),
        (&[("a", "1"), ("a", "2")], &["UpToDate"]),
        (&[("a", "2"), ("a", "1")], &["Stale", NEW]),
    ] {
        assert_eq!(told(&[upstream.clone(), made("b", "v", inputs)], &[("b", "a")])["b"], expected, "{inputs:?}");
    }
}

#[test]
fn staleness_passes_down_a_chain() {
    let chain = |a| [a, made("b", "v", &[("a", "1")]), made("c", "v", &[("b", "v")])];
    let edges = [("c", "b"), ("b", "a")];
    let below = ["Stale", "upstream 'b' is stale"];
    let told_of = |a| told(&chain(a), &edges);
    assert_eq!(told_of(made("a", "1", &[]))["c"], ["UpToDate"]);
    assert_eq!(told_of(made("a", "2", &[]))["c"], below);
    assert_eq!(told_of(never_made("a"))["b"], ["Stale", STALE]);
    assert_eq!(told_of(never_made("a"))["c"], below);
    assert_eq!(told_of(with_code(made("a", "1", &[]), "2", Some("1")))["c"], below);
}

#[test]
fn causes_are_code_then_upstreams_in_the_order_of_edges_each_as_often_as_its_edge() {
    let records = [
        made("z", "1", &[]),
        made("a", "1", &[]),
        with_code(made("x", "v", &[("z", "1"), ("a", "0")]), "2", Some("1")),
        never_made("m"),
    ];
    let edges = [("x", "m"), ("x", "z"), ("x", "a"), ("x", "m")];
    let m = "upstream 'm' is stale";
    assert_eq!(told(&records, &edges)["x"], ["Stale", "code version changed", m, NEW, m]);
}

#[test]
fn a_cause_names_its_asset_category_and_dependency() {
    let records = [made("a", "2", &[]), with_code(made("b", "v", &[("a", "1")]), "2", Some("1"))];
    let cause = |category, reason: &str, dependency: Option<&str>| StaleCause {
        asset_key: "b".to_owned(),
        category,
        reason: reason.to_owned(),
        dependency: dependency.map(str::to_owned),
    };
    let causes =
        vec![cause(CauseCategory::Code, "code version changed", None), cause(CauseCategory::Data, NEW, Some("a"))];
    let expected = AssetStaleness { status: StalenessStatus::Stale, causes };
    assert_eq!(compute(&records, &owned(&[("b", "a")]))["b"], expected);
}

#[test]
fn an_unknown_upstream_does_not_silence_the_data_check() {
    let records = [made("a", "2", &[]), made("b", "v", &[("a", "1")]), made("c", "v", &[("b", "v")])];
    let told = told(&records, &[("b", "unknown"), ("b", "a"), ("c", "b")]);
    assert_eq!(told["b"], ["Stale", NEW]);
    assert_eq!(told["c"], ["Stale", "upstream 'b' is stale"]);
}

#[test]
fn a_cycle_does_not_silence_the_data_check() {
    // b and c are made of each other, b of a too, and d of c.
    let records = |a| {
        let b = made("b", "1", &[("a", "1"), ("c", "1")]);
        [made("a", a, &[]), b, made("c", "1", &[("b", "1")]), made("d", "1", &[("c", "1")])]
    };
    let edges = [("b", "a"), ("b", "c"), ("c", "b"), ("d", "c")];
    for asset in ["b", "c", "d"] {
        assert_eq!(told(&records("1"), &edges)[asset], ["UpToDate"]);
    }
    let told = told(&records("2"), &edges);
    assert_eq!(told["b"], ["Stale", NEW, "upstream 'c' is stale"]);
    assert_eq!(told["c"], ["Stale", "upstream 'b' is stale"]);
    assert_eq!(told["d"], ["Stale", "upstream 'c' is stale"]);
}

#[test]
fn a_stale_member_makes_its_whole_cycle_stale() {
    let records = [with_code(made("a", "1", &[("b", "1")]), "2", Some("1")), made("b", "1", &[("a", "1")])];
    let told = told(&records, &[("a", "b"), ("b", "a")]);
    assert_eq!(told["a"], ["Stale", "code version changed", "upstream 'b' is stale"]);
    assert_eq!(told["b"], ["Stale", STALE]);
}

#[test]
fn an_asset_that_reads_itself_is_judged_by_the_rest() {
    assert_eq!(told(&[made("a", "2", &[("a", "1")])], &[("a", "a")])["a"], ["UpToDate"]);
    let records = [made("a", "2", &[]), made("b", "2", &[("b", "1"), ("a", "1")])];
    assert_eq!(told(&records, &[("b", "b"), ("b", "a")])["b"], ["Stale", NEW]);
}

#[test]
fn names_without_records_pass_staleness_on() {
    let edges = [("task 1", "a"), ("task 2", "task 1"), ("b", "task 2")];
    let b = || made("b", "v", &[]);
    assert_eq!(told(&[never_made("a"), b()], &edges)["b"], ["Stale", "upstream 'task 2' is stale"]);
    let told = told(&[made("a", "1", &[]), b()], &edges);
    assert_eq!(told.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(told["b"], ["UpToDate"]);
}

#[test]
fn a_long_chain_and_a_broad_asset_are_judged_in_no_time() {
    let name = |at: usize| format!("n{at}");
    let count = 100_000;
    let chain = (1..count).map(|at| (name(at), name(at - 1)));
    let fan = (0..count).map(|at| ("fan".to_owned(), name(at)));
    let edges: Vec<_> = chain.chain(fan).collect();
    let mut records: Vec<_> = (1..count).map(|at| made(&name(at), "v", &[])).collect();
    records.push(made("fan", "v", &[]));
    records.push(never_made(&name(0)));
    let began = std::time::Instant::now();
    let told = compute(&records, &edges);
    assert_eq!(told["fan"].causes.len(), count);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[tokio::test]
async fn records_and_the_graph_decide_and_the_graph_comes_back_as_it_was_set() {
    let (records, store) = store().await;
    assert_eq!(store.get_graph_topology().await.unwrap(), None);
    let node = |name: &str, kind, group: Option<&str>, parent: Option<&str>| GraphNode {
        name: name.to_owned(),
        kind,
        group: group.map(str::to_owned),
        parent_graph: parent.map(str::to_owned),
    };
    let topology = GraphTopology {
        nodes: vec![
            node("b", NodeKind::GraphAsset, Some("g"), None),
            node("", NodeKind::Task, None, Some("b")),
            node("b", NodeKind::Asset, Some(""), None),
        ],
        edges: owned(&[("b", "a"), ("b", "a")]),
    };
    store.set_graph_topology(GraphTopology::default()).await.unwrap();
    assert_eq!(store.get_graph_topology().await.unwrap(), Some(GraphTopology::default()));
    store.set_graph_topology(topology.clone()).await.unwrap();
    assert_eq!(store.get_graph_topology().await.unwrap(), Some(topology.clone()));

    let definition = |key: &str| AssetDefinition { asset_key: key.to_owned(), ..AssetDefinition::default() };
    store.register_assets(vec![definition("b"), definition("a")]).await.unwrap();
    let event = NewEvent {
        asset_key: Some("b".to_owned()),
        data_version: Some("1".to_owned()),
        ..NewEvent::new(EventType::Materialization, "r")
    };
    store.store_events(vec![event]).await.unwrap();

    let (_, store) = reopen(&records).await;
    assert_eq!(store.get_graph_topology().await.unwrap(), Some(topology));
    let told = store.compute_staleness().await.unwrap();
    assert_eq!(told["a"].status, StalenessStatus::Missing);
    assert_eq!(told["b"].causes.len(), 2);
}

/// The rule word for word, repeated until nothing changes.
fn naive(records: &BTreeMap<String, AssetRecord>, edges: &[(String, String)]) -> BTreeMap<String, AssetStaleness> {
    let mut stale: BTreeMap<&str, bool> = BTreeMap::new();
    let judge = |name: &str, stale: &BTreeMap<&str, bool>| {
        let record = records.get(name);
        if record.is_some_and(|record| record.last_data_version.is_none()) {
            return AssetStaleness { status: StalenessStatus::Missing, causes: vec![] };
        }
        let mut causes = Vec::new();
        let mut cause = |category, reason: String, dependency: Option<&String>| {
            causes.push(StaleCause { asset_key: name.to_owned(), category, reason, dependency: dependency.cloned() });
        };
        if let Some(record) = record
            && record.code_version.is_some()
            && record.code_version != record.last_materialization_code_version
        {
            cause(CauseCategory::Code, "code version changed".to_owned(), None);
        }
        for (_, upstream) in edges.iter().filter(|(downstream, upstream)| downstream == name && upstream != name) {
            let current = records.get(upstream).and_then(|record| record.last_data_version.as_ref());
            let consumed = record.and_then(|record| {
                record
                    .last_input_data_versions
                    .iter()
                    .rev()
                    .find(|(name, _)| name == upstream)
                    .map(|(_, version)| version)
            });
            let what = match (stale.get(upstream.as_str()), record.and(current), consumed) {
                (Some(true), ..) => "is stale",
                (_, Some(current), Some(consumed)) if current != consumed => "has new data version",
                (_, Some(_), None) => "has data not yet consumed",
                _ => continue,
            };
            cause(CauseCategory::Data, format!("upstream '{upstream}' {what}"), Some(upstream));
        }
        let status = if causes.is_empty() { StalenessStatus::UpToDate } else { StalenessStatus::Stale };
        AssetStaleness { status, causes }
    };
    let names = || records.keys().chain(edges.iter().flat_map(|(downstream, upstream)| [downstream, upstream]));
    loop {
        let next: BTreeMap<&str, bool> =
            names().map(|name| (name.as_str(), judge(name, &stale).status != StalenessStatus::UpToDate)).collect();
        if next == stale {
            return records.keys().map(|name| (name.clone(), judge(name, &stale))).collect();
        }
        stale = next;
    }
}

fn any_record() -> impl Strategy<Value = AssetRecord> {
    let version = || prop::option::weighted(0.8, "[12]");
    (version(), version(), version(), prop::collection::vec(("[a-f]", "[12]"), 0..4)).prop_map(
        |(data, code, made_with, inputs)| AssetRecord {
            last_data_version: data,
            code_version: code,
            last_materialization_code_version: made_with,
            last_input_data_versions: inputs,
            ..AssetRecord::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_rule_word_for_word_says_the_same(
        records in prop::collection::btree_map("[a-f]", any_record(), 0..6),
        edges in prop::collection::vec(("[a-h]", "[a-h]"), 0..10),
    ) {
        let records: BTreeMap<String, AssetRecord> = records
            .into_iter()
            .map(|(asset_key, record)| (asset_key.clone(), AssetRecord { asset_key, ..record }))
            .collect();
        let list: Vec<AssetRecord> = records.values().cloned().collect();
        prop_assert_eq!(compute(&list, &edges), naive(&records, &edges));
    }
}
