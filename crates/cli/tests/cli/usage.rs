//! Exit codes 2 and 3, and where failures are told.

use crate::bench::Bench;

#[test]
fn wrong_usage_exits_3() {
    let bench = Bench::new();
    for arguments in [
        "",
        "nothing",
        "chain --wrong",
        "chain --policy any leaf.pem",
        "key new --name A",
        "ca revoke --ca x --serial 1 --reason bad",
    ] {
        let run = bench.sceau(arguments).expect(3);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{arguments}");
    }
    assert_eq!(bench.sceau("--help").exit, 0);
    assert_eq!(bench.sceau("--version").exit, 0);
}

#[test]
fn unreadable_files_exit_2() {
    let bench = Bench::new();
    bench.write("noise", b"\x00\x01\x02 nothing that we know");
    for arguments in ["p12 noise", "inspect noise", "chain noise", "p12 missing", "inspect missing"] {
        let run = bench.sceau(arguments).expect(2);
        assert!(run.stdout.is_empty() && run.stderr.starts_with("sceau: "), "{arguments}");
    }
}

#[test]
fn with_json_a_failure_is_one_object_too() {
    let bench = Bench::new();
    let run = bench.sceau("p12 --json missing").expect(2);
    assert_eq!(run.json()["error"]["code"], "file_error");
    assert_eq!(run.stderr, "");
}
