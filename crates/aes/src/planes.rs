//! Eight blocks in eight planes: plane `i` holds bit `i` of every octet, and within its octet `p` bit `j` is of block `j`.

use aes::Block;
use aes::cipher::array::Array;
use aes::cipher::consts::U8;

use crate::lane::{Bits as _, Lane};

/// Eight blocks.
pub(crate) type Blocks = Array<Block, U8>;

/// The bits of eight blocks, the lowest plane first.
pub(crate) type Planes = [Lane; 8];

#[inline(always)]
pub(crate) fn of_blocks(blocks: &Blocks) -> Planes {
    transposed(blocks.0.map(|block| Lane(bytemuck::cast(block.0))))
}

#[inline(always)]
pub(crate) fn to_blocks(planes: Planes) -> Blocks {
    Array(transposed(planes).map(|lane| Array(bytemuck::cast(lane.0))))
}

/// Each octet place on its own: its bit `i` of lane `j` becomes its bit `j` of lane `i`. Twice is nothing.
#[inline(always)]
fn transposed([a, b, c, d, e, f, g, h]: Planes) -> Planes {
    let ((a, b), (c, d), (e, f), (g, h)) = (
        swapped::<1>(a, b, 0x55),
        swapped::<1>(c, d, 0x55),
        swapped::<1>(e, f, 0x55),
        swapped::<1>(g, h, 0x55),
    );
    let ((a, c), (b, d), (e, g), (f, h)) = (
        swapped::<2>(a, c, 0x33),
        swapped::<2>(b, d, 0x33),
        swapped::<2>(e, g, 0x33),
        swapped::<2>(f, h, 0x33),
    );
    let ((a, e), (b, f), (c, g), (d, h)) = (
        swapped::<4>(a, e, 0x0f),
        swapped::<4>(b, f, 0x0f),
        swapped::<4>(c, g, 0x0f),
        swapped::<4>(d, h, 0x0f),
    );
    [a, b, c, d, e, f, g, h]
}

/// The bits of `b` under the mask change places with those of `a` that stand so many places higher.
#[inline(always)]
fn swapped<const BITS: u32>(a: Lane, b: Lane, mask: u8) -> (Lane, Lane) {
    let differing = a.right::<BITS>().xor(b).and(Lane::splat(mask));
    (a.xor(differing.left::<BITS>()), b.xor(differing))
}
