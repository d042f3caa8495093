//! The operator's page: what a relay's keeper looks at first. Rendered here, without a script; it loads itself anew every
//! minute. It knows numbers and times, no account and no letter.

mod chart;
mod day;
mod table;
mod text;
mod tiles;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};

use super::{
    figures::{Earlier, Figures},
    history::Sample,
};
use crate::{problem::Denied, relay::Relay};
use chart::{Chart, bars, figure, line};
use day::{Day, Hour};
use text::Language;

const STYLE: &str = include_str!("style.css");

/// `GET /style.css`.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// `GET /?lang=fr|en`.
pub(super) async fn page(
    State(relay): State<Relay>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let language = Language::choose(query.as_deref(), &headers);
    let html = relay
        .blocking(move |relay| {
            let (figures, now) = (relay.figures()?, relay.now());
            let (samples, earlier) = (relay.watch().history.samples(), relay.earlier()?);
            let ahead = relay.watch().access.ahead(now);
            let view = View {
                language,
                node: relay.watch().node(),
                now,
                ahead,
                figures,
                samples: &samples,
                earlier,
            };
            Ok::<_, Denied>(view.html())
        })
        .await?;
    let kinds = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::VARY, "accept-language")];
    Ok((kinds, html).into_response())
}

/// Everything the page shows.
struct View<'a> {
    language: Language,
    node: &'a str,
    now: i64,
    /// Seconds that local time is ahead of UTC.
    ahead: i64,
    figures: Figures,
    samples: &'a [Sample],
    earlier: &'a [Earlier],
}

