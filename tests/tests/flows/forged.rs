//! Letters no honest client writes, put into a mailbox by somebody who has an account.

use std::rc::Rc;

use sceau_api::letter::{LetterEnvelope, LetterSend, LetterSendResponse, SealedBlob};
use sceau_client::job::Job;
use sceau_client::relay::Relay;
use sceau_client::world::{InOnePiece, NoReading, NoStorage, World};
use sceau_mime::{Address, Date, Draft};
use sceau_smime::letter::{Profile, Recipient, SealRequest, SealedLetter, seal};
use sceau_smime::{Certificate, Identity, UnixTime};

use crate::native::{NativeClock, NativeRandomness, now};
use crate::office::{Office, rng};

/// A letter that says it is `from` somebody, signed by whoever `signer` is.
pub(crate) fn letter(from: (&str, &str), signer: &Identity, to: (&str, &Certificate)) -> SealedLetter {
    let mut draft = Draft::new(Address::new(from.0, from.1), Date::utc(now()), "forged@example.org");
    draft.to = vec![Address::bare(to.0)];
    draft.subject = "Ordonnance".to_owned();
    draft.text = "Doublez la dose.\n".to_owned();
    let recipient = Recipient { certificate: to.1.clone(), address: to.0.to_owned(), capabilities: None };
    let request = SealRequest {
        draft: &draft,
        signer,
        recipients: std::slice::from_ref(&recipient),
        profile: Profile::Default,
    };
    seal(&request, UnixTime(now()), &mut rng()).unwrap()
}

/// Has the relay deliver a letter, handed in by an account.
pub(crate) async fn deliver(office: &Office, account: &str, to: &str, letter: SealedLetter) {
    let token = office.relay.create_token(account).unwrap();
    let world = World {
        transport: office.wire.clone(),
        storage: Rc::new(NoStorage),
        clock: Rc::new(NativeClock::right()),
        randomness: Rc::new(NativeRandomness),
        crypto: Rc::new(sceau_smime::backend::Rust),
        reading: Rc::new(NoReading),
        secondary: Rc::new(InOnePiece),
    };
    let job = Job::silent(world.clock.clone());
    let relay = Relay::new(world);
    relay.sign_in(token.token);
    let blob_id = relay.upload(&job, &token.account_id, letter.eml).await.unwrap();
    let card_blob_id = Some(relay.upload(&job, &token.account_id, letter.card).await.unwrap());
    let copy = SealedBlob { blob_id: blob_id.clone(), card_blob_id: card_blob_id.clone() };
    let send = LetterSend {
        account_id: token.account_id,
        client_letter_id: hex::encode(letter.sha256),
        sent_copy: copy,
        envelopes: vec![LetterEnvelope { blob_id, card_blob_id, rcpt_to: vec![to.to_owned()] }],
        send_at: None,
        priority: None,
        on_success_destroy_email: None,
    };
    let _: LetterSendResponse = relay.call(&job, "Letter/send", &send).await.unwrap();
}
