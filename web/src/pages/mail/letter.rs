//! An opened letter.

use leptos::prelude::*;
use sceau_protocol::{
    CharsetOrigin, Delivery, DraftKind, LetterSource, LetterView, MailboxRole, Person, Trust,
};

use super::attachments::Attachments;
use super::charset::CharsetLine;
use super::formatted::{self, DoubtedLink, Formatted, FormattedLetter, NotFormatted};
use super::printed;
use super::report::Report;
use super::verdict::Verdict;
use crate::components::{Icon, IconButton, Sign};
use crate::desk::{Desk, use_desk};
use crate::state::letter::Which;
use crate::state::letter_text::{Block, Piece, blocks};
use crate::text::{Words, fill};

/// The letter: subject, people, verdict, attachments, text.
#[component]
pub fn LetterArticle(words: &'static Words, which: Which, view: LetterView, own: String) -> impl IntoView {
    let desk = use_desk();
    let within = matches!(which, Which::Part(_));
    let from_file = matches!(which, Which::File(_));
    let subject = subject_of(words, &view);
    let date = date_of(words, desk, &view);
    let reply = reply_to(&view, &own);
    let has_html = view.was_html && view.may_quote;
    let html = has_html.then(|| formatted::fetch(view.source.clone()));
    let kept = StoredValue::new(view.clone());
    let print = move || {
        let pieces = html.and_then(|html| html.with_untracked(Formatted::pieces));
        desk.print_letter(printed::head(words, desk, &kept.get_value()), pieces);
    };
    let charset = view.charset.clone().filter(|found| found.origin != CharsetOrigin::Declared);
    view! {
        <Toolbar words which=which.clone() source=view.source.clone() print/>
        <article class="letter" aria-labelledby="letter-title">
            {from_file.then(|| view! { <p class="small">{words.letter.file_letter}</p> })}
            {within.then(|| view! { <Outer words/> })}
            <h1 id="letter-title" tabindex="-1">{subject}</h1>
            <People words view=view.clone() own date/>
            <Verdict words view=view.clone()/>
            <Deliveries words deliveries=view.deliveries.clone()/>
            {view.report.clone().map(|report| view! { <Report words report trust=view.trust/> })}
            <Attachments words source=view.source.clone() parts=view.parts.clone() inside=has_html/>
            {(view.was_html && !has_html).then(|| view! { <p class="small aside-line">{words.letter.was_html}</p> })}
            {charset.map(|found| view! { <CharsetLine words found/> })}
            {match html {
                Some(html) => view! { <EitherForm words html view/> }.into_any(),
                None => view! { <PlainText words view/> }.into_any(),
            }}
            {reply.map(|(who, kind)| view! {
                <button type="button" class="reply-box" on:click=move |_| desk.write(kind.clone())>
                    <Icon sign=Sign::Reply/>
                    {fill(words.letter.reply_to, &[("who", &who)])}
                </button>
            })}
        </article>
        <DoubtedLink words/>
    }
}

/// A letter within a letter: what it is, and the way back.
#[component]
fn Outer(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    view! {
        <p class="outer-line small">
            <button type="button" class="link small" on:click=move |_| { desk.leave_part(); }>
                {words.formatted.back_to_outer}
            </button>
            <span>{words.formatted.nested}</span>
        </p>
    }
}

/// HTML or text, one click apart.
#[component]
fn EitherForm(
    words: &'static Words,
    html: RwSignal<Formatted, LocalStorage>,
    view: LetterView,
) -> impl IntoView {
    let as_text = RwSignal::new(false);
    let shown = move || match (as_text.get(), html.get()) {
        (false, Formatted::Ready(found, pieces)) => {
            let view = view.clone();
            let text = move || view! { <PlainText words view=view.clone()/> };
            view! { <FormattedLetter words view=found pieces text/> }.into_any()
        }
        (false, Formatted::Waiting) => {
            view! { <p class="hint" role="status">{words.formatted.waiting}</p> }.into_any()
        }
        (_, Formatted::Failed(failure)) => view! {
            <NotFormatted words failure/>
            <PlainText words view=view.clone()/>
        }
        .into_any(),
        (true, _) => view! { <PlainText words view=view.clone()/> }.into_any(),
    };
    let switch = move || if as_text.get() { words.formatted.as_html } else { words.formatted.as_text };
    view! {
        {move || (!matches!(html.get(), Formatted::Failed(_))).then(|| view! {
            <p class="form-switch">
                <button type="button" class="link small" on:click=move |_| as_text.update(|it| *it = !*it)>{switch}</button>
            </p>
        })}
        {shown}
    }
}

