//! Fields. None lets the browser keep what is typed: Chromium writes the text of plain fields into its session files,
//! `autocomplete="off"` keeps it from doing so.

use leptos::html::Input;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::{Icon, Sign};
use crate::browser::files;

/// A line of text.
#[component]
pub fn Field(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    let hint_id = hint.map(|_| format!("{id}-hint"));
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                type=kind
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required
                aria-describedby=hint_id.clone()
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
}

/// A secret: it stays in the field until it is taken, and in no signal ever. For a browser it is a code for one time: `off` does not
/// keep Chromium from offering to save it, from writing down whose it was, or from asking its maker's servers whether it has leaked.
#[component]
pub fn SecretField(
    id: &'static str,
    label: &'static str,
    field: NodeRef<Input>,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let hint_id = hint.map(|_| format!("{id}-hint"));
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                type="password"
                autocomplete="one-time-code"
                spellcheck="false"
                required=required
                aria-describedby=hint_id.clone()
                node_ref=field
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
}

/// A button that lets the person choose files.
#[component]
pub fn FileField(
    id: &'static str,
    label: &'static str,
    #[prop(optional)] accept: Option<&'static str>,
    #[prop(optional)] several: bool,
    #[prop(default = Sign::File)] sign: Sign,
    choose: impl Fn(Vec<web_sys::File>) + 'static,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let changed = move |_| {
        if let Some(input) = input.get_untracked() {
            let element: &HtmlInputElement = &input;
            choose(files::chosen(element));
        }
    };
    view! {
        <span class="file-field">
            <input id=id type="file" accept=accept multiple=several node_ref=input on:change=changed/>
            <label for=id class="button">
                <Icon sign/>
                {label}
            </label>
        </span>
    }
}
