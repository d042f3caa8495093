//! The numbers at the top, those that need a look marked by shape and by word.

use std::fmt::Write as _;

use super::{View, day::Hour};
use crate::limits;

/// Letters that wait this long need a look, in seconds.
const LONG_WAIT: i64 = 600;
/// Less room than this needs a look: a day of large letters.
const LITTLE_ROOM: u64 = 2_000_000_000;

/// All tiles.
pub(super) fn html(view: &View<'_>, hours: &[Hour]) -> String {
    let (language, figures) = (view.language, &view.figures);
    let overdue = figures.overdue(view.now);
    let failures: u64 = hours.iter().map(|hour| hour.failures + hour.undelivered).sum();
    let soon = soon(view);
    let mut tiles = String::from("<ul class=\"tiles\">");
    let mut tile = |name: &str, value: &str, look: bool| {
        let (class, word) = match look {
            true => ("tile look", language.of(" — à voir", " — needs a look")),
            false => ("tile", ""),
        };
        // Writing into a string cannot fail.
        let _ = write!(tiles, "<li class=\"{class}\"><b>{value}</b>{name}{word}</li>");
    };
    let waiting = language.number(figures.waiting.max(0).unsigned_abs());
    tile(language.of("lettres en attente", "letters waiting"), &waiting, false);
    let word = language.of("de retard pour la plus ancienne lettre", "the oldest letter is late by");
    tile(word, &language.span(overdue), overdue >= LONG_WAIT);
    let queued = language.number(figures.queued.max(0).unsigned_abs());
    let word =
        language.of("destinataires en attente d’un autre relais", "recipients waiting for another relay");
    tile(word, &queued, figures.queued_for(view.now) >= limits::DELAY_ROUTINE);
    tile(language.of("échecs en un jour", "failures within a day"), &language.number(failures), failures > 0);
    if let Some(free) = figures.free {
        let word = language.of("libres sur le disque", "free on the disk");
        tile(word, &language.octets(free), free < LITTLE_ROOM);
    }
    let word = language.of("certificats qui expirent sous 7 jours", "certificates expiring within 7 days");
    tile(word, &language.number(soon), soon > 0);
    let emails = language.number(figures.stock.emails.max(0).unsigned_abs());
    let accounts = language.number(figures.stock.accounts.max(0).unsigned_abs());
    tile(language.of("lettres gardées", "letters kept"), &emails, false);
    tile(language.of("comptes", "accounts"), &accounts, false);
    tiles + "</ul>\n"
}

/// Certificates that expire within a week; lists of revocations live a day and are told in the table.
fn soon(view: &View<'_>) -> u64 {
    let expiring = &view.figures.stock.expiring;
    let week = |(state, number): (&str, i64)| if state == "week" { number } else { 0 };
    let all = [&expiring.published, &expiring.authorities];
    all.into_iter().flat_map(|kind| kind.states(view.now)).map(week).sum::<i64>().max(0).unsigned_abs()
}
