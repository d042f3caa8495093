//! The seal: whole, half, in outline, broken. Its shape says the verdict; words always stand beside it.

use leptos::prelude::*;
use sceau_protocol::Trust;

/// A round seal with twelve scallops.
const WAX: &str = "M12 2.2A2.9 2.9 0 0 1 16.9 3.5A2.9 2.9 0 0 1 20.5 7.1A2.9 2.9 0 0 1 21.8 12A2.9 2.9 0 0 1 20.5 16.9A2.9 2.9 0 0 1 16.9 20.5A2.9 2.9 0 0 1 12 21.8A2.9 2.9 0 0 1 7.1 20.5A2.9 2.9 0 0 1 3.5 16.9A2.9 2.9 0 0 1 2.2 12A2.9 2.9 0 0 1 3.5 7.1A2.9 2.9 0 0 1 7.1 3.5A2.9 2.9 0 0 1 12 2.2z";
/// Its left half.
const HALF: &str = "M12 21.8A2.9 2.9 0 0 1 7.1 20.5A2.9 2.9 0 0 1 3.5 16.9A2.9 2.9 0 0 1 2.2 12A2.9 2.9 0 0 1 3.5 7.1A2.9 2.9 0 0 1 7.1 3.5A2.9 2.9 0 0 1 12 2.2z";

/// The mark of a verdict. With a name it speaks for itself (in lists); without one the words beside it do.
#[component]
pub fn SealMark(trust: Trust, #[prop(optional, into)] name: Option<String>) -> impl IntoView {
    let hidden = name.is_none().then_some("true");
    let role = name.is_some().then_some("img");
    view! {
        <svg class="seal-mark" viewBox="0 0 24 24" aria-hidden=hidden role=role aria-label=name focusable="false">
            {drawing(trust)}
        </svg>
    }
}

fn drawing(trust: Trust) -> AnyView {
    match trust {
        Trust::SealedSigned => view! {
            <path class="wax" d=WAX></path>
            <path class="cut" d="M8 12.3l2.8 2.8L16.2 9"></path>
        }
        .into_any(),
        Trust::Signed => view! {
            <path class="rim" d=WAX></path>
            <path class="stroke" d="M8 12.3l2.8 2.8L16.2 9"></path>
        }
        .into_any(),
        Trust::Gateway => view! {
            <path class="wax" d=HALF></path>
            <path class="rim" d=WAX></path>
        }
        .into_any(),
        Trust::SealedUnverified => view! {
            <path class="rim" d=WAX></path>
        }
        .into_any(),
        Trust::Clear => view! {
            <path class="rim open" d=WAX></path>
            <path class="stroke" d="M5 19L19 5"></path>
        }
        .into_any(),
        Trust::Broken => view! {
            <path class="wax" d=WAX></path>
            <path class="crack" d="M13.5 0l-3.5 7.5 4.5 3.5-5 4.5 2 8.5"></path>
        }
        .into_any(),
    }
}
