//! The tools above formatted text: one stop of the Tab key, walked with the arrows.

use leptos::html;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, Range};

use super::dialogs::{Ask, AskedField, sheet};
use crate::browser::{dom, editor};
use crate::components::{Icon, Sign};
use crate::state::markup::link_target;
use crate::text::Words;

/// A tool.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    Bold,
    Italic,
    Underline,
    Bullets,
    Numbers,
    Quote,
    Link,
    Plain,
}

const TOOLS: [Tool; 8] = [
    Tool::Bold,
    Tool::Italic,
    Tool::Underline,
    Tool::Bullets,
    Tool::Numbers,
    Tool::Quote,
    Tool::Link,
    Tool::Plain,
];

impl Tool {
    /// The browser's name for it; quote and link have several.
    fn command(self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Bullets => "insertUnorderedList",
            Self::Numbers => "insertOrderedList",
            Self::Quote => "formatBlock",
            Self::Link => "createLink",
            Self::Plain => "removeFormat",
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Bold => Sign::Bold,
            Self::Italic => Sign::Italic,
            Self::Underline => Sign::Underline,
            Self::Bullets => Sign::Bullets,
            Self::Numbers => Sign::Numbers,
            Self::Quote => Sign::Quote,
            Self::Link => Sign::Link,
            Self::Plain => Sign::PlainWords,
        }
    }

    fn name(self, words: &'static Words) -> &'static str {
        let writing = &words.writing;
        match self {
            Self::Bold => writing.bold,
            Self::Italic => writing.italic,
            Self::Underline => writing.underline,
            Self::Bullets => writing.bullets,
            Self::Numbers => writing.numbers,
            Self::Quote => writing.quote,
            Self::Link => writing.link,
            Self::Plain => writing.plain_words,
        }
    }

    fn key(self) -> Option<&'static str> {
        match self {
            Self::Bold => Some("Ctrl+B"),
            Self::Italic => Some("Ctrl+I"),
            Self::Underline => Some("Ctrl+U"),
            _ => None,
        }
    }

    /// Whether it is on where the caret is; what takes formatting away is never on.
    fn is_on(self) -> Option<bool> {
        match self {
            Self::Plain => None,
            Self::Quote => Some(editor::is_within("blockquote")),
            Self::Link => Some(editor::is_within("a")),
            _ => Some(editor::is_on(self.command())),
        }
    }
}

/// Uses the tool whose key was pressed, if there is one. Browsers have such keys of their own, not all of them.
pub fn press_key(event: &KeyboardEvent) {
    let held = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    let pressed = event.key().to_uppercase();
    let is_its_key = |tool: &Tool| tool.key().and_then(|key| key.strip_prefix("Ctrl+")) == Some(&pressed);
    if let Some(tool) = TOOLS.into_iter().find(is_its_key).filter(|_| held) {
        event.prevent_default();
        editor::command(tool.command(), "");
    }
}

/// The tools.
#[component]
pub fn Toolbar(words: &'static Words, field: NodeRef<html::Div>, moved: RwSignal<u32>) -> impl IntoView {
    let at = RwSignal::new(0_usize);
    let linking = RwSignal::new(false);
    let chosen = StoredValue::new_local(None::<Range>);
    let press = move |tool: Tool| {
        let Some(field) = field.get_untracked() else { return };
        field.focus().ok();
        match tool {
            Tool::Link => {
                chosen.set_value(editor::chosen());
                linking.set(true);
            }
            Tool::Quote if editor::is_within("blockquote") => editor::command("outdent", ""),
            Tool::Quote => editor::command(tool.command(), "blockquote"),
            _ => editor::command(tool.command(), ""),
        }
        moved.update(|moved| *moved = moved.wrapping_add(1));
    };
    view! {
        <div
            class="tools"
            role="toolbar"
            aria-label=words.writing.tools
            aria-controls="compose-text"
            on:keydown=move |event| walk(at, &event)
        >
            {TOOLS
                .into_iter()
                .enumerate()
                .map(|(place, tool)| view! { <ToolButton words place tool at moved press/> })
                .collect_view()}
        </div>
        {move || linking.get().then(|| sheet(words, of_link(words, field, chosen, linking)))}
    }
}

/// The arrows move from tool to tool.
fn walk(at: RwSignal<usize>, event: &KeyboardEvent) {
    let last = TOOLS.len().saturating_sub(1);
    let here = at.get_untracked();
    let next = match event.key().as_str() {
        "ArrowRight" if here == last => 0,
        "ArrowRight" => here.saturating_add(1),
        "ArrowLeft" => here.checked_sub(1).unwrap_or(last),
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    at.set(next);
    dom::focus(&format!("[data-tool='{next}']"));
}

#[component]
fn ToolButton(
    words: &'static Words,
    place: usize,
    tool: Tool,
    at: RwSignal<usize>,
    moved: RwSignal<u32>,
    press: impl Fn(Tool) + 'static,
) -> impl IntoView {
    let on = move || {
        moved.track();
        tool.is_on().map(|on| on.to_string())
    };
    let name = tool.name(words);
    let title = tool.key().map_or_else(|| name.to_owned(), |key| format!("{name} ({key})"));
    view! {
        <button
            type="button"
            class="icon-button"
            data-tool=place
            tabindex=move || if at.get() == place { "0" } else { "-1" }
            aria-label=name
            aria-keyshortcuts=tool.key().map(|key| key.replace("Ctrl", "Control"))
            aria-pressed=on
            title=title
            // What is chosen in the text stays chosen.
            on:mousedown=move |event| event.prevent_default()
            on:click=move |_| {
                at.set(place);
                press(tool);
            }
        >
            <Icon sign=tool.sign()/>
        </button>
    }
}

/// Where the chosen words lead.
fn of_link(
    words: &'static Words,
    field: NodeRef<html::Div>,
    chosen: StoredValue<Option<Range>, LocalStorage>,
    open: RwSignal<bool>,
) -> Ask {
    let before = editor::around("a").and_then(|link| link.get_attribute("href"));
    let has_link = before.is_some();
    let (value, wrong) = (RwSignal::new(before.unwrap_or_default()), RwSignal::new(String::new()));
    let answer = Callback::new(move |pressed| {
        let target = link_target(&value.get_untracked());
        if pressed == Some(0) && target.is_none() {
            return wrong.set(words.writing.link_wrong.to_owned());
        }
        open.set(false);
        if let Some(field) = field.get_untracked() {
            editor::choose(&field, chosen.get_value().as_ref());
        }
        let bare = chosen.with_value(|range| range.as_ref().is_none_or(Range::collapsed));
        match (pressed, target) {
            (Some(0), Some(target)) if bare && !has_link => editor::insert_link(&target),
            (Some(0), Some(target)) => editor::command("createLink", &target),
            (Some(_), _) => editor::command("unlink", ""),
            (None, _) => {}
        }
    });
    Ask {
        title: words.writing.link_title,
        text: "",
        field: Some(AskedField { label: words.writing.link_target, rows: 1, value, wrong }),
        buttons: [Some(words.writing.link_set), has_link.then_some(words.writing.link_off)],
        answer,
    }
}
