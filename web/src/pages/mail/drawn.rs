//! A PDF or an image, drawn by a frame of opaque origin (docs/design/preview.md).

use js_sys::ArrayBuffer;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::SubmitEvent;

use crate::browser::frames::{PATIENCE_MS, address};
use crate::browser::preview::{Opening, PreviewPort, PreviewWord, library_file};
use crate::browser::{clock, dom, page};
use crate::components::{Busy, Dialog, SecretField};
use crate::desk::{Desk, use_desk};
use crate::state::drawn::{Drawn, Stage, link_target};
use crate::text::{Words, fill};

type Port = StoredValue<Option<PreviewPort>, LocalStorage>;

/// The frame with what stands around it.
#[component]
pub fn DrawnFile(words: &'static Words, bytes: ArrayBuffer) -> impl IntoView {
    let desk = use_desk();
    let port: Port = StoredValue::new_local(None);
    let frame = NodeRef::<html::Iframe>::new();
    let drawn = RwSignal::new(Drawn::default());
    let bytes = StoredValue::new_local(bytes);
    let hear = move |word| match word {
        PreviewWord::Ready => {
            drawn.update(Drawn::heard);
            bytes.with_value(|bytes| hand_over(desk, words, port, bytes));
        }
        PreviewWord::Need { id, file } => fetch(port, id, file),
        PreviewWord::Escape => desk.look_away(),
        word => drawn.update(|drawn| take(drawn, word)),
    };
    spawn_local(async move {
        clock::sleep(PATIENCE_MS).await;
        // Nobody may look any longer.
        drawn.try_update(Drawn::give_up);
    });
    let open = move |_| {
        if let Some(frame) = frame.get_untracked() {
            port.set_value(PreviewPort::open(&frame, hear));
        }
    };
    Effect::new(move |_| {
        let theme = desk.settings.with(|settings| settings.theme.code());
        say(port, |port| port.dress(theme));
    });
    let stage = Memo::new(move |_| drawn.with(|drawn| drawn.stage));
    let is_undrawn = move || matches!(stage.get(), Stage::Undrawn(_));
    view! {
        <div class="drawn">
            <Bar words drawn port/>
            <Locked words drawn port/>
            <Notes words drawn/>
            <iframe
                class="preview-frame"
                node_ref=frame
                src=address("preview")
                sandbox="allow-scripts"
                referrerpolicy="no-referrer"
                title=words.preview.frame
                hidden=is_undrawn
                on:load=open
            ></iframe>
            <ChosenLink words drawn/>
        </div>
    }
}

/// What the frame says of the file.
fn take(drawn: &mut Drawn, word: PreviewWord) {
    match word {
        PreviewWord::Password { id, again } => drawn.lock = Some(crate::state::drawn::Lock { id, again }),
        PreviewWord::Opened { is_pdf, pages, shown } => drawn.opened(is_pdf, pages, shown),
        PreviewWord::At(page) => drawn.at(page),
        PreviewWord::Link(target) => drawn.link = link_target(&target),
        PreviewWord::PageDamaged => drawn.has_damage = true,
        PreviewWord::Failed(code) => drawn.failed(&code),
        PreviewWord::Ready | PreviewWord::Need { .. } | PreviewWord::Escape => {}
    }
}

fn say(port: Port, word: impl FnOnce(&PreviewPort)) {
    // Whatever was asked may come when nobody looks any longer.
    port.try_with_value(|port| port.as_ref().map(word));
}

/// A copy goes: the page may have to draw the file again.
fn hand_over(desk: Desk, words: &Words, port: Port, bytes: &ArrayBuffer) {
    let settings = desk.settings.get_untracked();
    let copy = bytes.slice(0);
    say(port, |port| {
        port.show(&Opening {
            bytes: &copy,
            lang: settings.lang.code(),
            theme: settings.theme.code(),
            page: words.preview.page_of,
            image: words.preview.image_of,
            link: words.preview.link_within,
        });
    });
}

fn fetch(port: Port, id: u32, file: String) {
    spawn_local(async move {
        let found = library_file(&file).await;
        say(port, |port| port.answer_file(id, found.as_ref()));
    });
}

