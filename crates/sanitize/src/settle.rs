//! Keeps what is on the list, until reading it again changes nothing: what a browser reads is then what was looked at.

use crate::image::Images;
use crate::tree::Tree;
use crate::write::Writer;
use crate::{Error, Limits, Result, measure};

/// HTML of the list, images still by their names, that reads and writes as itself.
pub(crate) fn settle(tree: &Tree, input_bytes: usize, limits: &Limits, writer: &mut Writer) -> Result<Tree> {
    let mut before = written(tree, input_bytes, limits, writer)?;
    for _ in 1..limits.rounds {
        let tree = measure::read_again(&before);
        let written = written(&tree, input_bytes, limits, writer)?;
        if written == before {
            return Ok(tree);
        }
        before = written;
    }
    Err(Error::Unstable)
}

fn written(tree: &Tree, input_bytes: usize, limits: &Limits, writer: &mut Writer) -> Result<String> {
    let html = writer.write(tree, &mut Images::named(), limits)?.html;
    bound(&html, 0, input_bytes, limits)?;
    Ok(html)
}

/// Fails when what was written is more than the limits allow, images apart.
pub(crate) fn bound(html: &str, images_bytes: usize, input_bytes: usize, limits: &Limits) -> Result<()> {
    let found = html.len().saturating_sub(images_bytes);
    measure::bound_references(html, found, limits)?;
    let limit = input_bytes.saturating_mul(limits.growth).saturating_add(Limits::GROWTH_FLOOR);
    if found > limit { Err(Error::Grew { found, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::settle;
    use crate::image::Images;
    use crate::plain::is_plain;
    use crate::write::Writer;
    use crate::{Limits, measure};

    const PAYLOADS: &str = include_str!("../tests/all/hostile.txt");
    const NAMES: &str = "a b font p div center h1 h2 li ul ol dl dt dd pre table caption colgroup col tbody tr td th svg span br hr img";
    const LETTERS: usize = 20_000;

    /// Whether what is written of it is plain; if so, reading it again must change nothing.
    fn stays_when_plain(html: &str) -> bool {
        let limits = Limits::default();
        let Ok(tree) = measure::measure(html, &limits) else { return false };
        let mut writer = Writer::default();
        let written = writer.write(&tree, &mut Images::named(), &limits).unwrap();
        let plain = is_plain(&written.html, written.links.len());
        if plain {
            let settled = settle(&tree, html.len(), &limits, &mut writer).unwrap();
            let again = writer.write(&settled, &mut Images::named(), &limits).unwrap();
            assert_eq!((written.html, written.links), (again.html, again.links), "{html:?}");
        }
        plain
    }

    #[test]
    fn what_is_plain_stays_as_it_is() {
        let names: Vec<&str> = NAMES.split(' ').collect();
        let mut state = 7_u64;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % limit
        };
        let mut plain = 0;
        for _ in 0..LETTERS {
            let mut letter = String::new();
            for _ in 0..2 + below(20) {
                let name = names[below(names.len())];
                match below(9) {
                    0..4 => letter.push_str(&format!("<{name}>")),
                    4 => letter
                        .push_str(&format!("<{name} href=tel:{0} color=red style='color:red'>", below(9))),
                    5 => letter.push_str("x\n &amp;lt;&nbsp;"),
                    _ => letter.push_str(&format!("</{name}>")),
                }
            }
            plain += usize::from(stays_when_plain(&letter));
        }
        // Both ways are gone.
        assert!((LETTERS / 10..LETTERS / 10 * 9).contains(&plain), "{plain} are plain");
        assert!(PAYLOADS.lines().filter(|line| stays_when_plain(line)).count() > 100);
    }
}
