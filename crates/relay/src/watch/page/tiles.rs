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
    let waiting = figures.waiting.max(0).unsigned_abs();
    let word = language.counted(
        waiting,
        ["lettre en attente", "lettres en attente"],
        ["letter waiting", "letters waiting"],
    );
    tile(word, &language.number(waiting), false);
    let word = language.of("de retard pour la plus ancienne lettre", "delay of the oldest letter");
    tile(word, &language.span(overdue), overdue >= LONG_WAIT);
    let queued = figures.queued.max(0).unsigned_abs();
    let word = language.counted(
        queued,
        ["destinataire en attente d’un autre relais", "destinataires en attente d’un autre relais"],
        ["recipient waiting for another relay", "recipients waiting for another relay"],
    );
    tile(word, &language.number(queued), figures.queued_for(view.now) >= limits::DELAY_ROUTINE);
    let word = language.counted(
        failures,
        ["échec en un jour", "échecs en un jour"],
        ["failure within a day", "failures within a day"],
    );
    tile(word, &language.number(failures), failures > 0);
    if let Some(free) = figures.free {
        let word = language.of("libres sur le disque", "free on the disk");
        tile(word, &language.octets(free), free < LITTLE_ROOM);
    }
    let word = language.counted(
        soon,
        ["certificat qui expire sous 7 jours", "certificats qui expirent sous 7 jours"],
        ["certificate expiring within 7 days", "certificates expiring within 7 days"],
    );
    tile(word, &language.number(soon), soon > 0);
    let emails = figures.stock.emails.max(0).unsigned_abs();
    let word =
        language.counted(emails, ["lettre gardée", "lettres gardées"], ["letter kept", "letters kept"]);
    tile(word, &language.number(emails), false);
    let accounts = figures.stock.accounts.max(0).unsigned_abs();
    let word = language.counted(accounts, ["compte", "comptes"], ["account", "accounts"]);
    tile(word, &language.number(accounts), false);
    tiles + "</ul>\n"
}

/// Certificates that expire within a week; lists of revocations live a day and are told in the table.
fn soon(view: &View<'_>) -> u64 {
    let expiring = &view.figures.stock.expiring;
    let week = |(state, number): (&str, i64)| if state == "week" { number } else { 0 };
    let all = [&expiring.published, &expiring.authorities];
    all.into_iter().flat_map(|kind| kind.states(view.now)).map(week).sum::<i64>().max(0).unsigned_abs()
}
