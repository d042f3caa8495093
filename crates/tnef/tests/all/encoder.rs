//! Writes TNEF streams as Outlook does, from the specification and apart from the reader.

/// A value of a property, as it is written.
#[derive(Clone)]
pub(crate) enum Value {
    Number(u32),
    Flag(bool),
    Time(u64),
    Narrow(Vec<u8>),
    Wide(String),
    Binary(Vec<u8>),
    Message(Vec<u8>),
    Several(Vec<String>),
    Numbers(Vec<u32>),
}

/// A list of properties (MS-OXTNEF §2.1.3.4).
#[derive(Clone, Default)]
pub(crate) struct List {
    count: u32,
    octets: Vec<u8>,
}

impl List {
    pub(crate) fn with(mut self, id: u16, value: Value) -> Self {
        self.tag(id, &value);
        self.value(value);
        self
    }

    pub(crate) fn with_wide(self, id: u16, text: &str) -> Self {
        self.with(id, Value::Wide(text.to_owned()))
    }

    /// A property whose meaning is a name.
    pub(crate) fn with_named(mut self, name: Result<&str, u32>, value: Value) -> Self {
        self.tag(0x8005, &value);
        self.octets.extend_from_slice(&[7; 16]);
        match name {
            Err(number) => {
                self.number(0);
                self.number(number);
            }
            Ok(name) => {
                self.number(1);
                self.variable(&wide(name));
            }
        }
        self.value(value);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        [self.count.to_le_bytes().to_vec(), self.octets].concat()
    }

    fn tag(&mut self, id: u16, value: &Value) {
        let kind: u16 = match value {
            Value::Number(_) => 0x0003,
            Value::Flag(_) => 0x000b,
            Value::Time(_) => 0x0040,
            Value::Narrow(_) => 0x001e,
            Value::Wide(_) => 0x001f,
            Value::Binary(_) => 0x0102,
            Value::Message(_) => 0x000d,
            Value::Several(_) => 0x101f,
            Value::Numbers(_) => 0x1003,
        };
        self.count += 1;
        self.octets.extend_from_slice(&kind.to_le_bytes());
        self.octets.extend_from_slice(&id.to_le_bytes());
    }

    fn value(&mut self, value: Value) {
        match value {
            Value::Number(number) => self.number(number),
            Value::Flag(flag) => self.number(u32::from(flag)),
            Value::Time(time) => self.octets.extend_from_slice(&time.to_le_bytes()),
            Value::Narrow(text) => self.single(&[text, vec![0]].concat()),
            Value::Wide(text) => self.single(&wide(&text)),
            Value::Binary(octets) => self.single(&octets),
            Value::Message(stream) => self.single(&[I_MESSAGE.to_vec(), stream].concat()),
            Value::Several(texts) => {
                self.number(u32::try_from(texts.len()).unwrap());
                texts.iter().for_each(|text| self.variable(&wide(text)));
            }
            Value::Numbers(numbers) => {
                self.number(u32::try_from(numbers.len()).unwrap());
                numbers.into_iter().for_each(|number| self.number(number));
            }
        }
    }

    fn number(&mut self, number: u32) {
        self.octets.extend_from_slice(&number.to_le_bytes());
    }

    fn single(&mut self, octets: &[u8]) {
        self.number(1);
        self.variable(octets);
    }

    fn variable(&mut self, octets: &[u8]) {
        self.number(u32::try_from(octets.len()).unwrap());
        self.octets.extend_from_slice(octets);
        self.octets.resize(self.octets.len().next_multiple_of(4), 0);
    }
}

/// `IID_IMessage`, little-endian.
const I_MESSAGE: [u8; 16] = [7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// A stream (MS-OXTNEF §2.1.3).
pub(crate) struct Stream(Vec<u8>);

impl Stream {
    /// Signature, key, version and code page.
    pub(crate) fn new(code_page: u32) -> Self {
        Self([0x223e_9f78_u32.to_le_bytes().as_slice(), &[1, 0]].concat())
            .with(1, 0x0008_9006, &0x0001_0000_u32.to_le_bytes())
            .with(1, 0x0006_9007, &[code_page.to_le_bytes(), [0; 4]].concat())
    }

    pub(crate) fn with(mut self, level: u8, id: u32, value: &[u8]) -> Self {
        self.0.push(level);
        self.0.extend_from_slice(&id.to_le_bytes());
        self.0.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
        self.0.extend_from_slice(value);
        let sum = value.iter().map(|octet| u64::from(*octet)).sum::<u64>() % 0x1_0000;
        self.0.extend_from_slice(&u16::try_from(sum).unwrap().to_le_bytes());
        self
    }

    pub(crate) fn with_properties(self, list: List) -> Self {
        self.with(1, 0x0006_9003, &list.finish())
    }

    /// A file in attributes, then its properties.
    pub(crate) fn with_file(self, title: &[u8], octets: Option<&[u8]>, list: List) -> Self {
        let mut stream = self.with(2, 0x0006_9002, &[1, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
        stream = stream.with(2, 0x0001_8010, &[title, &[0]].concat());
        if let Some(octets) = octets {
            stream = stream.with(2, 0x0006_800f, octets);
        }
        if list.count == 0 { stream } else { stream.with(2, 0x0006_9005, &list.finish()) }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Compresses RTF (MS-OXRTFCP §2.2): the longest match among the last 300 octets.
pub(crate) fn compress(rtf: &[u8]) -> Vec<u8> {
    let whole = [DICTIONARY, rtf].concat();
    let mut at = DICTIONARY.len();
    let mut tokens: Vec<(bool, Vec<u8>)> = Vec::new();
    let reference = |from: usize, length: usize| {
        u16::try_from((from % 4096) << 4 | (length - 2)).unwrap().to_be_bytes().to_vec()
    };
    while at < whole.len() {
        let length_at = |from: usize| {
            (0..17.min(whole.len() - at)).take_while(|k| whole[from + k] == whole[at + k]).count()
        };
        let best = (at.saturating_sub(300)..at).map(|from| (length_at(from), from)).max().unwrap();
        if best.0 >= 2 {
            tokens.push((true, reference(best.1, best.0)));
            at += best.0;
        } else {
            tokens.push((false, vec![whole[at]]));
            at += 1;
        }
    }
    tokens.push((true, reference(at, 2)));
    let mut contents = Vec::new();
    for run in tokens.chunks(8) {
        contents.push(run.iter().enumerate().map(|(bit, token)| u8::from(token.0) << bit).sum());
        run.iter().for_each(|token| contents.extend_from_slice(&token.1));
    }
    framed(&contents, rtf.len(), 0x7546_5a4c, crc(&contents))
}

/// RTF in the frame of compressed RTF (§2.1.3.1.4).
pub(crate) fn uncompressed(rtf: &[u8]) -> Vec<u8> {
    framed(rtf, rtf.len(), 0x414c_454d, 0)
}

fn framed(contents: &[u8], raw_size: usize, kind: u32, crc: u32) -> Vec<u8> {
    let sizes = [contents.len() + 12, raw_size].map(|size| u32::try_from(size).unwrap().to_le_bytes());
    [sizes.concat(), kind.to_le_bytes().to_vec(), crc.to_le_bytes().to_vec(), contents.to_vec()].concat()
}

fn crc(octets: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|at| (0..8).fold(at, |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }))
        .collect();
    octets.iter().fold(0, |crc, octet| crc >> 8 ^ table[usize::from(crc.to_le_bytes()[0] ^ octet)])
}
