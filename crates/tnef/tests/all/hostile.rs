//! Whatever comes ends in an error or a bounded answer, never in a panic. Limits hold just below and above.

use sceau_tnef::{Defect, Error, Limits, decompress_rtf, read};

use crate::encoder::{List, Stream, Value, compress};
use crate::samples;

/// Changes of each sample.
const MUTATIONS: usize = 4_000;

/// Xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

fn is_bounded(stream: &[u8]) {
    let Ok(tnef) = read(stream, &Limits::default()) else { return };
    assert!(tnef.octets() <= stream.len() * Limits::EXPANSION);
    for file in
        tnef.attachments.iter().filter(|file| file.content_type.as_deref() == Some(sceau_tnef::NESTED))
    {
        assert!(file.bytes.len() < stream.len());
        drop(read(&file.bytes, &Limits::default()));
    }
}

#[test]
fn every_beginning_of_every_sample_is_bounded() {
    for sample in samples::all() {
        (0..=sample.len()).for_each(|end| is_bounded(&sample[..end]));
    }
}

#[test]
fn thousands_of_changes_are_bounded() {
    let mut random = Random(0x746e_6566);
    for sample in samples::all() {
        for _ in 0..MUTATIONS {
            let mut changed = sample.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(changed.len());
                match random.below(4) {
                    0 => changed[at] = u8::try_from(random.below(256)).unwrap(),
                    1 => changed[at] ^= 1 << random.below(8),
                    2 => drop(changed.drain(at..(at + random.below(9)).min(changed.len()))),
                    _ => {
                        let from = random.below(changed.len());
                        let run = changed[from..(from + random.below(40)).min(changed.len())].to_vec();
                        drop(changed.splice(at..at, run));
                    }
                }
            }
            is_bounded(&changed);
        }
    }
}

#[test]
fn changed_rtf_is_bounded() {
    let mut random = Random(0x7274_6600);
    let value = compress(samples::RTF.as_bytes());
    for _ in 0..MUTATIONS {
        let mut changed = value.clone();
        let at = random.below(changed.len());
        changed[at] = u8::try_from(random.below(256)).unwrap();
        let list = List::default().with(0x1009, Value::Binary(changed));
        is_bounded(&Stream::new(1252).with_properties(list).finish());
    }
}

#[test]
fn what_grows_most_stays_within_the_limit() {
    // Each octet of the RTF becomes three, each run of 17 is two octets and a bit.
    for filling in ["\\~".repeat(20_000), "\\'80".repeat(10_000), "\\tab".repeat(10_000)] {
        let rtf = format!("{{\\rtf1\\fromhtml1 {filling}}}");
        let list = List::default().with(0x1009, Value::Binary(compress(rtf.as_bytes())));
        is_bounded(&Stream::new(1252).with_properties(list).finish());
    }
}

#[test]
fn attributes_are_limited() {
    let limits = Limits { attributes: 5, ..Limits::default() };
    let stream = |more: usize| {
        (0..more).fold(Stream::new(1252), |stream, _| stream.with(1, 0x0001_8004, b"a\0")).finish()
    };
    assert!(read(&stream(3), &limits).is_ok());
    assert_eq!(read(&stream(4), &limits), Err(Error::TooManyAttributes { limit: 5 }));
}

#[test]
fn properties_are_limited_over_all_lists() {
    let limits = Limits { properties: 5, ..Limits::default() };
    let stream = |numbers: usize| {
        let list = List::default().with(1, Value::Numbers(vec![0; numbers]));
        let stream =
            Stream::new(1252).with_properties(list).with_properties(List::default().with_wide(1, "a"));
        stream.finish()
    };
    assert!(read(&stream(4), &limits).is_ok());
    assert_eq!(read(&stream(5), &limits), Err(Error::TooManyProperties { limit: 5 }));
}

#[test]
fn files_are_limited() {
    let limits = Limits { attachments: 5, ..Limits::default() };
    let stream = |files: usize| {
        let add = |stream: Stream, _| stream.with_file(b"a", Some(b"b"), List::default());
        (0..files).fold(Stream::new(1252), add).finish()
    };
    assert_eq!(read(&stream(5), &limits).unwrap().attachments.len(), 5);
    assert_eq!(read(&stream(6), &limits), Err(Error::TooManyAttachments { limit: 5 }));
}

#[test]
fn rtf_is_limited() {
    let value = compress(&b"a".repeat(1_000));
    for (rtf_octets, fits) in [(1_000, true), (999, false)] {
        let limits = Limits { rtf_octets, ..Limits::default() };
        assert_eq!(decompress_rtf(&value, &limits, &mut Vec::new()).is_ok(), fits);
        let list = List::default().with(0x1009, Value::Binary(value.clone()));
        let found = read(&Stream::new(1252).with_properties(list).finish(), &limits);
        assert_eq!(found.is_ok(), fits);
    }
}

#[test]
fn the_whole_is_limited() {
    let list = List::default().with(0x1000, Value::Narrow(b"\x80".repeat(1_000)));
    let stream = Stream::new(1252).with_properties(list).finish();
    assert!(read(&stream, &Limits { expansion: 3, ..Limits::default() }).is_ok());
    let found = read(&stream, &Limits { expansion: 1, ..Limits::default() });
    assert_eq!(found, Err(Error::OutputTooLong { found: 3_000, limit: stream.len() }));
}

#[test]
fn counts_and_lengths_that_lie_end_with_the_stream() {
    for lie in [5, 1_000, 0x7fff_ffff, u32::MAX] {
        for list in [
            lie.to_le_bytes().to_vec(),
            [1_u32.to_le_bytes(), 0x0001_1003_u32.to_le_bytes(), lie.to_le_bytes()].concat(),
            [1, 0x0037_001f, 1, lie].map(u32::to_le_bytes).concat(),
            [1, 0x8000_0102, 0, 0, 0, 0, 1, lie].map(u32::to_le_bytes).concat(),
        ] {
            let stream = Stream::new(1252).with(1, 0x0006_9003, &list).finish();
            assert_eq!(
                read(&stream, &Limits::default()).unwrap().defects,
                [Defect::Properties],
                "{lie} {list:?}"
            );
        }
    }
}
