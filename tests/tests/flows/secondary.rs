//! Up to the first list of letters nothing is called whose code may come later (docs/design/loading.md).

use std::cell::Cell;
use std::rc::Rc;

use sceau_client::world::{Local, Secondary, TransportError};
use sceau_protocol::{Describe, FailureCode, MailboxRole, ReadNew, SignOut};

use crate::letters_exchange::{DOCTOR, NURSE};
use crate::letters_refused::short;
use crate::office::{Office, PASS_PHRASE};
use crate::person::Person;

/// Code that cannot be fetched until it can.
#[derive(Default)]
struct Late {
    can_be_fetched: Cell<bool>,
    asked: Cell<u32>,
}

impl Secondary for Late {
    fn load(&self) -> Local<'_, Result<(), TransportError>> {
        self.asked.set(self.asked.get() + 1);
        let outcome = if self.can_be_fetched.get() { Ok(()) } else { Err(TransportError::Unreachable) };
        Box::pin(async move { outcome })
    }
}

#[tokio::test]
async fn the_first_list_waits_for_no_other_code_and_a_letter_does() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    office.enrol(DOCTOR.0, DOCTOR.1).await;
    nurse.write(short(DOCTOR), &[]).await.unwrap();

    let late = Rc::new(Late::default());
    let doctor = Person::in_two_parts(office.wire.clone(), late.clone());
    doctor.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
    doctor.ask(Describe {}).await.unwrap();
    let rows = doctor.rows_now(MailboxRole::Inbox, None).await.unwrap();
    doctor.ask(ReadNew {}).await.unwrap();
    assert_eq!((rows.len(), late.asked.get()), (1, 0));

    let failure = doctor.open(&rows[0].email).await.unwrap_err();
    assert_eq!((failure.code, late.asked.get()), (FailureCode::RelayUnreachable, 1));
    assert_eq!(doctor.rows_now(MailboxRole::Inbox, None).await.unwrap().len(), 1);

    late.can_be_fetched.set(true);
    assert_eq!(doctor.open(&rows[0].email).await.unwrap().subject, "Question");
    assert_eq!(late.asked.get(), 2);
    doctor.ask(SignOut {}).await.unwrap();
    assert_eq!(late.asked.get(), 2);
}
