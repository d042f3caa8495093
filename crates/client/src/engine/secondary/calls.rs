//! One function per call; the match is exhaustive, so that a new call cannot be forgotten.

use sceau_protocol::{
    AccountStage, Ask, ChangePassPhrase, Enrol, Enrolment, FailureCode, ImportKeys, NewRecoveryCode,
    OpenFileWithKey, Secret, Stage, WayIn,
};

use crate::engine::calls::{Answered, plain};
use crate::engine::{Buffers, Engine};
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;
use crate::{compose, identity, login, mailbox, opened};

/// Runs any call but those of the first list.
pub(super) async fn run(engine: &Engine, job: &Job, ask: Ask, buffers: Buffers) -> Answered {
    match ask {
        Ask::Enrol(call) => plain(enrol(engine, job, call).await?),
        other => run_unlocked(engine, job, other, buffers).await,
    }
}

/// Calls that need an open account.
async fn run_unlocked(engine: &Engine, job: &Job, ask: Ask, buffers: Buffers) -> Answered {
    let unlocked = engine.unlocked()?;
    match ask {
        Ask::PinAuthority(call) => {
            identity::pin(&unlocked, job, &call.id, &call.fingerprint).await?;
            set_up(engine, &unlocked, job).await
        }
        Ask::ImportKeys(call) => {
            import_keys(&unlocked, job, call, buffers).await?;
            set_up(engine, &unlocked, job).await
        }
        Ask::MakeKeys(call) => plain(identity::make_keys(&unlocked, job, &call.name).await?),
        Ask::InstallCertificates(_) => {
            identity::install(&unlocked, job, &buffers).await?;
            set_up(engine, &unlocked, job).await
        }
        Ask::ChangePassPhrase(call) => plain(change_pass_phrase(&unlocked, job, call).await?),
        other => run_reading(&unlocked, job, other, buffers).await,
    }
}

/// Calls about letters there are.
async fn run_reading(unlocked: &Unlocked, job: &Job, ask: Ask, buffers: Buffers) -> Answered {
    match ask {
        Ask::Open(call) => plain(Box::new(opened::open(unlocked, job, &call.email).await?)),
        Ask::OpenFile(_) => {
            let [file] = buffers_of(buffers)?;
            plain(Box::new(opened::open_file(unlocked, job, file).await?))
        }
        Ask::OpenFileWithKey(call) => open_with_key(unlocked, job, call, buffers).await,
        Ask::ShowHtml(call) => {
            let (view, pieces) = opened::html(unlocked, job, &call.letter).await?;
            Ok((view.into(), pieces))
        }
        Ask::ChooseCharset(call) => {
            let chosen = opened::choose_charset(unlocked, job, &call.letter, call.charset).await?;
            plain(Box::new(chosen))
        }
        Ask::OpenPart(call) => {
            plain(Box::new(opened::open_part(unlocked, job, &call.letter, call.part).await?))
        }
        Ask::PreviewPart(call) => {
            let (preview, octets) = opened::preview_part(unlocked, job, &call).await?;
            Ok((preview.into(), octets))
        }
        Ask::MarkSeen(call) => plain(mailbox::mark_seen(unlocked, job, &call.emails, call.seen).await?),
        Ask::Move(call) => plain(mailbox::move_to(unlocked, job, &call.emails, call.role).await?),
        Ask::Destroy(call) => plain(mailbox::destroy(unlocked, job, &call.emails).await?),
        other => run_saving(unlocked, job, other, buffers).await,
    }
}

/// Calls about files to be saved.
async fn run_saving(unlocked: &Unlocked, job: &Job, ask: Ask, buffers: Buffers) -> Answered {
    let (file, octets) = match ask {
        Ask::SavePart(call) => opened::part(unlocked, job, &call.letter, call.part).await?,
        Ask::SaveArchived(call) => {
            opened::archived(unlocked, job, &call.letter, call.part, call.entry).await?
        }
        Ask::SaveAll(call) => opened::all(unlocked, job, &call.letter).await?,
        Ask::SaveSource(call) => opened::source(unlocked, job, &call.letter).await?,
        other => return run_writing(unlocked, job, other, buffers).await,
    };
    Ok((file.into(), vec![octets]))
}

