//! Undoing text mode: DER that a mail program took for text, so that every CR and every LF became CR LF.
//!
//! The published KIM sample carries its SignedData that way inside the envelope. Where an octet was lost can
//! be found, because DER says how long everything is; whether it was a CR or an LF often cannot, so that
//! several candidates remain. Trying them is safe: a wrong one verifies no signature.

/// Deepest nesting of DER that is followed: CMS with certificates needs about fifteen.
const MAX_DEPTH: usize = 32;
/// Octets that are undone at most: attachments of this damage are not worth the search.
const MAX_DAMAGED: usize = 1024 * 1024;
/// Cells that are looked at before giving up; a tenth of a second.
const MAX_STEPS: usize = 20_000_000;
/// Ways to read one element that are followed.
const MAX_WAYS: usize = 64;
/// Bit of a tag that marks a constructed element.
const CONSTRUCTED: u8 = 0x20;
/// Tag of OBJECT IDENTIFIER.
const OBJECT_IDENTIFIER: u8 = 0x06;
/// Low bits of a tag that continues in further octets; CMS has none.
const HIGH_TAG: u8 = 0x1f;

/// What DER may have been before every CR and LF in it became CR LF, at most `limit` candidates. Empty when
/// the octets are damaged in no such way, or are no DER with definite lengths.
pub fn undo_text_mode(damaged: &[u8], limit: usize) -> Vec<Vec<u8>> {
    let Some(cells) = cells(damaged).filter(|cells| cells.len() <= MAX_DAMAGED) else { return Vec::new() };
    let mut solver = Solver { cells: &cells, steps: MAX_STEPS };
    let ways = solver.element(0, damaged.len(), 0);
    match ways.into_iter().find(|way| way.at == cells.len()) {
        Some(way) => candidates(&cells, &way.choices, limit),
        None => Vec::new(),
    }
}

/// One octet, or a CR LF of which it is not known what it was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Octet(u8),
    Break,
}

/// What a CR LF was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Was {
    Cr,
    Lf,
    CrLf,
    /// A CR or an LF.
    Either,
}

/// `None` when a lone CR or LF shows that nothing was expanded, or when there is nothing to undo.
fn cells(bytes: &[u8]) -> Option<Vec<Cell>> {
    let mut cells = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&octet, tail)) = rest.split_first() {
        rest = match (octet, tail) {
            (b'\r', [b'\n', tail @ ..]) => {
                cells.push(Cell::Break);
                tail
            }
            (b'\r' | b'\n', _) => return None,
            _ => {
                cells.push(Cell::Octet(octet));
                tail
            }
        };
    }
    cells.contains(&Cell::Break).then_some(cells)
}

/// One way to read some cells: where it ends, how many octets they were, what each CR LF was.
#[derive(Clone, Default)]
struct Way {
    at: usize,
    octets: usize,
    choices: Vec<(usize, Was)>,
}

impl Way {
    fn starting(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// The same way, one cell further.
    fn step(&self, octets: usize, choice: Option<Was>) -> Self {
        let mut next = self.clone();
        next.choices.extend(choice.map(|was| (self.at, was)));
        next.at += 1;
        next.octets += octets;
        next
    }

    fn then(&self, other: Self) -> Self {
        let mut choices = self.choices.clone();
        choices.extend(other.choices);
        Self { at: other.at, octets: self.octets + other.octets, choices }
    }
}

struct Solver<'a> {
    cells: &'a [Cell],
    steps: usize,
}

