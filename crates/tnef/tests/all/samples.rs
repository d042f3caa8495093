//! Streams of every kind.

use crate::encoder::{List, Stream, Value, compress, uncompressed};

pub(crate) const HTML: &str = "<html><body><p>L’été à Nœuvéglise&nbsp;: 15&nbsp;°C</p>\r\n</body></html>";
pub(crate) const PDF: &[u8] = b"%PDF-1.7 \0\xff\xfe";

/// RTF that encapsulates [`HTML`].
pub(crate) const RTF: &str = "{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\r\n{\\colortbl\\red0\\green0\\blue0;}\r\n\
    {\\*\\htmltag64}\\uc1\\pard\\plain\\deftab360 \\f0\\fs24{\\*\\htmltag19 <html>}{\\*\\htmltag50 <body>}{\\*\\htmltag64 <p>}\
    \\htmlrtf {\\htmlrtf0 L\\'92\\'e9t\\'e9 \\'e0 N\\'9cuv\\u233 ?glise{\\*\\htmltag84 &nbsp;}\\htmlrtf \\'a0\\htmlrtf0 : 15\
    {\\*\\htmltag84 &nbsp;}\\htmlrtf \\~\\htmlrtf0 \\'b0C\\htmlrtf\\par}\\htmlrtf0 {\\*\\htmltag72 </p>\\par }\
    {\\*\\htmltag58 </body>}{\\*\\htmltag27 </html>}}";

fn wide(text: &str) -> Value {
    Value::Wide(text.to_owned())
}

fn head() -> List {
    List::default()
        .with(0x0e06, Value::Time(0x01d9_0000_0000_0000))
        .with(0x0e1b, Value::Flag(true))
        .with_named(Err(0x8501), Value::Numbers(vec![1, 2, 3]))
        .with_named(Ok("Catégories"), Value::Several(vec!["a".to_owned(), "Éa".to_owned()]))
        .with(0x0037, wide("Compte rendu — été"))
}

/// Compressed RTF with HTML in it, a PDF with two names and an image that the HTML shows.
pub(crate) fn outlook() -> Vec<u8> {
    let pdf = List::default()
        .with(0x3704, Value::Narrow(b"COMPTE~1.PDF".to_vec()))
        .with(0x3707, wide("Compte rendu d’été.pdf"))
        .with(0x370e, wide("application/pdf"));
    let image = List::default()
        .with(0x3701, Value::Binary(b"GIF89a".to_vec()))
        .with(0x3704, wide("image001.gif"))
        .with(0x3712, wide("image001.gif@01D9"));
    Stream::new(1252)
        .with(1, 0x0001_8004, b"Compte rendu ? \xe9t\xe9\0")
        .with_properties(head().with(0x1009, Value::Binary(compress(RTF.as_bytes()))))
        .with_file(b"COMPTE~1.PDF", Some(PDF), pdf)
        .with_file(b"image001.gif", None, image)
        .finish()
}

/// `PR_BODY_HTML` in UTF-8, beside text.
pub(crate) fn html() -> Vec<u8> {
    let list = head()
        .with(0x1013, Value::Binary(HTML.as_bytes().to_vec()))
        .with(0x1000, wide("L’été"))
        .with(0x3fde, Value::Number(65001));
    Stream::new(1252).with_properties(list).finish()
}

/// The oldest kind: attributes only, in a code page.
pub(crate) fn old() -> Vec<u8> {
    Stream::new(850)
        .with(1, 0x0001_8004, b"\x82t\x82\0")
        .with(1, 0x0002_800c, b"Bonjour,\r\nl'\x82t\x82\0")
        .with_file(b"r\x82sultat.hpr", Some(b"H|"), List::default())
        .finish()
}

/// Text encapsulated in RTF that is not compressed.
pub(crate) fn text() -> Vec<u8> {
    let rtf = b"{\\rtf1\\ansi\\ansicpg1252\\fromtext \\deff0{\\fonttbl{\\f0 Courier New;}}\\f0 Bonjour,\\par l\\'e9t\\'e9}";
    Stream::new(1252).with_properties(head().with(0x1009, Value::Binary(uncompressed(rtf)))).finish()
}

/// A message within a message.
pub(crate) fn nested() -> Vec<u8> {
    let message =
        List::default().with(0x3001, wide("TR: compte rendu")).with(0x3701, Value::Message(outlook()));
    Stream::new(1252).with_properties(head()).with_file(b"", None, message).finish()
}

pub(crate) fn all() -> Vec<Vec<u8>> {
    vec![outlook(), html(), old(), text(), nested()]
}
