use sceau_simulation::{Options, all};

#[test]
fn two_hundred_seeds_find_nothing() {
    let options = Options { seed: 1, count: 200, jobs: 2, plant: None, is_shown: false };
    let tally = all(&options, |outcome| {
        for finding in &outcome.findings {
            println!("seed {}: {}: {}", outcome.seed, finding.kind, finding.text);
        }
    });
    let tally = tally.unwrap();
    println!("{tally}");
    assert_eq!(tally.wrong, Vec::<u64>::new(), "{tally}");
    // A run in which nothing went wrong with anything would find nothing either.
    let counts = tally.counts;
    assert!(counts.kills > 50 && counts.cuts > 300 && counts.disks > 20 && counts.stops > 10, "{tally}");
    assert!(counts.delivered > 1_000 && counts.failed > 20 && counts.undone > 10, "{tally}");
}
