//! `Identity/set` (RFC 8621 §6.3): nothing of an Identity is the member's to change. The name is the one the relay's
//! keeper gave, since the directory shows it to others; the address is the account's.

use sceau_api::{IdentityId, SetError, SetErrorType, identity::IdentitySet, push::ObjectType};

use super::id_of;
use crate::{
    jmap::{
        Call, Outcome,
        standard::{SetDone, set_size, state_must_be},
    },
    limits,
    store::change,
};

/// `Identity/set`.
pub(crate) fn set(call: &Call<'_>) -> Outcome {
    let request: IdentitySet = call.arguments()?;
    call.limit(set_size(&request), limits::OBJECTS_IN_SET)?;
    call.read(|tx| {
        let old_state =
            state_must_be(tx, call.account(), &ObjectType::Identity, request.if_in_state.as_ref())?;
        let own = id_of(call.account());
        let mut done = SetDone::default();
        for creation_id in request.create.iter().flatten().map(|(creation_id, _)| creation_id) {
            // RFC 8621 §6.3: an address the account may not send from.
            done.create(creation_id, Err(SetError::new(SetErrorType::ForbiddenFrom)));
        }
        let kind =
            |id: &IdentityId| if *id == own { SetErrorType::Forbidden } else { SetErrorType::NotFound };
        for (id, patch) in request.update.iter().flatten() {
            let unchanged = *id == own && patch.is_empty();
            done.update(id.as_str(), if unchanged { Ok(()) } else { Err(SetError::new(kind(id))) });
        }
        for id in request.destroy.iter().flatten() {
            done.destroy(id.as_str(), Err(SetError::new(kind(id))));
        }
        let new_state = change::state(tx, call.account(), &ObjectType::Identity)?;
        done.answer(call, old_state, new_state)
    })
}
