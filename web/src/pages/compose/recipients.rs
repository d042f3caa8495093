//! A line of recipients: chips, and a field that proposes correspondents.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Completion, Person, RecipientClass};
use web_sys::KeyboardEvent;

use super::suggestions::Suggestions;
use super::with;
use crate::browser::clock;
use crate::components::{Icon, Sign};
use crate::desk::{Desk, use_desk};
use crate::state::compose::{Check, Chip, Compose, Line};
use crate::text::{Words, fill};

/// Correspondents are proposed when typing pauses this long.
const SUGGEST_MILLISECONDS: i32 = 120;

/// What is typed into a line, and what is proposed for it.
#[derive(Clone, Copy)]
pub struct Typing {
    /// Which line.
    pub line: Line,
    /// What is proposed.
    pub proposed: RwSignal<Vec<Completion>>,
    /// The proposal the arrows have reached.
    pub at: RwSignal<Option<usize>>,
}

impl Typing {
    fn changed(self, desk: Desk, typed: String) {
        desk.change(|compose| compose.set_typed(self.line, typed.clone()));
        self.at.set(None);
        if typed.trim().is_empty() {
            self.proposed.set(Vec::new());
            return;
        }
        if typed.ends_with([',', ';', '\n']) {
            self.take_typed(desk);
            return;
        }
        spawn_local(async move {
            clock::sleep(SUGGEST_MILLISECONDS).await;
            if self.typed(desk) != typed {
                return;
            }
            let mut proposed = desk.complete(typed.clone()).await;
            // Whoever is named already is not proposed once more.
            proposed.retain(|one| {
                let named = |compose: &Compose| compose.names(&one.person.address);
                !desk.compose.with_untracked(|compose| compose.as_ref().is_some_and(named))
            });
            if self.typed(desk) == typed {
                self.proposed.try_set(proposed);
            }
        });
    }

    fn typed(self, desk: Desk) -> String {
        desk.compose.with_untracked(|c| c.as_ref().map(|c| c.typed(self.line).to_owned()).unwrap_or_default())
    }

    /// Names the person proposed.
    pub fn take(self, desk: Desk, person: Person) {
        desk.change(|compose| compose.set_typed(self.line, String::new()));
        self.clear();
        desk.add_recipients(self.line, vec![person]);
    }

    /// Has what is typed read. The field also loses the focus when the panel closes, and this with it.
    fn take_typed(self, desk: Desk) {
        self.clear();
        spawn_local(desk.read_typed(self.line));
    }

    fn clear(self) {
        self.proposed.try_set(Vec::new());
        self.at.try_set(None);
    }

    /// Enter and Tab take the proposal reached, else the only sensible one, else what is typed.
    fn accept(self, desk: Desk) -> bool {
        let typed = self.typed(desk);
        if typed.trim().is_empty() {
            return false;
        }
        let index = self.at.get_untracked();
        let typed_address = typed.contains('@');
        let proposal = self.proposed.with_untracked(|proposed| match index {
            Some(index) => proposed.get(index).cloned(),
            None if typed_address => None,
            None => proposed.first().cloned(),
        });
        match proposal {
            Some(proposal) => self.take(desk, proposal.person),
            None => self.take_typed(desk),
        }
        true
    }

    fn step(self, step: isize) {
        let count = self.proposed.with_untracked(Vec::len);
        self.at.update(|at| {
            let next = match *at {
                Some(index) => index.checked_add_signed(step),
                None if step > 0 => Some(0),
                None => count.checked_sub(1),
            };
            *at = next.filter(|index| *index < count);
        });
    }

