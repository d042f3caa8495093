//! How far a job has come.

use leptos::prelude::*;
use sceau_protocol::Progress;

use crate::text::Words;

/// Work done in hundredths; none while the whole is unknown.
pub fn percent(progress: &Progress) -> Option<u64> {
    let done = progress.done.min(progress.total);
    let hundredths = (u128::from(done) * 100).checked_div(u128::from(progress.total))?;
    u64::try_from(hundredths).ok()
}

/// A bar with the stage in words and a figure.
#[component]
pub fn Busy(
    words: &'static Words,
    waiting: &'static str,
    #[prop(into)] progress: Signal<Option<Progress>>,
) -> impl IntoView {
    let figure = move || progress.with(|progress| progress.as_ref().and_then(percent));
    let label = move || match progress.get() {
        Some(progress) => match percent(&progress) {
            Some(figure) => format!("{} · {figure}\u{a0}%", words.stage(progress.stage)),
            None => format!("{}…", words.stage(progress.stage)),
        },
        None => waiting.to_owned(),
    };
    view! {
        <div class="busy">
            <span class="busy-word">{label}</span>
            <progress max="100" value=figure aria-label=waiting></progress>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use sceau_protocol::Stage;

    use super::*;

    #[test]
    fn figures_stay_between_nothing_and_all() {
        let at = |done, total| percent(&Progress { stage: Stage::Sealing, done, total });
        assert_eq!(at(5, 10), Some(50));
        assert_eq!(at(20, 10), Some(100));
        assert_eq!(at(5, 0), None);
        assert_eq!(at(u64::MAX, u64::MAX), Some(100));
    }
}
