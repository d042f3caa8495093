use sceau_crash::cuts::{Options, run};

#[test]
fn submissions_over_cut_connections_have_one_effect() {
    let tally = run(&Options { seed: 1, count: 400, postgres: None }).unwrap();
    println!("{tally}");
    assert!(tally.is_good(), "{tally}");
    assert!(tally.broken > 50 && tally.deliveries >= 400, "{tally}");
}
