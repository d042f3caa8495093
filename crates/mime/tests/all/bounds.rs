//! Whatever is read, the work and the memory it takes are bounded by multiples of what came in. 20,000 messages made hostile.
//!
//! Work is counted in octets of memory that were asked for, not in time: what copies, decodes or collects shows there, what only
//! looks does not.

mod mutate;

use allocation_counter::{AllocationInfo, measure};
use sceau_mime::{
    Error, Letter, Limits, Node, html_to_text, read, read_outline, read_report, split_uuencoded, structure,
};

use crate::random::Random;
use crate::vectors::folder;
use mutate::KINDS;

/// The generator's first state; another one makes other messages.
const SEED: u64 = 0x5cea_0b0d;
/// Messages made.
const MESSAGES: usize = 20_000;
/// Foreign messages among those that are changed.
const FOREIGN: usize = 76;
/// Our own, so that there is something to change where the foreign ones are not.
const OWN: [&[u8]; 9] = [
    include_bytes!("../../../../fuzz/seeds/message/plain.eml"),
    include_bytes!("../../../../fuzz/seeds/message/detached.eml"),
    include_bytes!("../../../../fuzz/seeds/message/opaque.eml"),
    include_bytes!("../../../../fuzz/seeds/message/enveloped_data.eml"),
    include_bytes!("../../../../fuzz/seeds/header_protection/composed.bin"),
    include_bytes!("../../../../fuzz/seeds/html/letter.html"),
    include_bytes!("../../../../fuzz/seeds/charset/ibm850.txt"),
    include_bytes!("../../../../fuzz/seeds/charset/utf-16.txt"),
    include_bytes!("../../../../fuzz/seeds/uuencode/spaces.txt"),
];

/// What one function may take, as multiples of the octets it was given.
struct Bound {
    name: &'static str,
    run: fn(&[u8]) -> Result<usize, Error>,
    /// Octets held at one time.
    peak: usize,
    /// Octets asked for in all, those of a list that grows each time anew.
    total: usize,
    /// Octets given back.
    given: usize,
}

/// What is there for the smallest message too: the parser's first room, and the table of named characters, made once.
const FLOOR: usize = 32 * 1024;

/// An address of two octets (`@,`) is two texts of 24 octets, in a list that was doubled a moment ago, beside the parser's own.
const READ: [usize; 2] = [128, 224];
/// A field or a part of four octets is a name, a value and a raw value, or a node, each with texts of their own.
const STRUCTURE: [usize; 2] = [96, 128];
/// The parser's own view of parts of four octets, and their list.
const REPORT: [usize; 2] = [64, 96];
/// The text, what is kept of it, and what was decoded, which doubles as it grows; the text is three times as long as octets that are no UTF-8.
const TEXT: [usize; 2] = [5, 8];
/// Raw and decoded, each octet of Latin-1 at most three in UTF-8.
const GIVEN: usize = 6;

const BOUNDS: [Bound; 6] = [
    Bound::new("read", run_read, READ),
    Bound::new("structure", run_structure, STRUCTURE),
    Bound::new("read_outline", run_outline, READ),
    Bound::new("read_report", run_report, REPORT),
    Bound::new("split_uuencoded", run_uuencoded, TEXT),
    Bound::new("html_to_text", run_html, TEXT),
];

impl Bound {
    const fn new(
        name: &'static str,
        run: fn(&[u8]) -> Result<usize, Error>,
        [peak, total]: [usize; 2],
    ) -> Self {
        Self { name, run, peak, total, given: GIVEN }
    }
}

fn run_read(bytes: &[u8]) -> Result<usize, Error> {
    Ok(octets_of(&read(bytes, &Limits::default())?))
}

fn run_structure(bytes: &[u8]) -> Result<usize, Error> {
    Ok(octets_below(&structure(bytes, &Limits::default())?))
}

/// With holes, as files leave them.
fn run_outline(bytes: &[u8]) -> Result<usize, Error> {
    let holes = [bytes.len() / 2, bytes.len() / 3 * 2];
    Ok(octets_of(&read_outline(bytes, &holes, &Limits::default())?.letter))
}

fn run_report(bytes: &[u8]) -> Result<usize, Error> {
    let report = read_report(bytes, &Limits::default());
    let said = report.iter().flat_map(|report| &report.recipients);
    Ok(said.map(|one| one.address.len() + one.diagnostic.as_ref().map_or(0, String::len)).sum())
}

fn run_uuencoded(bytes: &[u8]) -> Result<usize, Error> {
    let (kept, files) = split_uuencoded(&String::from_utf8_lossy(bytes), &Limits::default());
    Ok(kept.len() + files.iter().map(|file| file.name.len() + file.bytes.len()).sum::<usize>())
}

fn run_html(bytes: &[u8]) -> Result<usize, Error> {
    Ok(html_to_text(&String::from_utf8_lossy(bytes)).len())
}

/// What a letter holds of its message.
fn octets_of(letter: &Letter) -> usize {
    let files = letter.parts.iter().map(|part| part.bytes.len() + part.name.as_ref().map_or(0, String::len));
    let fields = letter.headers.iter().map(|field| field.value.len() + field.raw.len());
    letter.text.len() + files.sum::<usize>() + fields.sum::<usize>()
}

