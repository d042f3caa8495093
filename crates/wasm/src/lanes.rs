//! UTF-16 of eight octets at a time, where wasm has lanes for it.

use core::arch::wasm32::{
    i8x16_shuffle, i8x16_swizzle, u16x8_bitmask, u16x8_eq, u16x8_extend_low_u8x16, u16x8_ge, u16x8_ne,
    u16x8_shl, u16x8_splat, v128, v128_and, v128_andnot, v128_any_true, v128_bitselect, v128_or,
};

use crate::units::Lines;

const CR: u16 = 0x0d;
const LF: u16 = 0x0a;

/// Writes UTF-8, and says how many units and octets that were: as long as eight octets and as many behind them are there, of which none
/// begins a character beyond the first 65,536, and no CR stands without its LF. `text` is valid, and begins with a character.
pub(crate) fn utf8(room: &mut [u16], text: &[u8], lines: Lines) -> (usize, usize) {
    let all = u16x8_splat;
    let low = |lane| v128_and(lane, all(0x3f));
    let (mut written, mut read) = (0_usize, 0_usize);
    while let Some(octets) = text.get(read..).and_then(<[u8]>::first_chunk::<16>) {
        let octets: v128 = bytemuck::cast(*octets);
        let (one, two, three) = (u16x8_extend_low_u8x16(octets), next(octets), next_but_one(octets));
        let returns = u16x8_eq(one, all(CR));
        let lone = if lines == Lines::Lf { v128_andnot(returns, u16x8_eq(two, all(LF))) } else { returns };
        if v128_any_true(v128_or(u16x8_ge(one, all(0xf0)), lone)) {
            break;
        }
        let of_two = v128_or(u16x8_shl(v128_and(one, all(0x1f)), 6), low(two));
        let of_three = v128_or(u16x8_shl(one, 12), v128_or(u16x8_shl(low(two), 6), low(three)));
        let longer = v128_bitselect(of_three, of_two, u16x8_ge(one, all(0xe0)));
        let units = v128_bitselect(longer, one, u16x8_ge(one, all(0xc0)));
        let goes_on = u16x8_eq(v128_and(one, all(0xc0)), all(0x80));
        let Some(count) = keep(room, written, units, v128_or(goes_on, returns)) else { break };
        written = written.saturating_add(count);
        read = read.saturating_add(8);
    }
    // The character that was written last may end beyond the eight octets.
    let ends = text.get(read..).unwrap_or_default().iter().take_while(|octet| **octet & 0xc0 == 0x80).count();
    (written, read.saturating_add(ends))
}

/// The same with octets that are the characters of their numbers, as long as none begins like `others`.
pub(crate) fn octets(room: &mut [u16], octets: &[u8], others: u8) -> (usize, usize) {
    let all = u16x8_splat;
    let (mut written, mut read) = (0_usize, 0_usize);
    while let Some(sixteen) = octets.get(read..).and_then(<[u8]>::first_chunk::<16>) {
        let sixteen: v128 = bytemuck::cast(*sixteen);
        let units = u16x8_extend_low_u8x16(sixteen);
        let returns = u16x8_eq(units, all(CR));
        let lone = v128_and(returns, u16x8_ne(next(sixteen), all(LF)));
        let other = u16x8_eq(v128_and(units, all(0xe0)), all(u16::from(others)));
        if v128_any_true(v128_or(lone, other)) {
            break;
        }
        let Some(count) = keep(room, written, units, returns) else { break };
        written = written.saturating_add(count);
        read = read.saturating_add(8);
    }
    (written, read)
}

/// What stands behind each of eight octets.
fn next(octets: v128) -> v128 {
    u16x8_extend_low_u8x16(i8x16_shuffle::<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15>(
        octets, octets,
    ))
}

/// What stands behind that.
fn next_but_one(octets: v128) -> v128 {
    u16x8_extend_low_u8x16(i8x16_shuffle::<2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15>(
        octets, octets,
    ))
}

/// Writes the units that are not dropped, one after the other, and says how many these are. Of the room beyond them something is
/// overwritten.
fn keep(room: &mut [u16], at: usize, units: v128, dropped: v128) -> Option<usize> {
    let dropped = u16x8_bitmask(dropped);
    let order: v128 = bytemuck::cast(*KEPT.get(usize::from(dropped))?);
    *room.get_mut(at..)?.first_chunk_mut::<8>()? = bytemuck::cast(i8x16_swizzle(units, order));
    usize::try_from(dropped.count_zeros()).ok()
}

/// Where the octets of those units stand of which a mask does not say that they are dropped.
#[expect(clippy::indexing_slicing, reason = "computed while compiling")]
static KEPT: [[u8; 16]; 256] = {
    let mut table = [[u8::MAX; 16]; 256];
    let mut mask = 0;
    while mask < table.len() {
        let (mut unit, mut at) = (0_u8, 0);
        while unit < 8 {
            if mask >> unit & 1 == 0 {
                table[mask][at] = unit * 2;
                table[mask][at + 1] = unit * 2 + 1;
                at += 2;
            }
            unit += 1;
        }
        mask += 1;
    }
    table
};
