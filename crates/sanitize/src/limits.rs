//! How much work a letter's HTML may ask for.

/// Bounds on one letter's HTML. Each default is a named constant with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of HTML, in UTF-8.
    pub input_bytes: usize,
    /// Elements inside each other.
    pub nesting: usize,
    /// Elements, those left out included, and those that a parser makes by itself.
    pub elements: usize,
    /// Comparisons of attribute names: in each tag they are compared with each other.
    pub comparisons: usize,
    /// Character references (`&eacute;`), in the HTML and in what is written.
    pub references: usize,
    /// Links.
    pub links: usize,
    /// How many times as long as the HTML what is written may be, images apart.
    pub growth: usize,
    /// Times that what was written is read again until it stays the same.
    pub rounds: usize,
    /// Bytes of all images together, before base64. Those beyond are left out.
    pub image_bytes: usize,
}

impl Limits {
    /// Longest HTML: mailing programs cut near 100 kB, quoted threads reach a megabyte, and images written into the HTML some more.
    pub const INPUT_BYTES: usize = 8 * 1024 * 1024;
    /// Deepest nesting: newsletters show 60, a long quoted thread 150; browsers stop at 512.
    pub const NESTING: usize = 256;
    /// Most elements: a thread of fifty newsletters. The parser moves an element past its siblings one by one.
    pub const ELEMENTS: usize = 50_000;
    /// Most comparisons: about a second. An image of 2 MiB written into the HTML, with its `/` counted, stays below.
    pub const COMPARISONS: usize = 1 << 30;
    /// Most character references: a French thread of a megabyte has 30,000.
    pub const REFERENCES: usize = 100_000;
    /// Most that is scanned for them, in KiB: for each one html5ever's printer searches the rest of the text. It takes some
    /// seconds; of a megabyte of HTML it leaves 32,000 references.
    pub(crate) const SCANNED_KIB: usize = 1 << 25;
    /// Most links: a newsletter has a hundred.
    pub const LINKS: usize = 2_000;
    /// Greatest growth: `&` becomes `&amp;`, and formatting that was left open is opened again in each paragraph.
    pub const GROWTH: usize = 8;
    /// What is added to [`Limits::growth`] times the input: a short link gets 100 bytes of attributes.
    pub(crate) const GROWTH_FLOOR: usize = 64 * 1024;
    /// Most rounds: removing elements can put a paragraph into a paragraph, which takes one more.
    pub const ROUNDS: usize = 8;
    /// Most bytes of images: what a page shows without a stutter; the rest can be opened as files.
    pub const IMAGE_BYTES: usize = 16 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: Self::INPUT_BYTES,
            nesting: Self::NESTING,
            elements: Self::ELEMENTS,
            comparisons: Self::COMPARISONS,
            references: Self::REFERENCES,
            links: Self::LINKS,
            growth: Self::GROWTH,
            rounds: Self::ROUNDS,
            image_bytes: Self::IMAGE_BYTES,
        }
    }
}
