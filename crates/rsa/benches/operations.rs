//! Medians of RSA's operations, ours beside those of the crate `rsa`, alternating in one run.
//! `docs/design/rsa.md` says how to run it natively and over wasm.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program that prints a table"
)]

use std::hint::black_box;
use std::time::Instant;

use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, RsaPrivateKey};
use sceau_rsa::{Crt, PrivateKey, PublicKey};

/// Rounds whose median counts; the contenders alternate in each.
const ROUNDS: usize = 15;
/// Operations of one round: so many that clocks of browsers, which are coarse, do not matter.
const PRIVATE: u32 = 4;
const PUBLIC: u32 = 50;

/// One operation by the crate and by ours.
struct Pair<'a> {
    name: &'a str,
    repeats: u32,
    theirs: Box<dyn FnMut() + 'a>,
    ours: Box<dyn FnMut() + 'a>,
}

fn main() {
    println!("{:<28}{:>10}{:>10}{:>8}", "milliseconds", "rsa", "ours", "times");
    for bits in [2048, 3072, 4096] {
        measure(bits);
    }
}

fn measure(bits: usize) {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let mut rng_2 = rand_core::UnwrapErr(getrandom::SysRng);
    let key = RsaPrivateKey::new(&mut rng, bits).unwrap();
    let ours = taken(&key);
    let modulus = key.n().to_be_bytes().to_vec();
    let public = PublicKey::new(&modulus, 65_537).unwrap();
    let input = [vec![0], vec![0x5a; modulus.len() - 1]].concat();
    let number = BoxedUint::from_be_slice(&input, key.n_bits_precision()).unwrap();
    let pairs = [
        Pair {
            name: "private, key ready",
            repeats: PRIVATE,
            theirs: Box::new(|| {
                drop(black_box(rsa_decrypt_and_check(&key, Some(&mut rng), &number).unwrap()))
            }),
            ours: Box::new(|| drop(black_box(ours.apply(&input, &mut rng_2).unwrap()))),
        },
        Pair {
            name: "public, key ready",
            repeats: PUBLIC,
            theirs: Box::new(|| drop(black_box(rsa_encrypt(&key, &number).unwrap()))),
            ours: Box::new(|| drop(black_box(public.apply(&input).unwrap()))),
        },
        Pair {
            name: "preparing a public key",
            repeats: PUBLIC,
            theirs: Box::new(|| {
                drop(black_box(rsa::RsaPublicKey::new(key.n().as_ref().clone(), key.e().clone()).unwrap()))
            }),
            ours: Box::new(|| drop(black_box(PublicKey::new(&modulus, 65_537).unwrap()))),
        },
    ];
    for pair in pairs {
        row(bits, pair);
    }
    let mut prepared = Vec::new();
    for _ in 0..ROUNDS {
        prepared.push(timed(PRIVATE, &mut || drop(black_box(taken(&key)))));
    }
    println!("{:<28}{:>10}{:>10.3}", format!("{bits} preparing a private key"), "", median(prepared));
}

fn row(bits: usize, mut pair: Pair<'_>) {
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(timed(pair.repeats, &mut pair.theirs));
        ours.push(timed(pair.repeats, &mut pair.ours));
    }
    let (theirs, ours) = (median(theirs), median(ours));
    println!("{:<28}{theirs:>10.3}{ours:>10.3}{:>8.2}", format!("{bits} {}", pair.name), theirs / ours);
}

fn timed(repeats: u32, work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..repeats {
        work();
    }
    start.elapsed().as_secs_f64() * 1000.0 / f64::from(repeats)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn taken(key: &RsaPrivateKey) -> PrivateKey {
    let public = PublicKey::new(&key.n().to_be_bytes(), 65_537).unwrap();
    let octets = |number: &BoxedUint| number.to_be_bytes().to_vec();
    let [p, q, dp, dq, qinv] = [
        octets(key.primes()[0].as_ref()),
        octets(key.primes()[1].as_ref()),
        octets(key.dp().unwrap()),
        octets(key.dq().unwrap()),
        octets(&key.qinv().unwrap().retrieve()),
    ];
    let crt = Crt { p: &p, q: &q, dp: &dp, dq: &dq, qinv: &qinv };
    PrivateKey::new(public, &key.d().to_be_bytes(), Some(crt))
}
