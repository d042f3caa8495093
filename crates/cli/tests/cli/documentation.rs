//! docs/cli lists every code that the command can give.

use sceau_smime::{Code, PathError};

fn documentation() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli/README.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_code_is_documented() {
    let text = documentation();
    let letters = Code::ALL.iter().map(|code| code.code());
    let missing: Vec<&str> = PathError::CODES
        .into_iter()
        .chain(letters)
        .filter(|code| !text.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