impl Solver<'_> {
    /// All ways to read one element of at most `room` octets.
    fn element(&mut self, at: usize, room: usize, depth: usize) -> Vec<Way> {
        self.steps = self.steps.saturating_sub(1);
        let Some(Cell::Octet(tag)) = self.cells.get(at).copied() else { return Vec::new() };
        if self.steps == 0 || depth > MAX_DEPTH || tag & HIGH_TAG == HIGH_TAG {
            return Vec::new();
        }
        let mut ways = Vec::new();
        for (header, length) in self.lengths(&Way::starting(at).step(1, None)) {
            if length.saturating_add(header.octets) > room {
                continue;
            }
            let contents = match tag & CONSTRUCTED {
                0 => self.primitive(header.at, length, tag == OBJECT_IDENTIFIER),
                _ => self.constructed(header.at, length, depth + 1),
            };
            ways.extend(contents.into_iter().map(|content| header.then(content)));
        }
        ways.truncate(MAX_WAYS);
        ways
    }

    /// All ways to read a length (X.690 §8.1.3).
    fn lengths(&self, before: &Way) -> Vec<(Way, usize)> {
        match self.cells.get(before.at) {
            Some(Cell::Break) => vec![
                (before.step(1, Some(Was::Cr)), usize::from(b'\r')),
                (before.step(1, Some(Was::Lf)), usize::from(b'\n')),
            ],
            Some(Cell::Octet(short @ 0..=0x7f)) => vec![(before.step(1, None), usize::from(*short))],
            Some(Cell::Octet(count @ 0x81..=0x84)) => {
                self.long_lengths(before.step(1, None), usize::from(count & 0x7f))
            }
            _ => Vec::new(),
        }
    }

    fn long_lengths(&self, first: Way, count: usize) -> Vec<(Way, usize)> {
        let target = first.octets + count;
        let (mut open, mut done) = (vec![(first, 0_usize)], Vec::new());
        while let Some((way, value)) = open.pop() {
            if way.octets == target {
                done.push((way, value));
                continue;
            }
            let with = |octet: u8| value << 8 | usize::from(octet);
            match self.cells.get(way.at) {
                Some(Cell::Octet(octet)) => open.push((way.step(1, None), with(*octet))),
                Some(Cell::Break) => {
                    open.push((way.step(1, Some(Was::Lf)), with(b'\n')));
                    open.push((way.step(1, Some(Was::Cr)), with(b'\r')));
                }
                None => {}
            }
        }
        done
    }

    /// All ways in which elements fill exactly `length` octets.
    fn constructed(&mut self, at: usize, length: usize, depth: usize) -> Vec<Way> {
        let (mut open, mut done) = (vec![Way::starting(at)], Vec::new());
        while let Some(way) = open.pop() {
            if way.octets == length {
                done.push(way);
                continue;
            }
            if done.len() >= MAX_WAYS {
                break;
            }
            let next = self.element(way.at, length - way.octets, depth);
            open.extend(next.into_iter().map(|element| way.then(element)));
        }
        done
    }

    /// All ways in which cells fill exactly `length` octets of content: the first `doubles` CR LF really were
    /// two octets, the others one.
    fn primitive(&mut self, at: usize, length: usize, is_identifier: bool) -> Vec<Way> {
        let mut ways = Vec::new();
        for doubles in 0..=length {
            let way = self.fill(at, length, doubles, is_identifier);
            self.steps = self.steps.saturating_sub(way.at - at);
            let used = way.choices.iter().filter(|(_, was)| *was == Was::CrLf).count();
            if way.octets == length && used == doubles {
                ways.push(way);
            }
            if used < doubles || ways.len() >= MAX_WAYS || self.steps == 0 {
                break;
            }
        }
        ways
    }

    fn fill(&self, at: usize, length: usize, doubles: usize, is_identifier: bool) -> Way {
        let mut way = Way::starting(at);
        let mut left = doubles;
        while way.octets < length {
            let Some(cell) = self.cells.get(way.at).copied() else { break };
            let (octets, was) = match cell {
                Cell::Octet(_) => (1, None),
                Cell::Break if left > 0 => (2, Some(Was::CrLf)),
                Cell::Break if is_identifier => (1, Some(self.in_identifier(way.at))),
                Cell::Break => (1, Some(Was::Either)),
            };
            left -= usize::from(octets == 2);
            way.choices.extend(was.map(|was| (way.at, was)));
            way.at += 1;
            way.octets += octets;
        }
        way
    }

    /// Object identifiers in CMS: 13 stands only in 1.2.840.113549 (after 0xf7), anything else is 10.
    fn in_identifier(&self, at: usize) -> Was {
        let before = at.checked_sub(1).and_then(|before| self.cells.get(before));
        if before == Some(&Cell::Octet(0xf7)) { Was::Cr } else { Was::Lf }
    }
}

