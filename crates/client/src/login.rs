//! Enrolment, sign-in and change of pass phrase (RFC 9807; design section 3).

use sceau_api::auth::{
    ChangeFinish, ChangeStart, Changed, EnrolFinish, EnrolStart, InitialVaultItem, LoginFinish, LoginStart,
    LoginStarted, SignedIn, Slot, SlotRecord, SlotRequest, SlotResponse, SlotsStarted, Stretching,
};
use sceau_api::{AccountId, Base64, ProblemCode, Sealed, UtcDate, VaultId, path};
use sceau_protocol::{FailureCode, LastSignIn, Stage, UnixSeconds, WayIn};
use zeroize::Zeroizing;

use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::job::Job;
use crate::opaque::{Argon2id, ExportKey, Login, Registration};
use crate::relay::Relay;
use crate::vault::{ATTEMPTS, Anchors, Blob, Contacts, Keys, Settings, Vault, VaultKey, Way};

/// Fewest characters of a pass phrase: guessing goes through Argon2id, but only after the relay's disk *and* its OPRF
/// seed are stolen. Between the 8 and the 15 characters of NIST SP 800-63B-4 §3.1.1.2.
pub const MIN_PASS_PHRASE: usize = 12;

/// Above this the person is told that the machine's clock is wrong (design section 3).
pub const CLOCK_TOLERANCE_SECONDS: i64 = 5 * 60;

/// What a successful way in yields.
pub struct Entry {
    /// The account at the relay.
    pub account: AccountId,
    /// The address, in lower case.
    pub address: String,
    /// The unlocked vault, its blobs not read yet.
    pub vault: Vault,
    /// The sign-in before this one.
    pub last_sign_in: Option<LastSignIn>,
    /// This machine's clock minus the relay's.
    pub clock_offset_seconds: i64,
    /// The way in that was used.
    pub way: WayIn,
}

/// Signs in through one slot and unlocks the vault key.
///
/// # Errors
/// `WrongPassPhrase`, `TooManyAttempts`, `VaultDamaged`, or that the relay does not answer.
pub async fn sign_in(relay: &Relay, job: &Job, address: &str, secret: &str, way: WayIn) -> Result<Entry> {
    let address = normal_address(address);
    let (slot, secret) = slot_and_secret(secret, way);
    let mut rng = Generator::seeded(&*relay.world().randomness)?;
    let login = Login::start(&secret, &mut rng)?;
    let start = LoginStart {
        address: address.clone(),
        slot,
        request: Base64(login.request.clone()),
        device_token: None,
    };
    let started: LoginStarted = relay.post(job, path::LOGIN_START, &start).await?;

    job.tell(Stage::Unlocking, 0, 1);
    job.rest().await?;
    let stretching = acceptable(started.stretching)?;
    let (finalization, export_key) = login.finish(&started.response.0, stretching, &mut rng)?;
    job.tell(Stage::Unlocking, 1, 1);

    let finish = LoginFinish {
        login_id: started.login_id,
        finalization: Base64(finalization),
        remember_device: false,
    };
    let signed_in: SignedIn = relay.post(job, path::LOGIN_FINISH, &finish).await?;
    enter(relay, address, signed_in, &export_key)
}

/// The relay names the parameters; it may neither weaken the stretching nor keep this machine busy for ever.
fn acceptable(stretching: Stretching) -> Result<Argon2id> {
    if stretching.is_acceptable() {
        Ok(Argon2id(stretching))
    } else {
        Err(Error::Unexpected { what: "stretching" })
    }
}

/// What enrolment yields.
pub struct NewAccount {
    /// The way in.
    pub entry: Entry,
    /// To be printed.
    pub recovery_code: Zeroizing<String>,
}

