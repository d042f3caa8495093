//! An authority is added by the relay's keeper.

use sceau_api::Base64;
use sha2::{Digest as _, Sha256};

use crate::{
    fault::Fault,
    store::{Tx, sql::params},
};

/// Adds an authority, or replaces its domains and intermediates; gives its id, the SHA-256 of its certificate.
pub(crate) fn add(
    tx: &Tx<'_>,
    certificate: &[u8],
    intermediates: &[Vec<u8>],
    domains: &[String],
) -> Result<String, Fault> {
    let id = hex::encode(Sha256::digest(certificate));
    let intermediates: Vec<Base64> = intermediates.iter().cloned().map(Base64).collect();
    let intermediates = serde_json::to_string(&intermediates).map_err(|_| Fault::Damaged("intermediates"))?;
    let domains: Vec<String> = domains.iter().map(|domain| domain.trim().to_lowercase()).collect();
    let domains = serde_json::to_string(&domains).map_err(|_| Fault::Damaged("domains"))?;
    tx.execute(
        "INSERT INTO authority (id, certificate, intermediates, domains) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET intermediates = excluded.intermediates, domains = excluded.domains",
        params![id, certificate, intermediates, domains],
    )?;
    Ok(id)
}
