//! The icons: one family, drawn by us on a 24-pixel grid with a stroke of 1.75. Always beside a word or with a name.

use leptos::prelude::*;

/// What an icon means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Archive,
    Back,
    Bold,
    Bullets,
    Clip,
    Close,
    Down,
    Draft,
    File,
    Folder,
    Format,
    Forward,
    Help,
    Inbox,
    Italic,
    Key,
    Link,
    Lock,
    Menu,
    Narrow,
    Numbers,
    Pen,
    Person,
    PlainWords,
    Print,
    Quote,
    Reply,
    ReplyAll,
    Save,
    Search,
    Send,
    Trash,
    Underline,
    Unread,
    Up,
    Warning,
    Wide,
}

impl Sign {
    fn path(self) -> &'static str {
        match self {
            Self::Archive => "M3 5h18v4H3z M5 9v10h14V9 M10 13h4",
            Self::Bold => "M7 5h6a3.5 3.5 0 0 1 0 7H7z M7 12h7a3.5 3.5 0 0 1 0 7H7z",
            Self::Bullets => "M9 6h11 M9 12h11 M9 18h11 M4.5 6v.1 M4.5 12v.1 M4.5 18v.1",
            Self::Back => "M19 12H5 M11 6l-6 6 6 6",
            Self::Clip => {
                "M19.5 11.5l-7.8 7.8a4.9 4.9 0 0 1-7-7l8.3-8.2a3.3 3.3 0 0 1 4.7 4.6l-8.3 8.3a1.6 1.6 0 0 1-2.3-2.3l7.6-7.7"
            }
            Self::Close => "M6 6l12 12 M18 6L6 18",
            Self::Down => "M6 9.5l6 6 6-6",
            Self::Draft => "M6 3h8l4 4v14H6z M14 3v4h4 M9 13h6 M9 17h4",
            Self::File => "M6 3h8l4 4v14H6z M14 3v4h4",
            Self::Folder => "M3 6h6l2 2.5h10V19H3z",
            Self::Format => "M4 19L9 6l5 13 M6 14.5h6 M14.5 12.5h6 M17.5 12.5V19",
            Self::Forward => "M15 7l5 5-5 5 M20 12h-9a7 7 0 0 0-7 7",
            Self::Help => {
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M9.4 9.6a2.6 2.6 0 1 1 3.6 2.4c-.7.3-1 .8-1 1.6 M12 16.8v.1"
            }
            Self::Inbox => "M4 13l3-8h10l3 8v6H4z M4 13h5l1.5 3h3l1.5-3h5",
            Self::Italic => "M10 5h8 M6 19h8 M14 5l-4 14",
            Self::Key => "M8 11.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M11 12.5L19.5 4 M15.5 8l3 3",
            Self::Link => {
                "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1 M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"
            }
            Self::Lock => "M6 11h12v9H6z M8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
            Self::Menu => "M4 7h16 M4 12h16 M4 17h16",
            Self::Narrow => "M4 10h6V4 M20 14h-6v6 M10 10L4 4 M14 14l6 6",
            Self::Numbers => "M10 6h10 M10 12h10 M10 18h10 M4 5l1.5-1v5 M4 15.5c2.5-2 3 .5 1.5 2L4 19.5h3",
            Self::Pen => "M4 20l1-4.5L15.5 5l3.5 3.5L8.5 19z M13 7.5l3.5 3.5",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M4.5 20a7.5 7.5 0 0 1 15 0",
            Self::PlainWords => "M5 5h13 M11.5 5L9 15 M6 19h6 M15 15l5 5 M20 15l-5 5",
            Self::Print => "M7 9V4h10v5 M5 17H3.5V9h17v8H19 M7 14h10v6H7z",
            Self::Quote => "M5 5v14 M9.5 8H20 M9.5 12H20 M9.5 16h7",
            Self::Reply => "M9 7l-5 5 5 5 M4 12h9a7 7 0 0 1 7 7",
            Self::ReplyAll => "M7 7l-5 5 5 5 M12 7l-5 5 5 5 M7 12h8a6.5 6.5 0 0 1 6.5 6.5",
            Self::Save => "M12 4v11 M7 10.5l5 5 5-5 M5 20h14",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z M15.2 15.2L20 20",
            Self::Send => "M21 3L3.5 10l7 3.5 3.5 7z M21 3L10.5 13.5",
            Self::Trash => "M4 7h16 M9 7V4h6v3 M6.5 7l1 13h9l1-13 M10.3 11v5 M13.7 11v5",
            Self::Underline => "M7 4v7a5 5 0 0 0 10 0V4 M6 20h12",
            Self::Unread => {
                "M13 5H3v14h18v-8 M3 6.5l9 6.5 3.5-2.5 M19 3a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8z"
            }
            Self::Up => "M6 14.5l6-6 6 6",
            Self::Warning => "M12 4l9 16H3z M12 10v4.5 M12 17.2v.1",
            Self::Wide => "M9 4H4v5 M15 20h5v-5 M4 4l6 6 M20 20l-6-6",
        }
    }
}

/// An icon; it says nothing by itself.
#[component]
pub fn Icon(sign: Sign) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=sign.path()></path>
        </svg>
    }
}

/// A button that shows an icon and has its word as name and tooltip.
#[component]
pub fn IconButton(
    sign: Sign,
    #[prop(into)] name: Signal<String>,
    #[prop(optional)] key: Option<&'static str>,
    press: impl Fn() + 'static,
) -> impl IntoView {
    let title = move || name.with(|name| key.map_or_else(|| name.clone(), |key| format!("{name} ({key})")));
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=move || name.get()
            aria-keyshortcuts=key
            title=title
            on:click=move |_| press()
        >
            <Icon sign/>
        </button>
    }
}