/// Redeems an enrolment code: makes both ways in and the vault, and signs in.
///
/// # Errors
/// `WeakPassPhrase`, `WrongEnrolmentCode`, or that the relay does not answer.
pub async fn enrol(
    relay: &Relay,
    job: &Job,
    address: &str,
    code: &str,
    pass_phrase: &str,
) -> Result<NewAccount> {
    check_strength(pass_phrase)?;
    let address = normal_address(address);
    let code = code.trim();
    let mut rng = Generator::seeded(&*relay.world().randomness)?;
    let recovery_code = recovery_code(&mut rng);
    let ways = [
        (Slot::Passphrase, Zeroizing::new(pass_phrase.to_owned())),
        (Slot::Recovery, plain_recovery_code(&recovery_code)),
    ];
    let (requests, registrations) = begin(&ways, &mut rng)?;

    let start = EnrolStart { address: address.clone(), code: code.to_owned(), slots: requests };
    let started: SlotsStarted = relay.post(job, path::ENROL_START, &start).await.map_err(wrong_code)?;
    let key = VaultKey::generate(&mut rng);
    let made = records(job, &address, &key, registrations, started, &mut rng).await?;
    let finish = EnrolFinish {
        address: address.clone(),
        code: code.to_owned(),
        slots: made.records,
        vault: first_blobs(&address, &key, &mut rng)?,
    };
    let signed_in: SignedIn = relay.post(job, path::ENROL_FINISH, &finish).await.map_err(wrong_code)?;
    let entry = enter(relay, address, signed_in, &made.pass_phrase_export)?;
    Ok(NewAccount { entry, recovery_code })
}

/// Sets a new pass phrase, and with it everything that the old one led to: both ways in get new records and wraps, the
/// vault key is another one, and the vault is sealed anew under it (design section 3). Hands back the new recovery code;
/// the old one opens nothing any more.
///
/// `current` is the present pass phrase; none only in a session that the recovery code opened.
///
/// # Errors
/// `WeakPassPhrase`, `WrongPassPhrase`, `VaultConflict` when others keep being faster, or that the relay does not
/// answer. Unless the change was made, everything is as before.
pub async fn change_pass_phrase(
    relay: &Relay,
    job: &Job,
    vault: &Vault,
    address: &str,
    current: Option<&str>,
    new: &str,
) -> Result<Zeroizing<String>> {
    check_strength(new)?;
    let address = normal_address(address);
    if let Some(current) = current {
        sign_in(relay, job, &address, current, WayIn::PassPhrase).await?;
    }
    vault.load(relay, job).await?;
    let mut rng = Generator::seeded(&*relay.world().randomness)?;
    let recovery_code = recovery_code(&mut rng);
    let ways = [
        (Slot::Passphrase, Zeroizing::new(new.to_owned())),
        (Slot::Recovery, plain_recovery_code(&recovery_code)),
    ];
    let (requests, registrations) = begin(&ways, &mut rng)?;
    let started: SlotsStarted = relay.post(job, path::CHANGE_START, &ChangeStart { slots: requests }).await?;
    let key = VaultKey::generate(&mut rng);
    let made = records(job, &address, &key, registrations, started, &mut rng).await?;
    // From here on a cancelled call could not say whether it was made.
    let job = job.committed();
    let mut finish = ChangeFinish { slots: made.records, vault: Vec::new() };
    match hand_in(relay, &job, vault, &key, &mut finish, &mut rng).await {
        // Made or not: only the new pass phrase tells.
        Err(error) if error.is_lost_answer() => {
            sign_in(relay, &job, &address, new, WayIn::PassPhrase).await.map_err(|_| error)?;
        }
        answer => answer?,
    }
    vault.take_up(key, finish.vault);
    Ok(recovery_code)
}