/// Calls about letters to be written.
async fn run_writing(unlocked: &Unlocked, job: &Job, ask: Ask, buffers: Buffers) -> Answered {
    match ask {
        Ask::Complete(call) => plain(compose::complete(unlocked, job, &call.text).await?),
        Ask::CheckRecipients(call) => plain(compose::check(unlocked, job, &call.addresses).await?),
        Ask::AcceptRecipient(call) => plain(compose::accept(unlocked, job, &call.address).await?),
        Ask::StartDraft(call) => plain(Box::new(compose::start(unlocked, job, call).await?)),
        Ask::AttachFile(call) => {
            let [file] = buffers_of(buffers)?;
            let (name, kind) = (&call.name, &call.content_type);
            plain(compose::attach(unlocked, job, call.draft, name, kind, call.inline, file).await?)
        }
        Ask::RemoveAttachment(call) => plain(compose::remove(unlocked, call.draft, call.attachment)?),
        Ask::SaveDraft(call) => plain(compose::save(unlocked, job, call.draft, call.content).await?),
        Ask::DiscardDraft(call) => plain(compose::discard(unlocked, job, call.draft).await?),
        Ask::Send(call) => {
            plain(compose::send(unlocked, job, call.draft, call.content, call.undo_seconds).await?)
        }
        Ask::UndoSend(call) => plain(Box::new(compose::undo(unlocked, job, &call.letter).await?)),
        Ask::ReadRecipients(call) => plain(compose::read_typed(&call.typed)),
        Ask::ReadAttachment(call) => {
            let (file, octets) = compose::read_file(unlocked, job, call.draft, call.attachment).await?;
            Ok((file.into(), vec![octets]))
        }
        Ask::Signature(call) => plain(compose::signature(unlocked, job, call.change).await?),
        Ask::Start(_)
        | Ask::Cancel(_)
        | Ask::SignIn(_)
        | Ask::Enrol(_)
        | Ask::SignOut(_)
        | Ask::PinAuthority(_)
        | Ask::ImportKeys(_)
        | Ask::MakeKeys(_)
        | Ask::InstallCertificates(_)
        | Ask::Describe(_)
        | Ask::ChangePassPhrase(_)
        | Ask::Mailboxes(_)
        | Ask::List(_)
        | Ask::ReadNew(_)
        | Ask::Open(_)
        | Ask::OpenFile(_)
        | Ask::OpenFileWithKey(_)
        | Ask::ShowHtml(_)
        | Ask::ChooseCharset(_)
        | Ask::OpenPart(_)
        | Ask::PreviewPart(_)
        | Ask::SavePart(_)
        | Ask::SaveArchived(_)
        | Ask::SaveAll(_)
        | Ask::SaveSource(_)
        | Ask::MarkSeen(_)
        | Ask::Move(_)
        | Ask::Destroy(_) => Err(Error::Defect { what: "call" }),
    }
}

/// The buffers a call must come with.
fn buffers_of<const N: usize>(buffers: Buffers) -> Result<[Vec<u8>; N]> {
    buffers.try_into().map_err(|_| Error::Defect { what: "buffers" })
}

async fn enrol(engine: &Engine, job: &Job, call: Enrol) -> Result<Enrolment> {
    engine.forget_quietly();
    let new = login::enrol(&engine.relay, job, &call.address, &call.code, call.pass_phrase.expose()).await?;
    let unlocked = Unlocked::open(engine.relay.clone(), job, new.entry).await?;
    let stage = identity::stage(&unlocked, job).await?;
    let address = unlocked.address.clone();
    engine.take_up(unlocked);
    Ok(Enrolment { address, recovery_code: new.recovery_code.to_string(), stage })
}

async fn set_up(engine: &Engine, unlocked: &Unlocked, job: &Job) -> Answered {
    let stage: AccountStage = identity::stage(unlocked, job).await?;
    engine.wake_background();
    plain(stage)
}

async fn change_pass_phrase(
    unlocked: &Unlocked,
    job: &Job,
    call: ChangePassPhrase,
) -> Result<NewRecoveryCode> {
    let current = call.current.as_ref().map(Secret::expose);
    if current.is_none() && unlocked.way != WayIn::RecoveryCode {
        return Err(Error::of(FailureCode::WrongPassPhrase));
    }
    let (relay, vault, address) = (&unlocked.relay, &unlocked.vault, &unlocked.address);
    let code = login::change_pass_phrase(relay, job, vault, address, current, call.new.expose()).await?;
    Ok(NewRecoveryCode { recovery_code: code.to_string() })
}

async fn import_keys(unlocked: &Unlocked, job: &Job, call: ImportKeys, buffers: Buffers) -> Result<()> {
    let [file] = buffers_of(buffers)?;
    job.tell(Stage::Unlocking, 0, 1);
    job.rest().await?;
    identity::import(unlocked, job, &file, call.secret.expose()).await
}

async fn open_with_key(unlocked: &Unlocked, job: &Job, call: OpenFileWithKey, buffers: Buffers) -> Answered {
    let [file, key_file] = buffers_of(buffers)?;
    let view = opened::open_file_with_key(unlocked, job, file, &key_file, call.secret.expose()).await?;
    plain(Box::new(view))
}