impl View<'_> {
    fn html(&self) -> String {
        let (language, day) = (self.language, Day::of(self.samples, self.earlier, self.now));
        let hours = day.hours();
        let title = language.of("État du relais", "How the relay runs");
        format!(
            "<!doctype html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta http-equiv=\"refresh\" content=\"60\"><title>{title} · {node}</title>\
             <link rel=\"stylesheet\" href=\"/style.css\"></head><body>\n\
             <header><div><h1>{title}</h1><p class=\"soft\">{node} · {time}</p></div>{switch}</header>\n<main>\n\
             {tiles}<div class=\"charts\">\n{charts}{certificates}</div>\n{hourly}</main>\n\
             <footer class=\"soft\"><p>{note}</p></footer></body></html>\n",
            code = language.code(),
            node = escape(self.node),
            time = self.clock(self.now),
            switch = self.switch(),
            tiles = tiles::html(self, &hours),
            charts = self.charts(&day, &hours),
            certificates = table::certificates(self),
            hourly = table::hourly(self, &hours),
            note = language.of(
                "Une mesure par minute, gardée un jour en mémoire : hormis les remises, les courbes commencent avec le relais. La page se recharge chaque minute.",
                "One sample a minute, kept in memory for a day: but for deliveries, the charts begin when the relay starts. The page reloads every minute.",
            ),
        )
    }

    /// The other language.
    fn switch(&self) -> String {
        let entry = |language: Language, word: &str| {
            let code = language.code();
            let current = if language == self.language { " aria-current=\"true\"" } else { "" };
            format!("<a href=\"/?lang={code}\" lang=\"{code}\" hreflang=\"{code}\"{current}>{word}</a>")
        };
        let name = self.language.of("Langue", "Language");
        let (french, english) = (entry(Language::French, "Français"), entry(Language::English, "English"));
        format!("<nav aria-label=\"{name}\">{french}{english}</nav>")
    }

    /// A time of day, local.
    fn clock(&self, at: i64) -> String {
        let minutes = (at + self.ahead).div_euclid(60).rem_euclid(24 * 60);
        let (hour, minute) = (minutes / 60, minutes % 60);
        match self.language {
            Language::French => format!("{hour}\u{a0}h\u{a0}{minute:02}"),
            Language::English => format!("{hour}:{minute:02}"),
        }
    }

    fn charts(&self, day: &Day<'_>, hours: &[Hour]) -> String {
        let marks: Vec<String> =
            hours.iter().step_by(6).map(|hour| self.clock(hour.from)).chain([self.clock(self.now)]).collect();
        [self.queue(day, &marks), self.deliveries(hours, &marks), self.troubles(hours, &marks)]
            .into_iter()
            .chain([self.latency(day, &marks), self.storage(day, &marks)])
            .map(|chart| chart.html())
            .collect()
    }

    fn queue<'a>(&self, day: &Day<'_>, hours: &'a [String]) -> Chart<'a> {
        let language = self.language;
        let runs = day.runs(|sample| figure(sample.overdue.max(0).unsigned_abs()));
        let longest = self.samples.iter().map(|sample| sample.overdue).max().unwrap_or(0);
        let top = longest.max(60);
        let now = language.span(self.figures.overdue(self.now));
        Chart {
            title: language.of("Attente de la plus ancienne lettre", "How long the oldest letter waits"),
            sentence: match language {
                Language::French => {
                    format!("{now} maintenant, {} au plus en un jour.", language.span(longest))
                }
                Language::English => format!("{now} now, {} at most within a day.", language.span(longest)),
            },
            top: language.span(top),
            hours,
            shapes: line(&runs, figure(top.unsigned_abs()), "run"),
        }
    }

    fn deliveries<'a>(&self, hours: &[Hour], marks: &'a [String]) -> Chart<'a> {
        let language = self.language;
        let values: Vec<u64> = hours.iter().map(|hour| hour.delivered).collect();
        let all = language.number(values.iter().sum());
        let top = values.iter().copied().max().unwrap_or(0);
        Chart {
            title: language.of("Lettres remises par heure", "Letters delivered per hour"),
            sentence: match language {
                Language::French => {
                    format!("{all} en un jour, {} au plus en une heure.", language.number(top))
                }
                Language::English => {
                    format!("{all} within a day, {} at most in an hour.", language.number(top))
                }
            },
            top: language.number(top),
            hours: marks,
            shapes: bars(&values, top),
        }
    }

    fn troubles<'a>(&self, hours: &[Hour], marks: &'a [String]) -> Chart<'a> {
        let language = self.language;
        let values: Vec<u64> = hours.iter().map(|hour| hour.undelivered + hour.failures).collect();
        let undelivered = language.number(hours.iter().map(|hour| hour.undelivered).sum());
        let failures = language.number(hours.iter().map(|hour| hour.failures).sum());
        let top = values.iter().copied().max().unwrap_or(0);
        Chart {
            title: language.of("Échecs par heure", "Failures per hour"),
            sentence: match language {
                Language::French => {
                    format!(
                        "Destinataires non atteints en un jour : {undelivered} ; pannes du relais : {failures}."
                    )
                }
                Language::English => {
                    format!(
                        "Recipients not reached within a day: {undelivered}; failures of the relay: {failures}."
                    )
                }
            },
            top: language.number(top),
            hours: marks,
            shapes: bars(&values, top),
        }
    }

    fn latency<'a>(&self, day: &Day<'_>, hours: &'a [String]) -> Chart<'a> {
        let language = self.language;
        let (half, most) = (day.latency(500), day.latency(990));
        let last = |runs: &[Vec<(f64, f64)>]| runs.iter().flatten().last().map(|(_, seconds)| *seconds);
        let top = most.iter().flatten().map(|(_, seconds)| *seconds).fold(0.01, f64::max);
        let (now_half, now_most) = (language.latency(last(&half)), language.latency(last(&most)));
        Chart {
            title: language.of("Temps de réponse", "Time to the answer"),
            sentence: match language {
                Language::French if most.iter().all(Vec::is_empty) => {
                    "Pas encore de mesures : la première vient après dix minutes.".to_owned()
                }
                Language::English if most.iter().all(Vec::is_empty) => {
                    "No measurements yet: the first comes after ten minutes.".to_owned()
                }
                Language::French => {
                    format!("La moitié en {now_half} (trait plein), 99 sur 100 en {now_most} (tirets).")
                }
                Language::English => {
                    format!("Half within {now_half} (solid line), 99 of 100 within {now_most} (dashes).")
                }
            },
            top: language.latency(Some(top)),
            hours,
            shapes: line(&half, top, "run") + &line(&most, top, "second"),
        }
    }

    fn storage<'a>(&self, day: &Day<'_>, hours: &'a [String]) -> Chart<'a> {
        let language = self.language;
        let blobs = |sample: &Sample| sample.blob_bytes.max(0).unsigned_abs();
        let all = |sample: &Sample| blobs(sample).saturating_add(sample.database);
        let top = self.samples.iter().map(all).max().unwrap_or(0);
        let kept = self.figures.stock.blob_bytes.max(0).unsigned_abs();
        let (kept, database) = (language.octets(kept), language.octets(self.figures.database));
        Chart {
            title: language.of("Stockage", "Storage"),
            sentence: match language {
                Language::French => format!("Lettres scellées : {kept} ; base de données : {database}."),
                Language::English => format!("Sealed letters: {kept}; database: {database}."),
            },
            top: language.octets(top),
            hours,
            shapes: line(&day.runs(|sample| figure(all(sample))), figure(top), "run"),
        }
    }
}

/// Text as HTML; nothing on the page comes from strangers, and if something did it would stay text.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
