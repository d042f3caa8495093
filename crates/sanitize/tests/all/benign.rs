//! Letters as people write them: what they say, where they lead, and their images survive.

use std::collections::HashMap;

use markup5ever_rcdom::NodeData;
use sceau_sanitize::{InlineParts, Limits, Sanitized, sanitize};

use crate::judge::{fragment, judge, walk};

const OUTLOOK: &str = include_str!("outlook.html");
const NEWSLETTER: &str = include_str!("newsletter.html");
/// The first octets of an image suffice: nothing here decodes it.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

struct Parts(HashMap<&'static str, &'static [u8]>);

impl InlineParts for Parts {
    fn part(&self, content_id: &str) -> Option<&[u8]> {
        self.0.get(content_id).copied()
    }
}

fn parts() -> Parts {
    let svg: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'/>";
    Parts(HashMap::from([("image001.png@01DB1234.5678", PNG), ("logo", svg)]))
}

fn sanitized(html: &str) -> Sanitized {
    let sanitized = sanitize(html, &parts(), &Limits::default()).unwrap();
    judge(&sanitized);
    sanitized
}

fn text(html: &str) -> String {
    let mut text = String::new();
    walk(&fragment(html, false), &mut |node| {
        if let NodeData::Text { contents } = &node.data {
            text.push_str(&contents.borrow());
            text.push(' ');
        }
    });
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_letter_of_outlook_is_shown() {
    let letter = sanitized(OUTLOOK);
    let text = text(&letter.html);
    for words in [
        "Chère consœur,",
        "Mme É. Lefèvre, née le 3 août 1961",
        "FEVG 55 % — pas d’épanchement",
        "Bisoprolol 2,5 mg",
        "Bien confraternellement",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("WordSection") && !text.contains("mso"), "{text}");
    let links: Vec<_> =
        letter.links.iter().map(|link| (link.shown.trim(), link.target.as_str(), link.deceives)).collect();
    assert_eq!(
        links,
        [
            ("a.roche@cabinet.example", "mailto:a.roche@cabinet.example", false),
            ("01 99 00 12 34", "tel:+33199001234", false),
        ]
    );
    assert_eq!((letter.inline_images, letter.remote), (1, 0));
    assert!(letter.html.contains("src=\"data:image/png;base64,iVBORw0KGgo"));
    for kept in [
        "<table",
        "border-collapse:collapse",
        "font-family:&quot;Calibri&quot;,sans-serif",
        "color:#1f497d",
        "<th",
    ] {
        assert!(letter.html.contains(kept), "{kept}: {}", letter.html);
    }
}

#[test]
fn a_newsletter_is_shown() {
    let letter = sanitized(NEWSLETTER);
    let text = text(&letter.html);
    for words in ["Lettre d’information de l’été", "Dépistage organisé", "Se désinscrire", "Télécharger"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("Aperçu caché"), "{text}");
    let links: Vec<_> = letter.links.iter().map(|link| (link.target.as_str(), link.deceives)).collect();
    assert_eq!(
        links,
        [
            ("https://lettre.example/depistage?id=1&m=2", false),
            ("https://lettre.example/rapport", false),
            ("https://suivi.example/r/abc", true),
            ("https://lettre.example/fin", false),
        ]
    );
    assert_eq!(letter.inline_images, 0);
    assert_eq!(letter.remote, 4);
    assert!(letter.html.contains("Logo de la société") && !letter.html.contains("<img"), "{}", letter.html);
}

#[test]
fn images_are_what_their_octets_are() {
    let letter = sanitized("<img src=cid:logo alt=svg><img src='CID:image001.png%4001DB1234.5678' alt=png>");
    assert_eq!(letter.inline_images, 1);
    assert!(letter.html.starts_with("svg<img alt=\"png\" src=\"data:image/png;"), "{}", letter.html);
    assert!(sanitized("<img src=cid:image001.png@01DB1234.5678>").html.contains("<img alt=\"\" src=\"data:"));
    assert_eq!(sanitized("a<img src='https://suivi.example/p.gif' width=1 height=1>b").html, "ab");
    let limits = Limits { image_bytes: PNG.len(), ..Limits::default() };
    let twice = "<img src='cid:image001.png@01DB1234.5678'>".repeat(2);
    assert_eq!(sanitize(&twice, &parts(), &limits).unwrap().inline_images, 1);
    let limits = Limits { image_bytes: PNG.len() - 1, ..limits };
    assert_eq!(sanitize(&twice, &parts(), &limits).unwrap().inline_images, 0);
}

/// Found by fuzzing: what stood before the line end was left out when images were drawn.
#[test]
fn a_line_end_at_the_beginning_of_preformatted_text_is_none() {
    assert_eq!(
        sanitized("<pre><img src='data:image/png;base64,AAAA'>\n<b>a</b>\nb</pre>").html,
        "<pre><b>a</b>\nb</pre>"
    );
    assert_eq!(sanitized("<pre>\n\na</pre>").html, "<pre>a</pre>");
}

#[test]
fn a_link_leads_nowhere_by_itself() {
    let letter = sanitized("<a href='https://ameli.fr/a?b=1&amp;c=2' title=x>ici</a>");
    assert_eq!(
        letter.html,
        "<a data-href=\"https://ameli.fr/a?b=1&amp;c=2\" data-link=\"0\" rel=\"noopener noreferrer\" role=\"link\" \
         tabindex=\"0\">ici</a>"
    );
}

#[test]
fn what_is_hidden_is_left_out_with_all_that_is_in_it() {
    for (html, written) in [
        ("<div style='display:none'>a<p>b<br></p></div>c", "c"),
        ("<p hidden>a</p>b", "b"),
        ("<img hidden alt=a>b", "b"),
        (
            "<div style='display:none'><a href=tel:1>a</a><div style='display:none'>b</div>c</div><b>d</b>",
            "<b>d</b>",
        ),
    ] {
        assert_eq!(sanitized(html).html, written, "{html}");
    }
}
