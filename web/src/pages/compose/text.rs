//! The letter's words: plain in a field of text, or formatted in one of their own.

use leptos::html;
use leptos::prelude::*;
use sceau_protocol::{AttachmentId, Block, BlockKind, RichText, Run};
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, File};

use super::tools::{Toolbar, press_key};
use super::with;
use crate::browser::{editor, files};
use crate::desk::{Desk, use_desk};
use crate::state::compose::FileNumber;
use crate::state::markup::Understood;
use crate::text::Words;

/// The field the letter is written in.
#[component]
pub fn LetterText(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let formatted = Memo::new(move |_| with(desk, |compose| compose.rich().is_some()));
    view! {
        <Show when=move || formatted.get() fallback=move || view! { <PlainField words/> }>
            <RichField words/>
        </Show>
    }
}

#[component]
fn PlainField(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    view! {
        <textarea
            id="compose-text"
            class="compose-text"
            autocomplete="off"
            spellcheck="false"
            aria-label=words.compose.text
            prop:value=move || with(desk, |compose| compose.text().to_owned())
            on:input=move |event| desk.change(|compose| compose.set_text(event_target_value(&event)))
        ></textarea>
    }
}

#[component]
fn RichField(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let field = NodeRef::<html::Div>::new();
    // Moved by everything that may move the caret, so that the tools show what is on there.
    let moved = RwSignal::new(0_u32);
    let shown = Memo::new(move |_| with(desk, |compose| compose.shown));
    Effect::new(move |_| {
        shown.track();
        if let Some(field) = field.get() {
            let rich = desk.compose.with_untracked(|c| c.as_ref().and_then(|c| c.rich().cloned()));
            editor::show(&field, &rich.unwrap_or_default(), &|number| address(desk, number));
        }
    });
    let written = move || {
        if let Some(field) = field.get_untracked() {
            let rich = editor::read(&field);
            desk.change(|compose| compose.set_rich(rich));
        }
        moved.update(|moved| *moved = moved.wrapping_add(1));
    };
    let step = move || moved.update(|moved| *moved = moved.wrapping_add(1));
    view! {
        <Toolbar words field moved/>
        <div
            id="compose-text"
            class="compose-text formatted"
            contenteditable="true"
            role="textbox"
            aria-multiline="true"
            aria-label=words.compose.text
            spellcheck="false"
            node_ref=field
            on:input=move |_| written()
            on:keydown=move |event| press_key(&event)
            on:keyup=move |_| step()
            on:mouseup=move |_| step()
            on:focus=move |_| step()
            on:paste=move |event: ClipboardEvent| {
                if event.clipboard_data().is_some_and(|data| take(desk, &data)) {
                    event.prevent_default();
                }
            }
            on:drop=move |event: DragEvent| dropped(desk, &event)
        ></div>
    }
}

/// Where the page shows an image of the letter.
fn address(desk: Desk, number: u32) -> Option<String> {
    desk.compose.with_untracked(|compose| compose.as_ref()?.file(FileNumber(number))?.picture.clone())
}

/// What is dropped goes in as if it were pasted. Files that are no images are left to the page, which attaches them.
fn dropped(desk: Desk, event: &DragEvent) {
    let Some(data) = event.data_transfer() else { return };
    if files::carries_files(event) && !files::brought(&data).iter().all(files::is_picture) {
        return;
    }
    if take(desk, &data) {
        event.prevent_default();
    }
}

/// Takes a paste over; says whether it did.
fn take(desk: Desk, data: &DataTransfer) -> bool {
    let brought = files::brought(data);
    if !brought.is_empty() {
        let pictures = brought.iter().all(files::is_picture);
        if pictures {
            brought.into_iter().for_each(|picture| insert_picture(desk, picture));
        }
        return pictures;
    }
    let html = data.get_data("text/html").unwrap_or_default();
    let text = data.get_data("text/plain").unwrap_or_default();
    match Some(html).filter(|html| !html.trim().is_empty()).and_then(|html| editor::understand(&html)) {
        Some(understood) => insert(desk, understood),
        None => editor::command("insertText", &text.replace("\r\n", "\n")),
    }
    true
}

fn insert_picture(desk: Desk, picture: File) {
    if let Some((number, name)) = desk.attach_picture(picture) {
        let image = Run { image: Some(AttachmentId(number.0)), ..Run::plain(name) };
        let kind = BlockKind::Paragraph(vec![image]);
        insert_rich(desk, &RichText { blocks: vec![Block { quote: 0, kind }] });
    }
}

/// Puts what was understood into the text; images that came along become files of the letter first.
fn insert(desk: Desk, understood: Understood) {
    let attach = |source: &String| {
        let picture = files::from_data_address(source).filter(files::is_picture)?;
        desk.attach_picture(picture).map(|(number, _)| AttachmentId(number.0))
    };
    let numbers: Vec<Option<AttachmentId>> = understood.pictures.iter().map(attach).collect();
    let number = |place: AttachmentId| {
        let place = usize::try_from(place.0).ok()?;
        numbers.get(place).copied().flatten()
    };
    insert_rich(desk, &understood.rich.with_images(number));
}

fn insert_rich(desk: Desk, rich: &RichText) {
    editor::insert(rich, &|number| address(desk, number));
}