fn octets_below(node: &Node) -> usize {
    let own = node.decoded.len() + node.text.as_ref().map_or(0, String::len);
    own + node.children.iter().map(octets_below).sum::<usize>()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = OWN.iter().map(|own| own.to_vec()).collect();
    let Some(folder) = folder("mail", FOREIGN) else { return seeds };
    for (group, ending) in [("mail-parser/rfc", "eml"), ("mail-parser/thirdparty", "eml"), ("cpython", "txt")]
    {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder.join(group)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|found| found == ending));
        paths.sort();
        seeds.extend(paths.iter().map(|path| std::fs::read(path).unwrap()));
    }
    assert_eq!(seeds.len(), OWN.len() + FOREIGN);
    seeds
}

/// The greatest multiples that were seen, for one function.
#[derive(Default, Clone, Copy)]
struct Seen {
    peak: usize,
    total: usize,
    given: usize,
    errors: usize,
}

/// How many times `octets` are in `found`, without the floor, rounded up.
fn multiple(found: u64, octets: usize) -> usize {
    usize::try_from(found).unwrap().saturating_sub(FLOOR).div_ceil(octets.max(1))
}

impl Seen {
    fn take(&mut self, bound: &Bound, message: &[u8]) -> Result<(), String> {
        let mut outcome = Ok(0);
        let info: AllocationInfo = measure(|| outcome = (bound.run)(message));
        let given = match outcome {
            Ok(given) => given,
            Err(_) => {
                self.errors += 1;
                0
            }
        };
        let peak = multiple(info.bytes_max, message.len());
        let total = multiple(info.bytes_total, message.len());
        let given = given.div_ceil(message.len().max(1));
        self.peak = self.peak.max(peak);
        self.total = self.total.max(total);
        self.given = self.given.max(given);
        let holds = peak <= bound.peak && total <= bound.total && given <= bound.given;
        let name = bound.name;
        if holds {
            return Ok(());
        }
        Err(format!("{name} takes {peak}, {total} and gives {given} times {} octets", message.len()))
    }
}

/// What was seen, and what broke its bound.
struct Watch {
    seen: [Seen; BOUNDS.len()],
    complaints: Vec<String>,
}

impl Watch {
    fn new() -> Self {
        Self { seen: [Seen::default(); BOUNDS.len()], complaints: Vec::new() }
    }

    fn read_every_way(&mut self, what: &str, message: &[u8]) {
        for (bound, seen) in BOUNDS.iter().zip(&mut self.seen) {
            if let Err(found) = seen.take(bound, message) {
                let begin = String::from_utf8_lossy(&message[..message.len().min(60)]).into_owned();
                self.complaints.push(format!("{what}: {found}; it begins {begin:?}"));
            }
        }
    }

    fn judge(self, messages: &str) {
        println!("{messages}");
        for (bound, seen) in BOUNDS.iter().zip(self.seen) {
            let Seen { peak, total, given, errors } = seen;
            let name = bound.name;
            println!(
                "{name}: {peak} times the message at once, {total} in all, {given} given back; {errors} errors"
            );
        }
        let first = self.complaints.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.complaints.is_empty(), "{} messages cost too much:\n{first}", self.complaints.len());
    }
}

#[test]
fn hostile_messages_cost_in_proportion() {
    let seeds = seeds();
    let mut random = Random(SEED);
    let mut watch = Watch::new();
    for at in 0..MESSAGES {
        let (kind, mischief) = KINDS[at % KINDS.len()];
        let (seed, other) = (&seeds[at / KINDS.len() % seeds.len()], &seeds[random.below(seeds.len())]);
        watch.read_every_way(&format!("message {at}, {kind}"), &mischief(seed, other, &mut random));
    }
    watch.judge(&format!("{MESSAGES} messages from {} seeds, generator {SEED:#x}", seeds.len()));
}

/// What grew most among those messages, as large as the limits let it be.
#[test]
fn what_grows_most_costs_in_proportion_at_the_limits() {
    let mut watch = Watch::new();
    for (head, piece) in [
        ("To: ", "@,"),
        ("From: ", ",a@b"),
        ("References: ", "<a@b>"),
        ("", "a:\n"),
        ("", "To: @\n"),
        ("", "HP-Outer: a:\n"),
    ] {
        let flood = piece.repeat((Limits::HEADER_BYTES - 10) / piece.len());
        let message = format!("{head}{flood}\n\n");
        assert!(read(message.as_bytes(), &Limits::default()).is_ok(), "{head}{piece}");
        watch.read_every_way(piece, message.as_bytes());
    }
    for part in
        ["--x\n", "--x\n\n", "--x\nContent-Type: message/rfc822\n\n", "--x\nContent-Type: text/html\n\n&"]
    {
        let flood = part.repeat(Limits::PARTS / 2 - 1);
        let message = format!("Content-Type: multipart/report; boundary=x\n\n{flood}");
        assert!(read(message.as_bytes(), &Limits::default()).is_ok(), "{part}");
        watch.read_every_way(part, message.as_bytes());
    }
    watch.judge("floods at the limits");
}
