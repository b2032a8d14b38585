use tempfile::{TempDir, tempdir};

use super::super::manifest::is_whole;
use super::*;

/// A folder with a manifest in force.
fn folder(manifest: &[u8]) -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("CURRENT"), "MANIFEST-000005\n").unwrap();
    fs::write(folder.path().join("MANIFEST-000005"), manifest).unwrap();
    folder
}

fn found(folder: &TempDir) -> Mark {
    match read(folder.path()).unwrap() {
        Found::Mark(mark) => mark,
        other => panic!("{other:?}"),
    }
}

fn append(folder: &TempDir, more: &[u8]) {
    let path = folder.path().join("MANIFEST-000005");
    OpenOptions::new().append(true).open(path).unwrap().write_all(more).unwrap();
}

#[test]
fn the_mark_advances_and_never_goes_back() {
    let folder = folder(b"");
    assert_eq!(read(folder.path()).unwrap(), Found::Nothing);
    let marker = Marker::open(folder.path()).unwrap();
    assert_eq!(read(folder.path()).unwrap(), Found::Nothing);
    for (written, known) in [(1, 1), (7, 7), (3, 7), (8, 8)] {
        marker.synced(written).unwrap();
        assert_eq!(found(&folder).sequence, known);
    }
    drop(marker);
    let again = Marker::open(folder.path()).unwrap();
    again.synced(2).unwrap();
    assert_eq!(found(&folder).sequence, 8);
}

#[test]
fn a_mark_that_is_cut_short_or_flipped_leaves_the_one_before() {
    let folder = folder(b"");
    let marker = Marker::open(folder.path()).unwrap();
    marker.synced(10).unwrap();
    marker.synced(20).unwrap();
    let whole = fs::read(folder.path().join(NAME)).unwrap();
    let mut seen = [0; 2];
    for at in COPIES {
        for bit in 0..COPY_BYTES * 8 {
            let mut content = whole.clone();
            content[usize::try_from(at).unwrap() + bit / 8] ^= 1 << (bit % 8);
            fs::write(folder.path().join(NAME), content).unwrap();
            match found(&folder).sequence {
                10 => seen[0] += 1,
                20 => seen[1] += 1,
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(seen, [COPY_BYTES * 8; 2]);
}

#[test]
fn without_a_readable_copy_the_mark_is_damaged() {
    let folder = folder(b"");
    fs::write(folder.path().join(NAME), b"something else").unwrap();
    assert_eq!(read(folder.path()).unwrap(), Found::Damage);
    for nothing in [&b""[..], &[0; 100]] {
        fs::write(folder.path().join(NAME), nothing).unwrap();
        assert_eq!(read(folder.path()).unwrap(), Found::Nothing);
    }
}

#[test]
fn a_manifest_that_lost_its_end_or_was_changed_is_noticed() {
    let folder = folder(b"the first tables");
    let marker = Marker::open(folder.path()).unwrap();
    marker.mark_manifest().unwrap();
    append(&folder, b", and one more");
    marker.mark_manifest().unwrap();
    let manifest = found(&folder).manifest;
    assert_eq!((manifest.number, manifest.bytes), (5, 30));
    assert!(is_whole(folder.path(), &manifest).unwrap());
    append(&folder, b", which the mark does not know yet");
    assert!(is_whole(folder.path(), &manifest).unwrap());
    let path = folder.path().join("MANIFEST-000005");
    let content = fs::read(&path).unwrap();
    for bytes in 0..30 {
        fs::write(&path, &content[..bytes]).unwrap();
        assert!(!is_whole(folder.path(), &manifest).unwrap(), "{bytes} bytes");
        let mut changed = content.clone();
        changed[bytes] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(!is_whole(folder.path(), &manifest).unwrap(), "byte {bytes}");
    }
}

#[test]
fn another_manifest_in_force_is_read_from_its_beginning() {
    let folder = folder(b"old");
    let marker = Marker::open(folder.path()).unwrap();
    marker.mark_manifest().unwrap();
    fs::write(folder.path().join("MANIFEST-000009"), b"newer").unwrap();
    fs::write(folder.path().join("CURRENT"), "MANIFEST-000009\n").unwrap();
    marker.mark_manifest().unwrap();
    let manifest = found(&folder).manifest;
    assert_eq!((manifest.number, manifest.bytes), (9, 5));
    assert!(is_whole(folder.path(), &manifest).unwrap());
}
