use sceau_simulation::{Options, all, plan::Plant};

/// A defect put in on purpose shows within so many seeds.
fn is_found(plant: Plant, count: u64, kinds: &[&str]) {
    let options = Options { seed: 1, count, jobs: 2, plant: Some(plant), is_shown: false };
    let tally = all(&options, |_| ()).unwrap();
    assert!(kinds.iter().any(|kind| tally.kinds.contains_key(kind)), "{plant:?}: {tally}");
}

#[test]
fn forgotten_submission_ids_are_found() {
    is_found(Plant::SubmissionIds, 40, &["not hers", "lost", "answered otherwise", "copies"]);
}

#[test]
fn lost_rows_of_the_queue_are_found() {
    is_found(Plant::QueueRows, 60, &["not final"]);
}

#[test]
fn forgotten_transmissions_are_found() {
    is_found(Plant::Inbound, 60, &["twice"]);
}

#[test]
fn lost_commits_are_found() {
    is_found(Plant::LastCommits, 40, &["lost", "lost update", "copies"]);
}
