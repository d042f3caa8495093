//! Threads (RFC 8621 §3), by Message-ID, In-Reply-To and References only.

use serde::{Deserialize, Serialize};

use crate::{
    id::{EmailId, ThreadId},
    method::{GetRequest, GetResponse},
};

/// `Thread/get` (RFC 8621 §3.1).
pub type ThreadGet = GetRequest<ThreadId>;
/// Its answer.
pub type ThreadGetResponse = GetResponse<Thread, ThreadId>;

/// A Thread (RFC 8621 §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// Its Emails, oldest first.
    #[serde(default)]
    pub email_ids: Vec<EmailId>,
}
