//! Medians of many blocks in one call, ours beside the crate `aes`, alternating in one run.
//! `docs/design/aes.md` says how to run it over wasm.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program that prints a table"
)]

use std::hint::black_box;
use std::time::Instant;

use sceau_aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit, consts::U16};

/// Rounds whose median counts; the contenders alternate in each.
const ROUNDS: usize = 15;
/// Blocks of one round: so many that clocks of browsers, which are coarse, do not matter.
const BLOCKS: usize = 1 << 19;

type Block = sceau_aes::cipher::Block<sceau_aes::Aes256>;

fn main() {
    println!("{:<28}{:>10}{:>10}{:>8}", "milliseconds, 8 MiB", "aes", "ours", "times");
    let mut blocks = vec![Block::default(); BLOCKS];
    let (theirs, ours) = (keyed::<aes::Aes256>(), keyed::<sceau_aes::Aes256>());
    row(
        "AES-256, decryption",
        &mut blocks,
        |blocks| theirs.decrypt_blocks(blocks),
        |blocks| ours.decrypt_blocks(blocks),
    );
    row(
        "AES-256, encryption",
        &mut blocks,
        |blocks| theirs.encrypt_blocks(blocks),
        |blocks| ours.encrypt_blocks(blocks),
    );
    let (theirs, ours) = (keyed::<aes::Aes128>(), keyed::<sceau_aes::Aes128>());
    row(
        "AES-128, decryption",
        &mut blocks,
        |blocks| theirs.decrypt_blocks(blocks),
        |blocks| ours.decrypt_blocks(blocks),
    );
    row(
        "AES-128, encryption",
        &mut blocks,
        |blocks| theirs.encrypt_blocks(blocks),
        |blocks| ours.encrypt_blocks(blocks),
    );
}

fn keyed<C: KeyInit + BlockSizeUser<BlockSize = U16>>() -> C {
    C::new(&Default::default())
}

fn row(name: &str, blocks: &mut [Block], theirs: impl Fn(&mut [Block]), ours: impl Fn(&mut [Block])) {
    let (mut of_theirs, mut of_ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_theirs.push(timed(blocks, &theirs));
        of_ours.push(timed(blocks, &ours));
    }
    let (theirs, ours) = (median(of_theirs), median(of_ours));
    println!("{name:<28}{theirs:>10.2}{ours:>10.2}{:>8.2}", theirs / ours);
}

fn timed(blocks: &mut [Block], run: &impl Fn(&mut [Block])) -> f64 {
    let start = Instant::now();
    run(black_box(blocks));
    start.elapsed().as_secs_f64() * 1e3
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
