//! Accounts: an address, a name, an enrolment code until it is used.

pub(crate) mod add;
pub(crate) mod code;
pub(crate) mod list;
pub(crate) mod remove;

use crate::{
    problem::Denied,
    store::{Tx, sql},
};

/// Longest address (RFC 5321 §4.5.3.1.3).
const ADDRESS_BYTES: usize = 254;

/// How an account's id travels.
pub(crate) fn wire_id(account: i64) -> String {
    format!("a{account}")
}

/// The one way an address is written in the store: trimmed, lower case.
pub(crate) fn normalise(address: &str) -> Option<String> {
    let address = address.trim().to_lowercase();
    let (local, domain) = address.rsplit_once('@')?;
    let printable = address.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>,;\"".contains(c));
    let sound = !local.is_empty() && !domain.is_empty() && !local.contains('@');
    (printable && sound && address.len() <= ADDRESS_BYTES).then_some(address)
}

/// An address from outside.
pub(crate) fn normal_address(address: &str) -> Result<String, Denied> {
    normalise(address).ok_or_else(|| Denied::bad_request("address"))
}

/// The account of an address.
pub(crate) fn find(tx: &Tx<'_>, address: &str) -> sql::Result<Option<i64>> {
    tx.account_of(address)
}

/// Takes the account of an address for the transaction, if there is one ([`Tx::lock`]).
pub(crate) fn lock(tx: &Tx<'_>, address: &str) -> sql::Result<()> {
    tx.lock(find(tx, address)?)
}

/// Letters without case and without the accents French uses, for directory queries.
pub(crate) fn fold(text: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'œ' => "oe",
        'æ' => "ae",
        _ => "",
    };
    let mut folded = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        match plain(c) {
            "" => folded.push(c),
            other => folded.push_str(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(normalise(" Eloise@Exemple.FR ").as_deref(), Some("eloise@exemple.fr"));
        for wrong in ["", "a", "@b", "a@", "a b@c", "a@b@c", "<a@b>", "a@b\n"] {
            let trimmed_is_fine = wrong == "a@b\n";
            assert_eq!(normalise(wrong).is_some(), trimmed_is_fine, "{wrong:?}");
        }
    }

    #[test]
    fn folding_drops_accents_and_case() {
        assert_eq!(fold("Éloïse NŒUVÉGLISE"), "eloise noeuveglise");
    }
}
