//! Messages made hostile, one kind of mischief at a time.

use crate::random::Random;

/// One kind of mischief: a message and another one in, a message out.
pub(super) type Mischief = fn(&[u8], &[u8], &mut Random) -> Vec<u8>;

/// Every kind, with its name.
pub(super) const KINDS: [(&str, Mischief); 10] = [
    ("bits are flipped", flip),
    ("it is cut short", cut),
    ("pieces stand twice", double),
    ("pieces of two messages are mixed", splice),
    ("boundaries lie", boundaries),
    ("fields flood it", fields),
    ("containers nest", nest),
    ("line ends are mixed", line_ends),
    ("charsets and encodings lie", charsets),
    ("its text is full of tricks", text),
];

/// A flood or a nest is at most so large: it is to show how the cost grows, within seconds for all of them.
const LARGEST_FLOOD: usize = 24_000;

fn flip(seed: &[u8], _: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(30) {
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
    }
    bytes
}

fn cut(seed: &[u8], _: &[u8], random: &mut Random) -> Vec<u8> {
    let piece = piece(seed, random);
    if random.below(4) == 0 { piece.to_vec() } else { seed[..random.below(seed.len())].to_vec() }
}

fn double(seed: &[u8], _: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let copy = piece(seed, random).to_vec();
        let at = random.below(bytes.len());
        bytes.splice(at..at, copy);
    }
    bytes
}

fn splice(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(6) {
        let from = if random.below(2) == 0 { seed } else { other };
        bytes.extend_from_slice(piece(from, random));
    }
    if random.below(2) == 0 { [seed, &bytes].concat() } else { bytes }
}

/// Delimiters that are missing, doubled, of another part, of another length, closed too early.
fn boundaries(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = seed.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let delimiters: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with(b"--")).collect();
    if delimiters.is_empty() {
        let name = random.pick(&["", "x", "x x", "--", "=?utf-8?q?x?=", "x\"", "é"]);
        let head = format!("Content-Type: multipart/{}; boundary=\"{name}\"\r\n\r\n", kind(random));
        let line = format!("\r\n--{name}\r\n");
        return [head.as_bytes(), line.as_bytes(), seed, line.as_bytes(), other, b"\r\n--x--"].concat();
    }
    for _ in 0..=random.below(4) {
        let (at, from) =
            (delimiters[random.below(delimiters.len())], delimiters[random.below(delimiters.len())]);
        match random.below(5) {
            0 => lines[at].clear(),
            1 => lines[at] = lines[from].clone(),
            2 => lines[at].truncate(random.below(8)),
            3 => lines[at] = lines[from].repeat(random.below(300)),
            _ => lines[at].insert(0, b'-'),
        }
    }
    lines.concat()
}

/// One field again and again, or one field without an end.
fn fields(seed: &[u8], _: &[u8], random: &mut Random) -> Vec<u8> {
    let name = random.pick(&[
        "From: ",
        "To: ",
        "Cc: ",
        "Subject: ",
        "References: ",
        "Content-Type: text/plain; ",
        "Content-Disposition: attachment; ",
        "HP-Outer: Subject: ",
        "X: ",
        "",
    ]);
    let value = random.pick(&[
        "",
        "a",
        ",a@b",
        "<a@b>",
        "(",
        "\"",
        "a:;",
        "=?utf-8?q?=41?=",
        "=?utf-8?b?QQ==?=",
        "a=1;",
        "a*0*=b;",
        "name*1*=x;",
        "\r\n ",
        "\0",
        "\u{e9}",
        "@,",
    ]);
    let octets = random.below(LARGEST_FLOOD);
    let flood = if random.below(2) == 0 {
        format!("{name}{}\r\n", value.repeat(octets / value.len().max(1)))
    } else {
        format!("{name}{value}\r\n").repeat(octets / (name.len() + value.len() + 2))
    };
    [flood.as_bytes(), seed].concat()
}

fn kind<'a>(random: &mut Random) -> &'a str {
    random.pick(&["mixed", "alternative", "related", "signed", "report", "digest", "form-data"])
}

