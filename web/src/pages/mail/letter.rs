//! An opened letter.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Delivery, DraftKind, LetterSource, LetterView, MailboxRole, PartInfo, Person, Trust};

use super::report::Report;
use super::verdict::Verdict;
use crate::components::{Icon, IconButton, Sign};
use crate::desk::use_desk;
use crate::state::letter::Which;
use crate::state::letter_text::{Block, Piece, blocks};
use crate::text::{Words, fill};

/// The letter: subject, people, verdict, attachments, text.
#[component]
pub fn LetterArticle(words: &'static Words, which: Which, view: LetterView, own: String) -> impl IntoView {
    let desk = use_desk();
    let from_file = matches!(which, Which::File(_));
    let subject = match view.subject.as_str() {
        "" => words.letter.no_subject.to_owned(),
        subject => subject.to_owned(),
    };
    let date = view.date.map_or_else(
        || words.letter.no_date.to_owned(),
        |date| words.exact_date(desk.calendar().civil(date)),
    );
    let reply = reply_to(&view, &own);
    let text = blocks(&view.text, view.may_quote);
    let empty = view.text.trim().is_empty();
    view! {
        <Toolbar words source=view.source.clone() from_file/>
        <article class="letter" aria-labelledby="letter-title">
            {from_file.then(|| view! { <p class="small">{words.letter.file_letter}</p> })}
            <h1 id="letter-title" tabindex="-1">{subject}</h1>
            <People words view=view.clone() own date/>
            <Verdict words view=view.clone()/>
            <Deliveries words deliveries=view.deliveries.clone()/>
            {view.report.clone().map(|report| view! { <Report words report trust=view.trust/> })}
            <Attachments words source=view.source.clone() parts=view.parts.clone()/>
            {view.was_html.then(|| view! { <p class="small aside-line">{words.letter.was_html}</p> })}
            <section class="letter-text" aria-label=words.letter.text_of>
                {empty.then(|| view! { <p class="hint">{words.letter.empty_text}</p> })}
                {text.into_iter().map(text_block).collect_view()}
            </section>
            {reply.map(|(who, kind)| view! {
                <button type="button" class="reply-box" on:click=move |_| desk.write(kind.clone())>
                    <Icon sign=Sign::Reply/>
                    {fill(words.letter.reply_to, &[("who", &who)])}
                </button>
            })}
        </article>
    }
}

/// The confirmed name where the verdict confirms the sender, else what From says, with its address.
fn sender_name(view: &LetterView) -> String {
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

fn full(person: &Person) -> String {
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
fn Toolbar(words: &'static Words, source: LetterSource, from_file: bool) -> impl IntoView {
    let desk = use_desk();
    let start = move |kind: fn(LetterSource) -> DraftKind| {
        let source = source.clone();
        move || desk.write(kind(source.clone()))
    };
    let back_name = if from_file { words.letter.close_file } else { words.letter.back };
    view! {
        <div class="toolbar" role="toolbar" aria-label=words.letter.actions>
            <IconButton
                sign=if from_file { Sign::Close } else { Sign::Back }
                name=back_name
                key="Esc"
                press=move || desk.back_to_list()
            />
            <span class="gap"></span>
            <IconButton sign=Sign::Reply name=words.letter.reply key="r" press=start(DraftKind::Reply)/>
            <IconButton sign=Sign::ReplyAll name=words.letter.reply_all key="a" press=start(DraftKind::ReplyAll)/>
            <IconButton sign=Sign::Forward name=words.letter.forward key="f" press=start(DraftKind::Forward)/>
            {(!from_file).then(|| view! { <FilingButtons words/> })}
        </div>
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

#[component]
fn Attachments(words: &'static Words, source: LetterSource, parts: Vec<PartInfo>) -> impl IntoView {
    let desk = use_desk();
    let part_source = source.clone();
    let save = move |index: usize, part: PartInfo| {
        let source = part_source.clone();
        move |_| {
            let (source, part) = (source.clone(), part.clone());
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            spawn_local(desk.save_part(source, index, part));
        }
    };
    let (all, all_source) = (parts.clone(), source.clone());
    let save_all = move |_| {
        let (parts, source) = (all.clone(), all_source.clone());
        spawn_local(async move {
            for (index, part) in (0u32..).zip(parts) {
                desk.save_part(source.clone(), index, part).await;
            }
        });
    };
    let several = parts.len() > 1;
    (!parts.is_empty()).then(|| view! {
        <section class="attachments" aria-label=words.letter.attachments>
            {several.then(|| view! {
                <button type="button" class="link small" on:click=save_all>{words.letter.save_all}</button>
            })}
            <ul>
                {parts.into_iter().enumerate().map(|(index, part)| {
                    let label = fill(words.letter.save, &[("name", &part.name)]);
                    let save_word = fill(words.letter.save, &[]);
                    view! {
                        <li>
                            <button
                                type="button"
                                class="attachment"
                                title=label
                                on:click=save(index, part.clone())
                            >
                                <Icon sign=Sign::File/>
                                <span class="attachment-name">
                                    <span class="hidden-words">{save_word.clone()}</span>
                                    {part.name.clone()}
                                </span>
                                <span class="small">{format!("{} · {}", kind(&part), words.size(part.size))}</span>
                                <Icon sign=Sign::Save/>
                            </button>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </section>
    })
}

/// A file's kind in a word: its ending, else its media type.
fn kind(part: &PartInfo) -> String {
    let ending =
        part.name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| (1..=5).contains(&ending.len()));
    ending.map_or_else(|| part.content_type.clone(), str::to_uppercase)
}
