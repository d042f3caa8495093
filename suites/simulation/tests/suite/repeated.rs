use sceau_simulation::{Options, one};

#[test]
fn a_seed_does_the_same_each_time() {
    for seed in 1..=8 {
        let options = Options { seed, count: 1, jobs: 1, plant: None, is_shown: false };
        let (first, second) = (one(&options).unwrap(), one(&options).unwrap());
        assert!(first.trace.1 > 100, "seed {seed}: a trace of {} lines", first.trace.1);
        assert_eq!((first.trace, first.seconds), (second.trace, second.seconds), "seed {seed}");
    }
}

#[test]
fn seeds_differ() {
    let digest =
        |seed| one(&Options { seed, count: 1, jobs: 1, plant: None, is_shown: false }).unwrap().trace.0;
    assert_ne!(digest(1), digest(2));
}