/// Which page, and how near.
#[component]
fn Bar(words: &'static Words, drawn: RwSignal<Drawn>, port: Port) -> impl IntoView {
    let is_shown = Memo::new(move |_| drawn.with(|drawn| drawn.stage == Stage::Shown));
    let place = move || {
        drawn.with(|drawn| {
            let (pages, _) = drawn.pages?;
            let (page, pages) = (words.number(drawn.page.into()), words.number(pages.into()));
            Some(fill(words.preview.page_of, &[("page", &page), ("pages", &pages)]))
        })
    };
    let zoom = move |name: &'static str, by: &'static str| {
        view! { <button type="button" on:click=move |_| say(port, |port| port.zoom(by))>{name}</button> }
    };
    move || {
        is_shown.get().then(|| {
            view! {
                <div class="drawn-bar">
                    <span class="small">{place}</span>
                    {zoom(words.preview.zoom_out, "out")}
                    {zoom(words.preview.zoom_in, "in")}
                    {zoom(words.preview.zoom_width, "width")}
                </div>
            }
        })
    }
}

/// Asks for the pass phrase of a document.
#[component]
fn Locked(words: &'static Words, drawn: RwSignal<Drawn>, port: Port) -> impl IntoView {
    let lock = Memo::new(move |_| drawn.with(|drawn| drawn.lock));
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if lock.get().is_some() {
            dom::focus_later("#document-phrase");
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(lock) = lock.get_untracked() else { return };
        let word = dom::take(field.get_untracked());
        drawn.update(|drawn| drawn.lock = None);
        say(port, |port| port.answer_word(lock.id, Some(&word)));
    };
    move || {
        lock.get().map(|lock| {
            view! {
                <form class="stack drawn-lock" on:submit=submit>
                    <p role="status">
                        {if lock.again { words.preview.locked_again } else { words.preview.locked_text }}
                    </p>
                    <SecretField id="document-phrase" label=words.preview.password field/>
                    <button type="submit" class="primary">{words.preview.open}</button>
                </form>
            }
        })
    }
}

/// That it is being opened, that it cannot be, or that not all of it is there.
#[component]
fn Notes(words: &'static Words, drawn: RwSignal<Drawn>) -> impl IntoView {
    let stage = Memo::new(move |_| drawn.with(|drawn| (drawn.stage, drawn.lock.is_some())));
    let rest = move || {
        drawn.with(|drawn| {
            let (_, shown) = drawn.pages.filter(|(pages, shown)| shown < pages)?;
            Some(fill(words.preview.first_pages, &[("shown", &words.number(shown.into()))]))
        })
    };
    let damage = move || drawn.with(|drawn| drawn.has_damage.then_some(words.preview.page_damaged));
    let line = |text: String| view! { <p class="hint" role="status">{text}</p> };
    view! {
        {move || match stage.get() {
            (Stage::Waiting, false) => {
                Some(view! { <Busy words waiting=words.preview.waiting progress=Signal::stored(None)/> }.into_any())
            }
            (Stage::Undrawn(why), _) => Some(line(words.undrawn(why).to_owned()).into_any()),
            _ => None,
        }}
        {move || rest().map(line)}
        {move || damage().map(|text| line(text.to_owned()))}
    }
}

/// A link of the document: its author chose it, and the frame told it, so that the person decides.
#[component]
fn ChosenLink(words: &'static Words, drawn: RwSignal<Drawn>) -> impl IntoView {
    let desk = use_desk();
    let link = Memo::new(move |_| drawn.with(|drawn| drawn.link.clone()));
    let stay = move || drawn.update(|drawn| drawn.link = None);
    move || {
        link.get().map(|target| {
            let (shown, copied, is_mail) = (target.clone(), target.clone(), target.starts_with("mailto:"));
            let go = move |_| {
                page::open_elsewhere(&target);
                stay();
            };
            view! {
                <Dialog title=words.preview.link_title close_name=words.account.close close=Callback::new(move |()| stay())>
                    <div class="stack">
                        <p>{words.preview.link_text}</p>
                        <p class="mono link-whole">{shown}</p>
                        <div class="dialog-foot">
                            <button type="button" class="primary" on:click=move |_| stay()>{words.formatted.stay}</button>
                            <button type="button" on:click=move |_| desk.copy(copied.clone())>
                                {words.formatted.copy_address}
                            </button>
                            {(!is_mail).then(|| view! { <button type="button" on:click=go>{words.formatted.go}</button> })}
                        </div>
                    </div>
                </Dialog>
            }
        })
    }
}
