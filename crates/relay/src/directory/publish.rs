//! `Directory/publish`: replaces one's own certificates.

use sceau_api::{
    MethodError, MethodErrorType,
    directory::{DirectoryPublish, DirectoryPublishResponse},
};

use super::{certificate, entry};
use crate::{
    fault::Fault,
    jmap::{Call, Outcome, answer},
    limits,
    store::{Tx, sql::params},
    watch::access::Action,
};

/// `Directory/publish`.
pub(crate) fn publish(call: &Call<'_>) -> Outcome {
    let request: DirectoryPublish = call.arguments()?;
    call.limit(request.certificates.len(), limits::CERTIFICATES)?;
    let wrong = request.certificates.iter().position(|der| !certificate::names(&der.0, &call.bearer.address));
    if let Some(index) = wrong {
        let text = "A certificate does not name the account's own address.";
        let error = MethodError::new(MethodErrorType::InvalidArguments).describe(text);
        return Err(error.with("index", crate::jmap::count(index)).into());
    }
    call.write(|tx| {
        let certificates: Vec<Vec<u8>> = request.certificates.iter().map(|der| der.0.clone()).collect();
        replace(tx, call.account(), &certificates)?;
        let number = format!("{} certificates", certificates.len());
        call.trace(tx, Action::CertificatePublish, "", &number)?;
        let entry = entry(tx, call.account())?;
        answer(&DirectoryPublishResponse { account_id: request.account_id.clone(), entry })
    })
}

/// Replaces the certificates of an account; the caller has checked them.
pub(crate) fn replace(tx: &Tx<'_>, account: i64, certificates: &[Vec<u8>]) -> Result<(), Fault> {
    tx.execute("DELETE FROM certificate WHERE account = ?", [account])?;
    for (number, der) in (0_i64..).zip(certificates) {
        tx.execute(
            "INSERT INTO certificate (account, number, der) VALUES (?, ?, ?)",
            params![account, number, der],
        )?;
    }
    Ok(())
}
