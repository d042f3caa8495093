use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use sceau_crash::points::POINTS;

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { sources(&path, into) } else { into.push(path) }
    }
}

#[test]
fn every_place_of_the_relay_is_in_the_table_once() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/relay/src"), &mut files);
    let mut there = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let names = text.split("fail_point!(\"").skip(1).filter_map(|rest| rest.split('"').next());
        there.extend(names.map(str::to_owned));
    }
    let known: BTreeSet<&str> = POINTS.iter().map(|point| point.name).collect();
    assert_eq!(known.len(), POINTS.len(), "one of them stands in the table twice");
    assert_eq!(there.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    assert_eq!(there.len(), known.len(), "two places have one name");
    assert!(known.len() >= 40);
}