    fn pressed(self, desk: Desk, event: &KeyboardEvent) {
        let taken = match event.key().as_str() {
            "Enter" if !event.ctrl_key() && !event.meta_key() => {
                self.accept(desk);
                true
            }
            // On its way to be sent, which reads what is typed.
            "Enter" => false,
            "Tab" if !event.shift_key() => {
                self.accept(desk);
                false
            }
            "ArrowDown" => {
                self.step(1);
                true
            }
            "ArrowUp" => {
                self.step(-1);
                true
            }
            "Escape" if self.proposed.with_untracked(|proposed| !proposed.is_empty()) => {
                self.proposed.set(Vec::new());
                event.stop_propagation();
                true
            }
            "Backspace" if self.typed(desk).is_empty() => {
                self.remove_last(desk);
                false
            }
            _ => false,
        };
        if taken {
            event.prevent_default();
        }
    }

    fn remove_last(self, desk: Desk) {
        let last = desk.compose.with_untracked(|compose| {
            let chips = compose.as_ref().map(|compose| compose.chips(self.line).last().cloned());
            chips.flatten().map(|chip| chip.person.address)
        });
        if let Some(address) = last {
            desk.change(|compose| compose.remove(self.line, &address));
        }
    }
}

/// A line of recipients.
#[component]
pub fn RecipientLine(
    words: &'static Words,
    line: Line,
    id: &'static str,
    label: &'static str,
) -> impl IntoView {
    let desk = use_desk();
    let typing = Typing { line, proposed: RwSignal::new(Vec::new()), at: RwSignal::new(None) };
    let list_id = format!("{id}-proposed");
    let chips = Memo::new(move |_| with(desk, |compose| compose.chips(line).to_vec()));
    let wrong = move || with(desk, |compose| compose.leftovers.iter().any(|left| left.line == line));
    let expanded = move || (!typing.proposed.with(Vec::is_empty)).to_string();
    let active = {
        let list_id = list_id.clone();
        move || typing.at.get().map(|index| format!("{list_id}-{index}"))
    };
    view! {
        <div class="line recipients">
            <label for=id>{label}</label>
            <div class="chips">
                {move || chips.get().into_iter().map(|chip| view! { <ChipView words line chip/> }).collect_view()}
                <input
                    id=id
                    type="text"
                    inputmode="email"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-expanded=expanded
                    aria-controls=list_id.clone()
                    aria-activedescendant=active
                    aria-invalid=move || wrong().to_string()
                    aria-describedby="obstacles"
                    prop:value=move || with(desk, |compose| compose.typed(line).to_owned())
                    on:input=move |event| typing.changed(desk, event_target_value(&event))
                    on:keydown=move |event| typing.pressed(desk, &event)
                    on:blur=move |_| typing.take_typed(desk)
                />
                <Suggestions words id=list_id typing/>
            </div>
        </div>
    }
}

#[component]
fn ChipView(words: &'static Words, line: Line, chip: Chip) -> impl IntoView {
    let desk = use_desk();
    let shown = chip.shown().to_owned();
    let address = chip.person.address.clone();
    let (state, mark) = match chip.check {
        Check::Pending => (words.compose.checking.to_owned(), None),
        Check::Sealable(RecipientClass::Compat) => {
            (words.compose.class_compat_hint.to_owned(), Some(Sign::Lock))
        }
        Check::Sealable(class) => (words.class(class).to_owned(), Some(Sign::Lock)),
        Check::Obstacle(code) => {
            (fill(words.failure_code(code), &[("about", &address)]), Some(Sign::Warning))
        }
    };
    let wrong = matches!(chip.check, Check::Obstacle(_));
    let compat = chip.check == Check::Sealable(RecipientClass::Compat);
    let class_word = compat.then_some(words.compose.class_compat);
    let remove = fill(words.compose.remove, &[("who", &shown)]);
    let title = format!("{address} · {state}");
    view! {
        <span class="chip" class:wrong-chip=wrong class:compat=compat title=title>
            {mark.map(|sign| view! { <Icon sign/> })}
            <span>{shown}</span>
            {class_word.map(|word| view! { <span class="chip-class">{word}</span> })}
            <span class="hidden-words">{state}</span>
            <button
                type="button"
                class="chip-remove"
                aria-label=remove
                on:click=move |_| desk.change(|compose| compose.remove(line, &address))
            >
                <Icon sign=Sign::Close/>
            </button>
        </span>
    }
}