fn candidates(cells: &[Cell], choices: &[(usize, Was)], limit: usize) -> Vec<Vec<u8>> {
    let open: Vec<usize> = choices.iter().filter(|(_, was)| *was == Was::Either).map(|(at, _)| *at).collect();
    let combinations = u32::try_from(open.len()).ok().and_then(|bits| 1_usize.checked_shl(bits));
    let count = combinations.unwrap_or(usize::MAX).min(limit);
    (0..count).map(|number| candidate(cells, choices, &open, number)).collect()
}

/// Writes the octets, the bits of `number` telling CR from LF where it is open.
fn candidate(cells: &[Cell], choices: &[(usize, Was)], open: &[usize], number: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity(cells.len() + choices.len());
    let mut choices = choices.iter().peekable();
    for (at, cell) in cells.iter().enumerate() {
        let was = choices.next_if(|(chosen, _)| *chosen == at).map(|(_, was)| *was);
        match (cell, was) {
            (Cell::Octet(octet), _) => octets.push(*octet),
            (Cell::Break, Some(Was::Cr)) => octets.push(b'\r'),
            (Cell::Break, Some(Was::Lf)) => octets.push(b'\n'),
            (Cell::Break, Some(Was::CrLf) | None) => octets.extend_from_slice(b"\r\n"),
            (Cell::Break, Some(Was::Either)) => {
                let bit = open.iter().position(|open| *open == at).unwrap_or_default();
                octets.push(if number >> bit & 1 == 0 { b'\n' } else { b'\r' });
            }
        }
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::undo_text_mode;

    fn damage(der: &[u8]) -> Vec<u8> {
        let mut damaged = Vec::new();
        for (at, &octet) in der.iter().enumerate() {
            match octet {
                b'\n' if at > 0 && der[at - 1] == b'\r' => {}
                b'\r' | b'\n' => damaged.extend_from_slice(b"\r\n"),
                _ => damaged.push(octet),
            }
        }
        damaged
    }

    fn assert_found(der: &[u8]) {
        let found = undo_text_mode(&damage(der), 64);
        assert!(found.iter().any(|candidate| candidate == der), "{der:02x?} not in {found:02x?}");
    }

    #[test]
    fn lengths_and_contents_are_found() {
        assert_found(&[0x30, 0x04, 0x04, 0x02, b'\r', b'\n']);
        assert_found(&[0x30, 0x04, 0x04, 0x02, b'\r', b'x']);
        assert_found(&[0x30, 0x04, 0x04, 0x02, b'\n', b'\n']);
        assert_found(&[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a, 0x05, 0x00]);
        assert_found(&[0x30, 0x0a, 0x04, 0x03, b'a', b'\r', b'\n', 0x04, 0x03, b'\r', b'\n', b'\n']);
    }

    #[test]
    fn what_is_not_damaged_that_way_is_left_alone() {
        for bytes in
            [&b""[..], b"\x30\x00", b"\x30\x01\r", b"\x30\x02\r\nx\n", b"text\r\n", b"\x30\x80\r\n\0\0"]
        {
            assert_eq!(undo_text_mode(bytes, 64), Vec::<Vec<u8>>::new(), "{bytes:02x?}");
        }
    }

    #[test]
    fn effort_and_answers_are_bounded() {
        let mut open = vec![0x30, 0x22, 0x04, 0x20];
        open.extend([b'\n'; 32]);
        assert_eq!(undo_text_mode(&damage(&open), 10).len(), 10);
        let mut deep = b"\x30\x7f".repeat(50_000);
        deep.extend_from_slice(b"\r\n".repeat(1_000).as_slice());
        assert_eq!(undo_text_mode(&deep, 10), Vec::<Vec<u8>>::new());
    }
}
