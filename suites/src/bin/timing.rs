//! `./x suites timing`: whether the time of opening tells which kind of RSA padding was wrong.
//!
//! Prints, asserts nothing: a busy machine would make any limit lie.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

use std::process::ExitCode;
use std::time::Instant;

use sceau_suites::padding::{CLASSES, Sample, letters};
use sceau_suites::statistics::{Welford, trimmed, welch_t};
use sceau_suites::trouble::Trouble;
use sceau_suites::world::World;

/// Decryptions of each class.
const COUNT: usize = 20_000;
/// Decryptions before the clock counts.
const WARM_UP: usize = 300;
/// Letters of each class, so that no single number decides.
const LETTERS: usize = 32;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let count = match words.as_slice() {
        [] => Ok(COUNT),
        [flag, value] if flag == "--count" => value.parse().map_err(|_| ()),
        _ => Err(()),
    };
    let Ok(count) = count else {
        eprintln!("timing [--count N]   N decryptions of each class (20000)");
        return ExitCode::from(2);
    };
    match measure(count) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("timing: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn measure(count: usize) -> Result<(), Trouble> {
    let world = World::new(false)?;
    let samples = letters(&world, LETTERS)?;
    println!(
        "EnvelopedData, RSA-2048, RSAES-PKCS1-v1_5 with implicit rejection, {count} decryptions of each class"
    );
    for sample in samples.iter().flatten().cycle().take(WARM_UP) {
        sample.open();
    }
    let mut times: Vec<Vec<f64>> = CLASSES.iter().map(|_| Vec::with_capacity(count)).collect();
    for round in 0..count {
        // Interleaved, each class first as often as the others: what the machine does meanwhile hits all alike.
        for turn in 0..CLASSES.len() {
            let class = (round + turn) % CLASSES.len();
            let sample = samples.get(class).and_then(|all| all.get(round % LETTERS));
            if let (Some(sample), Some(times)) = (sample, times.get_mut(class)) {
                times.push(timed(sample));
            }
        }
    }
    report(&times);
    Ok(())
}

fn timed(sample: &Sample) -> f64 {
    let begun = Instant::now();
    sample.open();
    begun.elapsed().as_secs_f64() * 1e6
}

fn report(times: &[Vec<f64>]) {
    println!("{:<44}{:>12}{:>12}{:>12}", "class", "mean µs", "deviation", "median µs");
    for (name, times) in CLASSES.iter().zip(times) {
        let all = Welford::of(times);
        let median = trimmed(times, 0.5).last().copied().unwrap_or_default();
        println!("{name:<44}{:>12.2}{:>12.2}{median:>12.2}", all.mean, all.variance().sqrt());
    }
    println!("{:<80}{:>10}{:>14}", "Welch's t between", "all", "fastest 90%");
    let named: Vec<_> = CLASSES.iter().zip(times).collect();
    for (at, (left, left_times)) in named.iter().enumerate() {
        for (right, right_times) in named.iter().skip(at + 1) {
            let t = |share: f64| {
                welch_t(&Welford::of(&trimmed(left_times, share)), &Welford::of(&trimmed(right_times, share)))
            };
            println!("{:<80}{:>10.2}{:>14.2}", format!("{left} / {right}"), t(1.0), t(0.9));
        }
    }
    println!("The usual bound is |t| < 4.5 (ISO/IEC 17825); nothing here is asserted.");
}