/// Hands the change in, the vault sealed once more whenever it was changed meanwhile: by another device, or by what this one
/// reads in the background.
async fn hand_in(
    relay: &Relay,
    job: &Job,
    vault: &Vault,
    key: &VaultKey,
    finish: &mut ChangeFinish,
    rng: &mut Generator,
) -> Result<()> {
    for _ in 0..ATTEMPTS {
        finish.vault = vault.sealed_under(key, rng)?;
        let answer: Result<Changed> = relay.post(job, path::CHANGE_FINISH, finish).await;
        match answer {
            Err(error) if is(&error, ProblemCode::VersionConflict) => vault.load(relay, job).await?,
            answer => return answer.map(drop),
        }
    }
    Err(Error::of(FailureCode::VaultConflict))
}

fn check_strength(pass_phrase: &str) -> Result<()> {
    if pass_phrase.chars().count() < MIN_PASS_PHRASE {
        return Err(Error::of(FailureCode::WeakPassPhrase));
    }
    Ok(())
}

fn wrong_code(error: Error) -> Error {
    if is(&error, ProblemCode::BadCredentials) { Error::of(FailureCode::WrongEnrolmentCode) } else { error }
}

fn is(error: &Error, refusal: ProblemCode) -> bool {
    matches!(error, Error::Problem(problem) if problem.code == refusal)
}

/// An address as it is compared: without spaces around, in lower case.
pub fn normal_address(address: &str) -> String {
    let lower = address.trim().to_lowercase();
    // Certificates, relays and directories name domains by A-labels (RFC 5890 §2.3.2.1), people by what they read.
    let ascii = lower.rsplit_once('@').filter(|(_, domain)| !domain.is_ascii());
    let ascii =
        ascii.and_then(|(local, domain)| Some(format!("{local}@{}", sceau_mime::domain_to_ascii(domain)?)));
    ascii.unwrap_or(lower)
}

fn enter(relay: &Relay, address: String, signed_in: SignedIn, export_key: &ExportKey) -> Result<Entry> {
    if normal_address(&signed_in.address) != address {
        return Err(Error::Unexpected { what: "address" });
    }
    let way = Way { address: &address, slot: &signed_in.slot, version: signed_in.slot_version };
    let key = VaultKey::unwrap(&signed_in.wrap.0, &way, export_key)?;
    let server_time = signed_in.server_time.to_unix().ok_or(Error::Unexpected { what: "time" })?;
    let way_in = if signed_in.slot == Slot::Recovery { WayIn::RecoveryCode } else { WayIn::PassPhrase };
    relay.sign_in(signed_in.token);
    Ok(Entry {
        account: signed_in.account_id.clone(),
        vault: Vault::unlocked(address.clone(), signed_in.account_id, key),
        address,
        last_sign_in: signed_in.last_sign_in.and_then(last_sign_in),
        clock_offset_seconds: relay.world().clock.now().saturating_sub(server_time),
        way: way_in,
    })
}

fn last_sign_in(last: sceau_api::auth::LastSignIn) -> Option<LastSignIn> {
    let at: UnixSeconds = UtcDate::to_unix(&last.at)?;
    Some(LastSignIn { at, from: last.from })
}

type Ways<'a> = &'a [(Slot, Zeroizing<String>)];

type Registrations = Vec<(Slot, Registration)>;

fn begin(ways: Ways<'_>, rng: &mut Generator) -> Result<(Vec<SlotRequest>, Registrations)> {
    let mut requests = Vec::new();
    let mut registrations = Vec::new();
    for (slot, secret) in ways {
        let registration = Registration::start(secret, rng)?;
        requests.push(SlotRequest { slot: slot.clone(), request: Base64(registration.request.clone()) });
        registrations.push((slot.clone(), registration));
    }
    Ok((requests, registrations))
}

struct Records {
    records: Vec<SlotRecord>,
    pass_phrase_export: ExportKey,
}

