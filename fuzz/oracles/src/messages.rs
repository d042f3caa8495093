//! Messages and HTML.

use sceau_mime::{
    Address, Date, Draft, Layer, Letter, Limits, MAX_REPORTED_RECIPIENTS, Outer, State, TypedAddress,
    compose, guess_charset, header_states, html_to_text, kept_inside, multipart_signed, read, read_report,
    read_typed, structure, undo_text_mode, unwrap_cms, wrapped_message,
};

/// A message reads within its limits, and the same each time.
pub(crate) fn message(data: &[u8]) {
    let limits = Limits::default();
    drop(multipart_signed(data, &limits));
    drop(wrapped_message(data, &limits));
    drop(unwrap_cms(data, &limits));
    drop(structure(data, &limits));
    assert!(undo_text_mode(data, 8).len() <= 8);
    if let Some(report) = read_report(data, &limits) {
        assert!((1..=MAX_REPORTED_RECIPIENTS).contains(&report.recipients.len()));
    }
    let Ok(letter) = read(data, &limits) else { return };
    assert!(letter.parts.iter().map(|part| part.bytes.len()).sum::<usize>() <= limits.decoded_bytes);
    assert!(
        read(data, &limits).is_ok_and(|again| again.text == letter.text && again.subject == letter.subject)
    );
}

/// Fields are as protected as what was proven, and an answer names nothing outside that the letter kept inside.
///
/// The octets before the first zero octet are the mail outside, those after it the payload.
pub(crate) fn header_protection(data: &[u8]) {
    let limits = Limits::default();
    let mut halves = data.splitn(2, |octet| *octet == 0);
    let (outside, inside) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let (Ok(outer), Ok(inner)) = (read(outside, &limits), read(inside, &limits)) else { return };
    for (signed, encrypted) in [(false, false), (true, false), (false, true), (true, true)] {
        let states = header_states(&outer, &inner, Layer { signed, encrypted });
        for field in states {
            let (says_signed, says_encrypted) = match field.state {
                State::Signed => (true, false),
                State::Encrypted => (false, true),
                State::Both => (true, true),
                State::None => (false, false),
            };
            assert!((!says_signed || signed) && (!says_encrypted || encrypted), "protected by nothing");
        }
    }
    answer(&outer, &inner);
}

/// What an answer shows outside.
fn answer(outer: &Letter, inner: &Letter) {
    let kept = kept_inside(outer, inner);
    let mut draft = Draft::new(Address::bare("moi@cabinet.example"), Date::utc(0), "reponse@cabinet.example");
    draft.to = inner.from.iter().chain(&inner.to).cloned().collect();
    draft.cc.clone_from(&inner.cc);
    draft.in_reply_to = inner.message_id.iter().cloned().collect();
    draft.references.clone_from(&inner.references);
    draft.kept_inside = kept.clone();
    let Ok(composed) = compose(&draft, &Outer::default()) else { return };
    let shown: String =
        composed.outer_headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let Ok(shown) = read(format!("{shown}\r\n").as_bytes(), &Limits::default()) else { return };
    let mut people = shown.to.iter().chain(&shown.cc).map(|address| &address.email);
    assert!(
        !people.any(|email| kept.addresses.contains(email)),
        "an address that was kept inside is outside"
    );
    let mut letters = shown.references.iter().chain(&shown.in_reply_to);
    assert!(!letters.any(|id| kept.ids.contains(id)), "an identifier that was kept inside is outside");
}

/// Text is text: it grows by no more than its blocks, and nothing of a script is in it.
pub(crate) fn html(data: &[u8]) {
    let Ok(html) = core::str::from_utf8(data) else { return };
    let text = html_to_text(html);
    assert!(text.len() <= html.len().saturating_mul(2).saturating_add(2), "text larger than its HTML");
}

/// HTML that is shown is of the list, reads the same wherever it is put, and sanitises to itself.
pub(crate) fn sanitized(data: &[u8]) {
    let html = String::from_utf8_lossy(data);
    // That the rest is refused is fine; that something is shown which is not on the list is not.
    let refused = crate::judge::judged(&html).err();
    assert!(refused != Some(sceau_sanitize::Error::NotAllowed), "the writer wrote what it may not");
}

/// A text that declares nothing reads as if it had declared what it seems to be in.
pub(crate) fn charset(data: &[u8]) {
    let guess = guess_charset(data);
    if guess.certain && guess.charset == "utf-8" {
        assert!(core::str::from_utf8(data).is_ok(), "what is no UTF-8 is taken for certain");
        return;
    }
    if !guess.certain {
        assert_eq!(text_in("", data), text_in(&format!("; charset={}", guess.charset), data));
    }
}

fn text_in(parameter: &str, body: &[u8]) -> Option<String> {
    let head = format!("Content-Type: text/plain{parameter}\r\n\r\n");
    let letter = read(&[head.as_bytes(), body].concat(), &Limits::default()).ok()?;
    Some(letter.text.clone())
}

/// People who were read from what somebody typed are read again from the letter that goes to them, and the same words as a text
/// come back whole from lines that flow.
pub(crate) fn addresses(data: &[u8]) {
    let Ok(typed) = core::str::from_utf8(data) else { return };
    if let Ok(people) = Address::parse_list(typed) {
        same_people(people);
    }
    let mailbox = |entry| match entry {
        TypedAddress::Mailbox(address) => Some(address),
        TypedAddress::Wrong(..) => None,
    };
    same_people(read_typed(typed).into_iter().filter_map(mailbox).collect());
    let Some(once) = flowed_and_read(typed) else { return };
    let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
    assert_eq!(letters(&once), letters(typed), "words are lost in flowing");
    assert_eq!(flowed_and_read(&once), Some(once), "what flowed once flows on");
}

fn new_letter() -> Draft {
    Draft::new(Address::bare("moi@cabinet.example"), Date::utc(0), "lettre@cabinet.example")
}

fn same_people(people: Vec<Address>) {
    assert!(people.iter().all(Address::is_valid));
    let mut draft = new_letter();
    draft.to.clone_from(&people);
    let Ok(composed) = compose(&draft, &Outer::default()) else { return };
    let letter = read(&composed.message, &Limits::default());
    let emails = |list: &[Address]| list.iter().map(|address| address.email.clone()).collect::<Vec<_>>();
    let read_again = letter.map(|letter| emails(&letter.to)).unwrap_or_default();
    assert_eq!(read_again, emails(&people), "a letter goes to others");
}

fn flowed_and_read(text: &str) -> Option<String> {
    let mut draft = new_letter();
    text.clone_into(&mut draft.text);
    draft.flowed = true;
    let composed = compose(&draft, &Outer::default()).ok()?;
    read(&composed.message, &Limits::default()).ok().map(|letter| letter.text.clone())
}