#[component]
fn PlainText(words: &'static Words, view: LetterView) -> impl IntoView {
    let empty = view.text.trim().is_empty();
    view! {
        <section class="letter-text" aria-label=words.letter.text_of>
            {empty.then(|| view! { <p class="hint">{words.letter.empty_text}</p> })}
            {blocks(&view.text, view.may_quote).into_iter().map(text_block).collect_view()}
        </section>
    }
}

/// The subject, or that there is none.
pub(super) fn subject_of(words: &Words, view: &LetterView) -> String {
    if view.subject.is_empty() { words.letter.no_subject.to_owned() } else { view.subject.clone() }
}

/// The letter's date in words, or that there is none.
pub(super) fn date_of(words: &Words, desk: Desk, view: &LetterView) -> String {
    view.date
        .map_or_else(|| words.letter.no_date.to_owned(), |date| words.exact_date(desk.calendar().civil(date)))
}

/// The confirmed name where the verdict confirms the sender, else what From says, with its address.
pub(super) fn sender_name(view: &LetterView) -> String {
    let confirmed = matches!(view.trust, Trust::SealedSigned | Trust::Signed);
    match (&view.confirmed_name, view.from.first()) {
        (Some(name), _) if confirmed => name.clone(),
        (_, Some(person)) => full(person),
        (_, None) => "?".to_owned(),
    }
}

/// Whom the box at the foot answers: the sender, or the first recipient of one's own letter.
fn reply_to(view: &LetterView, own: &str) -> Option<(String, DraftKind)> {
    // Nobody is led to answer a letter that pretends to be another's.
    if view.trust == Trust::Broken {
        return None;
    }
    let by_me = view.from.iter().any(|person| person.address.eq_ignore_ascii_case(own));
    if by_me {
        return view.to.first().map(|person| (name(person), DraftKind::ReplyAll(view.source.clone())));
    }
    Some((sender_name(view), DraftKind::Reply(view.source.clone())))
}

pub(super) fn full(person: &Person) -> String {
    if person.name.is_empty() {
        person.address.clone()
    } else {
        format!("{} <{}>", person.name, person.address)
    }
}

fn text_block(block: Block) -> impl IntoView {
    let pieces = block.pieces.into_iter().map(|piece| match piece {
        Piece::Words(words) => words.into_any(),
        Piece::Link(address) => {
            let shown = address.clone();
            view! { <a href=address target="_blank" rel="noopener noreferrer">{shown}</a> }.into_any()
        }
    });
    view! { <div class="text-block" class:quoted=block.quoted>{pieces.collect_view()}</div> }
}

#[component]
fn Toolbar(
    words: &'static Words,
    which: Which,
    source: LetterSource,
    print: impl Fn() + 'static,
) -> impl IntoView {
    let desk = use_desk();
    let start = move |kind: fn(LetterSource) -> DraftKind| {
        let source = source.clone();
        move || desk.write(kind(source.clone()))
    };
    let (sign, back_name) = match which {
        Which::Email(_) => (Sign::Back, words.letter.back),
        Which::File(_) => (Sign::Close, words.letter.close_file),
        Which::Part(_) => (Sign::Back, words.formatted.back_to_outer),
    };
    let of_account = matches!(which, Which::Email(_));
    let leave = move || {
        if !desk.leave_part() {
            desk.back_to_list();
        }
    };
    view! {
        <div class="toolbar" role="toolbar" aria-label=words.letter.actions>
            <IconButton sign name=back_name key="Esc" press=leave/>
            {of_account.then(|| view! { <Neighbours words/> })}
            <span class="gap"></span>
            <IconButton sign=Sign::Reply name=words.letter.reply key="r" press=start(DraftKind::Reply)/>
            <IconButton sign=Sign::ReplyAll name=words.letter.reply_all key="a" press=start(DraftKind::ReplyAll)/>
            <IconButton sign=Sign::Forward name=words.letter.forward key="f" press=start(DraftKind::Forward)/>
            <IconButton sign=Sign::Print name=words.formatted.print press=print/>
            {of_account.then(|| view! { <FilingButtons words/> })}
        </div>
    }
}