async fn records(
    job: &Job,
    address: &str,
    key: &VaultKey,
    registrations: Registrations,
    started: SlotsStarted,
    rng: &mut Generator,
) -> Result<Records> {
    let total = crate::relay::octets(registrations.len());
    let mut made = Records { records: Vec::new(), pass_phrase_export: ExportKey::default() };
    for (slot, registration) in registrations {
        job.tell(Stage::Unlocking, crate::relay::octets(made.records.len()), total);
        job.rest().await?;
        let answer = answer_for(&slot, &started)?;
        let stretching = Stretching::RECOMMENDED;
        let (record, export_key) = registration.finish(&answer.response.0, Argon2id(stretching), rng)?;
        let way = Way { address, slot: &slot, version: answer.version };
        let wrap = Sealed(key.wrap(&way, &export_key, rng));
        if slot == Slot::Passphrase {
            made.pass_phrase_export = export_key;
        }
        let record = Base64(record);
        made.records.push(SlotRecord { slot, version: answer.version, record, stretching, wrap });
    }
    Ok(made)
}

fn answer_for<'a>(slot: &Slot, started: &'a SlotsStarted) -> Result<&'a SlotResponse> {
    started.slots.iter().find(|answer| answer.slot == *slot).ok_or(Error::Unexpected { what: "slots" })
}

fn first_blobs(address: &str, key: &VaultKey, rng: &mut Generator) -> Result<Vec<InitialVaultItem>> {
    let vault = Vault::unlocked(address.to_owned(), AccountId(String::new()), key.clone());
    let keys = Keys::generate(rng);
    Ok(vec![
        item::<Keys>(&vault, &keys, rng)?,
        item(&vault, &Settings::default(), rng)?,
        item(&vault, &Contacts::default(), rng)?,
        item(&vault, &Anchors::default(), rng)?,
    ])
}

fn item<B: Blob>(vault: &Vault, blob: &B, rng: &mut Generator) -> Result<InitialVaultItem> {
    Ok(InitialVaultItem { id: VaultId::from(B::ID), data: vault.seal_first(blob, rng)? })
}

fn slot_and_secret(secret: &str, way: WayIn) -> (Slot, Zeroizing<String>) {
    match way {
        WayIn::PassPhrase => (Slot::Passphrase, Zeroizing::new(secret.to_owned())),
        WayIn::RecoveryCode => (Slot::Recovery, plain_recovery_code(secret)),
    }
}

/// Crockford's alphabet: no I, L, O or U, so that a printed code is read back right.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a recovery code: 26 of five bits each, 130 bits.
const RECOVERY_CHARACTERS: usize = 26;
/// Characters between two hyphens.
const GROUP: usize = 5;

fn recovery_code(rng: &mut Generator) -> Zeroizing<String> {
    let random = Zeroizing::new(rng.array::<RECOVERY_CHARACTERS>());
    let mut code = Zeroizing::new(String::new());
    for (place, octet) in random.iter().enumerate() {
        if place > 0 && place % GROUP == 0 {
            code.push('-');
        }
        let letter = ALPHABET.get(usize::from(octet % 32)).copied().unwrap_or(b'0');
        code.push(char::from(letter));
    }
    code
}

/// What a typed code means: case, spaces and hyphens aside, look-alikes taken for what was printed.
fn plain_recovery_code(typed: &str) -> Zeroizing<String> {
    let plain =
        typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
    Zeroizing::new(plain.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{NoRandomness, Randomness};

    struct Fixed;

    impl Randomness for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
            out.fill(7);
            Ok(())
        }
    }

    #[test]
    fn a_recovery_code_survives_a_careless_typist() {
        let mut rng = Generator::seeded(&Fixed).unwrap();
        let code = recovery_code(&mut rng);
        assert_eq!(code.len(), RECOVERY_CHARACTERS + 5);
        let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(plain_recovery_code(&typed), plain_recovery_code(&code));
        assert_eq!(plain_recovery_code(&code).len(), RECOVERY_CHARACTERS);
    }

    #[test]
    fn a_short_pass_phrase_is_refused() {
        assert_eq!(check_strength("onze signes").unwrap_err().code(), FailureCode::WeakPassPhrase);
        assert!(check_strength("douze signes").is_ok());
    }
}
