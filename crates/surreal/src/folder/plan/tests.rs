use super::*;

const TABLES: [&str; 4] = ["000009.sst", "000010.blob", "MANIFEST-000011", "000012.log"];

fn files(names: &[&str]) -> FileSizes {
    names.iter().map(|name| ((*name).to_owned(), 100)).collect()
}

/// A store of ours that was closed, with these files of the engine's.
fn closed(names: &[&str]) -> Contents {
    let whole: Vec<_> = TABLES.iter().chain(&["CURRENT", "OPTIONS-000013"]).copied().collect();
    let manifest = Some("MANIFEST-000011".to_owned());
    let left = Contents { files: files(&whole), inventory: None, manifest: manifest.clone(), is_ours: true };
    let inventory = Some(left.inventory(State::Closed));
    Contents { files: files(names), inventory, manifest, is_ours: true }
}

fn killed(names: &[&str]) -> Contents {
    let mut contents = closed(names);
    contents.inventory.as_mut().unwrap().state = State::InUse;
    contents
}

fn whole_and(more: &[&'static str]) -> Vec<&'static str> {
    TABLES.iter().chain(&["CURRENT", "OPTIONS-000013", "rivers.store", "lost+found"]).chain(more).copied().collect()
}

fn without(name: &str) -> Vec<&'static str> {
    whole_and(&[]).into_iter().filter(|other| *other != name).collect()
}

fn refused(contents: &Contents) -> (Code, String) {
    let error = plan(contents).unwrap_err();
    (error.code(), error.message().to_owned())
}

fn of_a_stranger(names: &[&str]) -> Contents {
    Contents { files: files(names), inventory: None, manifest: None, is_ours: false }
}

#[test]
fn a_store_is_made_only_where_no_file_has_a_name_of_the_engine_s() {
    let none = of_a_stranger(&["lost+found", "rivers.lock", "notes.txt", "app.log"]);
    assert_eq!(plan(&none).unwrap(), Plan::Create);
    for name in ["000007.sst", "CURRENT", "IDENTITY", "LOG", "LOCK", "OPTIONS-000001", "000003.log", "MANIFEST-000001"]
    {
        let (code, message) = refused(&of_a_stranger(&["lost+found", name]));
        assert_eq!(code, Code::Io, "{name}: {message}");
    }
}

#[test]
fn a_creation_that_was_killed_is_begun_again_whatever_is_there() {
    for names in [&[][..], &["000004.log"], &["CURRENT", "MANIFEST-000001", "000004.log", "000007.sst"]] {
        let inventory = Some(Inventory::creating());
        let contents = Contents { files: files(names), inventory, manifest: None, is_ours: true };
        assert_eq!(plan(&contents).unwrap(), Plan::CreateAgain);
    }
}

#[test]
fn a_store_as_it_was_left_is_opened() {
    assert_eq!(plan(&closed(&whole_and(&[]))).unwrap(), Plan::Open);
    assert_eq!(plan(&killed(&whole_and(&[]))).unwrap(), Plan::Open);
    // No log holds a row that no table holds, and the engine writes its options anew.
    assert_eq!(plan(&closed(&without("000012.log"))).unwrap(), Plan::Open);
    assert_eq!(plan(&closed(&without("OPTIONS-000013"))).unwrap(), Plan::Open);
}

#[test]
fn a_lost_file_of_a_closed_store_is_named() {
    for name in ["000009.sst", "000010.blob", "MANIFEST-000011"] {
        let (code, message) = refused(&closed(&without(name)));
        assert_eq!(code, Code::Corrupt);
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn a_store_without_a_manifest_in_force_is_corrupt_if_it_is_ours() {
    for contents in [closed(&without("CURRENT")), killed(&without("CURRENT"))] {
        let contents = Contents { manifest: None, ..contents };
        let (code, message) = refused(&contents);
        assert_eq!(code, Code::Corrupt);
        assert!(message.contains("'CURRENT' is missing"), "{message}");
    }
    let (code, message) = refused(&Contents { manifest: None, ..killed(&whole_and(&[])) });
    assert_eq!((code, message.as_str()), (Code::Corrupt, "'CURRENT' names no manifest: put it back"));
    let (code, message) = refused(&killed(&without("MANIFEST-000011")));
    assert_eq!(code, Code::Corrupt);
    assert!(message.contains("'MANIFEST-000011', which 'CURRENT' names, is missing"), "{message}");
    let (code, _) = refused(&killed(&["rivers.store", "lost+found"]));
    assert_eq!(code, Code::Corrupt);
}

#[test]
fn a_file_with_a_number_that_the_engine_had_given_before_is_a_stranger() {
    for name in ["000007.sst", "000008.blob", "000003.log", "MANIFEST-000002"] {
        for contents in [closed(&whole_and(&[name])), killed(&whole_and(&[name]))] {
            let (code, message) = refused(&contents);
            assert_eq!(code, Code::Io);
            assert!(message.contains(name), "{message}");
        }
    }
}

#[test]
fn rows_with_later_numbers_are_the_engine_s_after_a_kill_and_a_stranger_s_after_a_close() {
    for name in ["000014.sst", "000014.blob", "000099.log"] {
        assert_eq!(plan(&killed(&whole_and(&[name]))).unwrap(), Plan::Open, "{name}");
        assert_eq!(refused(&closed(&whole_and(&[name]))).0, Code::Io, "{name}");
    }
}

#[test]
fn an_opening_that_was_killed_at_once_leaves_a_manifest_and_an_empty_log() {
    let mut contents = closed(&whole_and(&["MANIFEST-000014", "000015.log", "OPTIONS-000016"]));
    contents.files.insert("000015.log".to_owned(), 0);
    assert_eq!(plan(&contents).unwrap(), Plan::Open);
}

#[test]
fn options_hold_no_rows_whatever_their_number() {
    assert_eq!(plan(&closed(&whole_and(&["OPTIONS-000003"]))).unwrap(), Plan::Open);
}

#[test]
fn numbers_that_the_engine_cannot_have_given_are_a_stranger_s() {
    for name in ["9223372036854775809.blob", "18446744073709551614.sst"] {
        assert_eq!(refused(&killed(&whole_and(&[name]))).0, Code::Io, "{name}");
        let no_inventory = Contents { inventory: None, ..closed(&whole_and(&[name])) };
        assert_eq!(refused(&no_inventory).0, Code::Io, "{name}");
    }
}

#[test]
fn a_closed_store_that_surrealdb_has_changed_is_opened() {
    let mut contents = closed(&["CURRENT", "MANIFEST-000020", "000019.sst", "000021.log", "OPTIONS-000022"]);
    contents.manifest = Some("MANIFEST-000020".to_owned());
    assert_eq!(plan(&contents).unwrap(), Plan::Open);
}