/// The letters above and below in the list.
#[component]
fn Neighbours(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let step = move |by: i32| {
        move || {
            if let Some(index) = desk.step(by) {
                desk.reveal.set(Some(index));
            }
        }
    };
    view! {
        <IconButton sign=Sign::Up name=words.formatted.previous key="k" press=step(-1)/>
        <IconButton sign=Sign::Down name=words.formatted.next key="j" press=step(1)/>
    }
}

#[component]
fn FilingButtons(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let here = move || desk.reading.with_untracked(|reading| reading.email().cloned());
    let role = Memo::new(move |_| desk.mail.with(|mail| mail.role()));
    let delete = move || {
        let emails: Vec<_> = here().into_iter().collect();
        if role.get_untracked() == Some(MailboxRole::Trash) {
            desk.destroy_letters(emails);
        } else {
            desk.move_letters(emails, MailboxRole::Trash);
        }
    };
    let delete_name = Signal::derive(move || {
        let in_trash = role.get() == Some(MailboxRole::Trash);
        (if in_trash { words.letter.destroy } else { words.letter.delete }).to_owned()
    });
    view! {
        <Show when=move || role.get() != Some(MailboxRole::Archive)>
            <IconButton
                sign=Sign::Archive
                name=words.letter.archive
                key="e"
                press=move || desk.move_letters(here().into_iter().collect(), MailboxRole::Archive)
            />
        </Show>
        <IconButton sign=Sign::Trash name=delete_name key="#" press=delete/>
        <IconButton
            sign=Sign::Unread
            name=words.letter.unread
            key="u"
            press=move || {
                if let Some(email) = here() {
                    desk.mark_seen(email, false);
                }
            }
        />
    }
}

#[component]
fn People(words: &'static Words, view: LetterView, own: String, date: String) -> impl IntoView {
    let shown = RwSignal::new(false);
    let toggle_word = move || if shown.get() { words.letter.hide_details } else { words.letter.details };
    let me = |person: &Person| person.address.eq_ignore_ascii_case(&own);
    let short = |people: &[Person]| {
        people
            .iter()
            .map(|person| if me(person) { words.letter.me.to_owned() } else { name(person) })
            .collect::<Vec<_>>()
    };
    let names = [short(&view.to), short(&view.cc), short(&view.bcc)].concat().join(", ");
    let sender = sender_name(&view);
    let lines = [
        (words.letter.from, view.from),
        (words.letter.to, view.to),
        (words.letter.cc, view.cc),
        (words.letter.bcc, view.bcc),
    ];
    view! {
        <div class="people">
            <p class="from-line">
                <strong>{sender}</strong>
                <time class="small">{date}</time>
            </p>
            <p class="to-line">
                <span>{words.letter.to}" "{names}</span>
                " "
                <button
                    type="button"
                    class="link small"
                    aria-expanded=move || shown.get().to_string()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {toggle_word}
                </button>
            </p>
            <Show when=move || shown.get()>
                <dl class="addresses">
                    {lines.iter().filter(|(_, people)| !people.is_empty()).map(|(label, people)| view! {
                        <div>
                            <dt>{*label}</dt>
                            <dd>{people.iter().map(|person| view! { <span>{full(person)}</span> }).collect_view()}</dd>
                        </div>
                    }).collect_view()}
                </dl>
            </Show>
        </div>
    }
}

fn name(person: &Person) -> String {
    if person.name.is_empty() { person.address.clone() } else { person.name.clone() }
}

#[component]
fn Deliveries(words: &'static Words, deliveries: Vec<Delivery>) -> impl IntoView {
    (!deliveries.is_empty()).then(|| {
        view! {
            <section class="deliveries" aria-label=words.delivery.title>
                <h2>{words.delivery.title}</h2>
                <ul>
                    {deliveries.into_iter().map(|delivery| view! {
                        <li data-state=format!("{:?}", delivery.state)>
                            <span>{delivery.address}</span>
                            <span class="delivery-state">{words.delivery(delivery.state)}</span>
                        </li>
                    }).collect_view()}
                </ul>
            </section>
        }
    })
}
