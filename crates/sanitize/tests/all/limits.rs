//! Each limit just below and just above, and letters that are made to be slow.

use sceau_sanitize::{Error, Limits, NoParts, sanitize};

fn outcome(html: &str, limits: &Limits) -> Result<(), Error> {
    sanitize(html, &NoParts, limits).map(drop)
}

#[test]
fn limits_hold_on_both_sides() {
    let limits = Limits { input_bytes: 4_000, nesting: 20, elements: 200, links: 3, ..Limits::default() };
    let html = |text: &str, times| text.repeat(times);
    assert_eq!(outcome(&html("x", 4_000), &limits), Ok(()));
    assert_eq!(outcome(&html("x", 4_001), &limits), Err(Error::TooLong { found: 4_001, limit: 4_000 }));
    assert_eq!(outcome(&html("<div>", 18), &limits), Ok(()));
    assert_eq!(outcome(&html("<div>", 25), &limits), Err(Error::TooDeep { limit: 20 }));
    assert_eq!(outcome(&html("<br>", 190), &limits), Ok(()));
    assert_eq!(outcome(&html("<br>", 201), &limits), Err(Error::TooManyElements { limit: 200 }));
    assert_eq!(outcome(&html("<a href=tel:1>x</a>", 3), &limits), Ok(()));
    assert_eq!(outcome(&html("<a href=tel:1>x</a>", 4), &limits), Err(Error::TooManyLinks { limit: 3 }));
    let limits = Limits { comparisons: 10_000, ..Limits::default() };
    let tag = |attributes: usize| {
        format!("<p {}>", (0..attributes).map(|at| format!("a{at} ")).collect::<String>())
    };
    assert_eq!(outcome(&tag(90), &limits), Ok(()));
    assert_eq!(outcome(&tag(200), &limits), Err(Error::TooManyAttributes));
    let limits = Limits { references: 10, ..Limits::default() };
    assert_eq!(outcome(&html("&", 10), &limits), Ok(()));
    assert_eq!(outcome(&html("&", 11), &limits), Err(Error::TooManyReferences { limit: 10 }));
    assert_eq!(outcome(&html(">", 11), &limits), Err(Error::TooManyReferences { limit: 10 }));
    let limits = Limits { rounds: 1, ..Limits::default() };
    assert_eq!(outcome("<p>x<br>", &limits), Err(Error::Unstable));
    let limits = Limits { growth: 0, ..Limits::default() };
    assert!(matches!(outcome(&html("&", 20_000), &limits), Err(Error::Grew { .. })));
}

/// Each would be work that grows with the square of its length, or a deep tree, without a limit.
#[test]
fn slow_letters_are_refused_soon() {
    let attributes: String = (0..200_000).map(|at| format!("a{at} ")).collect();
    let formats: String = (0..50_000).map(|at| format!("<b id={at}>")).collect();
    for html in [
        "<div>".repeat(100_000),
        "<b>".repeat(100_000),
        "<table><td>".repeat(100_000),
        "<svg>".repeat(100_000),
        "<p><button>".repeat(100_000),
        "<a><table>".repeat(50_000),
        "<template>".repeat(100_000),
        "<select><option>".repeat(100_000),
        "<table>".to_owned() + &"<br>".repeat(400_000),
        format!("{formats}{}", "<p>".repeat(200_000)),
        format!("<p {attributes}>"),
        "&".repeat(8_000_000),
        ">".repeat(200_000),
        "\u{a0}".repeat(200_000),
        format!("<p style='{}'>", "(".repeat(1_000_000)) + &"<br>".repeat(60_000),
    ] {
        let refused = outcome(&html, &Limits::default());
        println!("{:?}: {refused:?}", html.get(..20));
        assert!(refused.is_err());
    }
}

/// Long, and yet shown.
#[test]
fn long_letters_are_shown() {
    for html in [
        "(".repeat(1_000_000),
        format!("<p style='{}'>x", "(".repeat(1_000_000)),
        format!("<style>{}</style>x", "{".repeat(1_000_000)),
        format!("<!--{}-->x", "-".repeat(1_000_000)),
        "&amp;<br>".repeat(40_000),
    ] {
        assert_eq!(outcome(&html, &Limits::default()), Ok(()), "{:?}", html.get(..20));
    }
}
