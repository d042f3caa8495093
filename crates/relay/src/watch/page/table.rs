//! The tables: certificates by when they expire, and the day hour by hour.

use std::fmt::Write as _;

use super::{View, day::Hour};

/// Certificates soon to expire.
pub(super) fn certificates(view: &View<'_>) -> String {
    let language = view.language;
    let titles = [
        language.of("expirés", "expired"),
        language.of("sous 7 jours", "within 7 days"),
        language.of("sous 30 jours", "within 30 days"),
        language.of("plus tard", "later"),
        language.of("le prochain", "the next"),
    ];
    let mut rows = String::new();
    for (kind, expiring) in view.figures.stock.expiring.kinds() {
        let name = match kind {
            "published" => language.of("Certificats publiés", "Published certificates"),
            "authority" => language.of("Autorités", "Authorities"),
            _ => language.of("Listes de révocation", "Revocation lists"),
        };
        let _ = write!(rows, "<tr><th scope=\"row\">{name}</th>");
        for (_, number) in expiring.states(view.now) {
            let _ = write!(rows, "<td>{}</td>", language.number(number.max(0).unsigned_abs()));
        }
        let next = expiring.next(view.now).map(|at| language.span(at - view.now));
        let next =
            next.map_or_else(|| "–".to_owned(), |span| format!("{} {span}", language.of("dans", "in")));
        let _ = write!(rows, "<td>{next}</td></tr>");
    }
    let title = language.of("Certificats bientôt expirés", "Certificates soon to expire");
    format!("<section><h2>{title}</h2>{}</section>\n", table(title, "", &titles, &rows))
}

/// The numbers of the charts, for who reads rather than looks.
pub(super) fn hourly(view: &View<'_>, hours: &[Hour]) -> String {
    let language = view.language;
    let titles = [
        language.of("acceptées", "accepted"),
        language.of("remises", "delivered"),
        language.of("non remises", "not delivered"),
        language.of("pannes", "failures"),
        language.of("la moitié en", "half within"),
        language.of("99 sur 100 en", "99 of 100 within"),
        language.of("attente", "wait"),
    ];
    let mut rows = String::new();
    for hour in hours.iter().rev() {
        let _ = write!(rows, "<tr><th scope=\"row\">{}</th>", view.clock(hour.from));
        for number in [hour.accepted, hour.delivered, hour.undelivered, hour.failures] {
            let _ = write!(rows, "<td>{}</td>", language.number(number));
        }
        for parts in [500, 990] {
            let _ = write!(rows, "<td>{}</td>", language.latency(hour.latency.within(parts)));
        }
        let _ = write!(rows, "<td>{}</td></tr>", language.span(hour.overdue));
    }
    let title = language.of("Heure par heure", "Hour by hour");
    let first = language.of("heure", "hour");
    format!(
        "<section><details><summary>{title}</summary>{}</details></section>\n",
        table(title, first, &titles, &rows)
    )
}

/// A table that scrolls where it is wider than the page, by keys as well.
fn table(name: &str, first: &str, titles: &[&str], rows: &str) -> String {
    let mut head = match first {
        "" => "<td></td>".to_owned(),
        first => format!("<th scope=\"col\">{first}</th>"),
    };
    for title in titles {
        let _ = write!(head, "<th scope=\"col\">{title}</th>");
    }
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\">\
         <table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}
