//! Certificates soon to expire: how many and when, never whose.

use der::Decode as _;
use x509_cert::{Certificate, crl::CertificateList};

use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::sql::{self, params},
};

/// Published certificates read at a time.
const PAGE: i64 = 500;
/// What counts as soon, in days.
const SOON: [(&str, i64); 2] = [("week", 7), ("month", 30)];

/// When certificates expire, in seconds since 1970; sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Expiring(Vec<i64>);

/// Those of people, of authorities, and the revocation lists of these.
#[derive(Debug, Clone, Default)]
pub(crate) struct Certificates {
    pub(crate) published: Expiring,
    pub(crate) authorities: Expiring,
    pub(crate) revocation_lists: Expiring,
}

impl Certificates {
    /// Each with its name as a label.
    pub(crate) fn kinds(&self) -> [(&'static str, &Expiring); 3] {
        [
            ("published", &self.published),
            ("authority", &self.authorities),
            ("revocation_list", &self.revocation_lists),
        ]
    }

    /// Reads every certificate, page by page, so that no view of the database stays open for long.
    pub(super) fn read(relay: &Relay) -> Result<Self, Fault> {
        let mut published = Vec::new();
        let mut last = (0_i64, -1_i64);
        loop {
            let page = relay.store().read::<_, Fault>(relay.now(), |tx| {
                let sql = "SELECT account, number, der FROM certificate
                     WHERE account > ?1 OR (account = ?1 AND number > ?2) ORDER BY account, number LIMIT ?3";
                let rows = tx.prepare_cached(sql)?.query_map(params![last.0, last.1, PAGE], |row| {
                    Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<Vec<u8>>(2)?))
                })?;
                Ok(rows.collect::<sql::Result<Vec<_>>>()?)
            })?;
            let Some((account, number, _)) = page.last() else { break };
            last = (*account, *number);
            published.extend(page.iter().filter_map(|(_, _, der)| end_of(der)));
        }
        let (authorities, lists) = authorities(relay)?;
        Ok(Self {
            published: Expiring::of(published),
            authorities: Expiring::of(authorities),
            revocation_lists: Expiring::of(lists),
        })
    }
}

type Ends = (Vec<i64>, Vec<i64>);

fn authorities(relay: &Relay) -> Result<Ends, Fault> {
    relay.store().read::<_, Fault>(relay.now(), |tx| {
        let mut statement = tx.prepare_cached("SELECT certificate, crl FROM authority")?;
        let rows =
            statement.query_map([], |row| Ok((row.get::<Vec<u8>>(0)?, row.get::<Option<Vec<u8>>>(1)?)))?;
        let (mut certificates, mut lists) = (Vec::new(), Vec::new());
        for row in rows {
            let (certificate, list) = row?;
            certificates.extend(end_of(&certificate));
            lists.extend(list.and_then(|list| end_of_list(&list)));
        }
        Ok((certificates, lists))
    })
}

/// notAfter (RFC 5280 §4.1.2.5); none of what cannot be read.
fn end_of(der: &[u8]) -> Option<i64> {
    let certificate = Certificate::from_der(der).ok()?;
    let end = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    i64::try_from(end.as_secs()).ok()
}

/// nextUpdate (RFC 5280 §5.1.2.5).
fn end_of_list(der: &[u8]) -> Option<i64> {
    let list = CertificateList::<x509_cert::certificate::Rfc5280>::from_der(der).ok()?;
    i64::try_from(list.tbs_cert_list.next_update?.to_unix_duration().as_secs()).ok()
}

impl Expiring {
    fn of(mut ends: Vec<i64>) -> Self {
        ends.sort_unstable();
        Self(ends)
    }

    /// How many have expired, do so within a week, within a month after that, and later.
    pub(crate) fn states(&self, now: i64) -> [(&'static str, i64); 4] {
        let [(week, days_of_week), (month, days_of_month)] = SOON;
        let until = |at: i64| i64::try_from(self.0.partition_point(|end| *end < at)).unwrap_or(i64::MAX);
        let expired = until(now);
        let in_week = until(now + days_of_week * limits::DAY);
        let in_month = until(now + days_of_month * limits::DAY);
        let all = until(i64::MAX);
        [
            ("expired", expired),
            (week, in_week - expired),
            (month, in_month - in_week),
            ("later", all - in_month),
        ]
    }

    /// When the next of them expires that has not yet.
    pub(crate) fn next(&self, now: i64) -> Option<i64> {
        self.0.iter().copied().find(|end| *end >= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_told_by_how_soon_they_expire() {
        let day = limits::DAY;
        let expiring = Expiring::of(vec![100 * day, 0, 29 * day, 7 * day, 6 * day, 9 * day]);
        let states = [("expired", 1), ("week", 1), ("month", 3), ("later", 1)];
        assert_eq!(expiring.states(day / 2), [states[0], ("week", 2), ("month", 2), states[3]]);
        assert_eq!(expiring.next(8 * day), Some(9 * day));
        assert_eq!(Expiring::default().next(0), None);
    }
}