/// Containers within each other, and beside each other.
fn nest(seed: &[u8], _: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for level in 0..random.below(40) {
        let kind = kind(random);
        let opening = match random.below(3) {
            0 => "Content-Type: message/rfc822\r\n\r\n".to_owned(),
            1 => format!("Content-Type: multipart/{kind}; boundary=b{level}\r\n\r\n--b{level}\r\n"),
            _ => format!("Content-Type: multipart/{kind}; boundary=b\r\n\r\n--b\r\n"),
        };
        bytes.extend_from_slice(opening.as_bytes());
    }
    let part = random.pick(&[
        "--b\r\n\r\n",
        "--b\n\na\n",
        "--b\r\nContent-Type: message/rfc822\r\n\r\n",
        "--b--\r\n",
    ]);
    let beside = part.repeat(random.below(LARGEST_FLOOD / 4) / part.len());
    bytes.extend_from_slice(beside.as_bytes());
    bytes.extend_from_slice(seed);
    bytes
}

fn line_ends(seed: &[u8], _: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in seed.split(|byte| *byte == b'\n') {
        bytes.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        let end =
            random.pick(&["\r\n", "\r\n", "\n", "\n", "\r", "\r\r\n", "\n\r", "\r\n ", "", "\u{85}", "\0\n"]);
        bytes.extend_from_slice(end.as_bytes());
    }
    bytes
}

/// What is declared is not what is there.
fn charsets(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let charset = random.pick(&[
        "utf-7",
        "utf-16",
        "utf-32",
        "iso-2022-jp",
        "gb18030",
        "shift_jis",
        "big5",
        "x-user-defined",
        "ibm850",
        "macintosh",
        "us-ascii",
        "no such charset",
        "",
    ]);
    let encoding =
        random.pick(&["base64", "quoted-printable", "8bit", "x-uuencode", "binary", "7bit, base64"]);
    let media = random.pick(&["plain", "html", "plain; format=flowed; delsp=yes", "enriched", "calendar"]);
    let head = format!(
        "From: a@b.example\r\nContent-Type: text/{media}; charset=\"{charset}\"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    let octets: Vec<u8> =
        piece(other, random).iter().map(|byte| byte ^ (0x80 * u8::from(random.below(3) == 0))).collect();
    let escapes = ["\u{1b}$B", "\u{1b}(B", "+AGE-", "=C3", "=\r\n", "\u{feff}"];
    let mut bytes = [head.as_bytes(), &octets].concat();
    for _ in 0..random.below(40) {
        let at = head.len() + random.below(octets.len() + 1);
        bytes.splice(at..at, random.pick(&escapes).bytes());
    }
    if random.below(3) == 0 { [seed, b"\r\n", &bytes].concat() } else { bytes }
}

/// HTML, quotes and files within text, as a body.
fn text(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let pieces = [
        "<p>",
        "<br>",
        "<div><li>",
        "<",
        "&",
        "&eacute;",
        "<script>",
        "</",
        "<!--",
        "<pre>\n",
        "<table><td>",
        "> ",
        ">> \n",
        " \n",
        "-- \n",
        "begin 644 x\n",
        "#86)C\n`\nend\n",
        "begin-base64 644 x\n",
        "QUJD\n====\n",
        "M",
        "\n",
    ];
    let media = random.pick(&["plain", "html", "plain; format=flowed", "html; hp-legacy-display=1"]);
    let mut bytes = format!("From: a@b.example\r\nContent-Type: text/{media}\r\n\r\n").into_bytes();
    for _ in 0..random.below(20) {
        let piece = random.pick(&pieces);
        bytes.extend_from_slice(piece.repeat(random.below(LARGEST_FLOOD / 20) / piece.len()).as_bytes());
        bytes.extend_from_slice(piece_of(if random.below(2) == 0 { seed } else { other }, 60, random));
    }
    bytes
}

/// A stretch of octets.
fn piece<'a>(bytes: &'a [u8], random: &mut Random) -> &'a [u8] {
    piece_of(bytes, 2_000, random)
}

fn piece_of<'a>(bytes: &'a [u8], longest: usize, random: &mut Random) -> &'a [u8] {
    let at = random.below(bytes.len());
    &bytes[at..(at + random.below(longest)).min(bytes.len())]
}
