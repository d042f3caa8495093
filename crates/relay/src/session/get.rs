//! The session resource (RFC 8620 §2).

use std::collections::BTreeMap;

use axum::{Json, extract, http::HeaderMap, response::Redirect};
use sceau_api::{
    AccountId, Session, State, capability, path,
    session::{
        Account, AccountCapabilities, BlobAccountCapability, Capabilities, CoreCapability,
        DirectoryCapability, Empty, IndexCapability, LetterCapability, MailAccountCapability,
        SubmissionAccountCapability, VaultCapability, WebPushVapidCapability, WebSocketCapability,
    },
};
use sha2::{Digest as _, Sha256};

use super::bearer::Bearer;
use crate::{account, blob, email, limits, problem::Denied, relay::Relay, token::scope};

/// `GET /.well-known/jmap` (RFC 8620 §2.2).
pub(crate) async fn well_known() -> Redirect {
    Redirect::permanent(path::SESSION)
}

/// `GET /jmap/session`.
///
/// A browser gets the addresses as paths, since only it knows the origin a proxy may have given the page. Other
/// programs get them whole.
pub(crate) async fn get(
    extract::State(relay): extract::State<Relay>,
    bearer: Bearer,
    headers: HeaderMap,
) -> Result<Json<Session>, Denied> {
    let mut session = session(&relay, &bearer);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(host) = text("host").filter(|_| text("sec-fetch-site").is_none()) {
        let is_https = relay.doors().tls || text("x-forwarded-proto") == Some("https");
        let scheme = if is_https { "https" } else { "http" };
        for url in [
            &mut session.api_url,
            &mut session.download_url,
            &mut session.upload_url,
            &mut session.event_source_url,
        ] {
            *url = format!("{scheme}://{host}{url}");
        }
        let socket = &mut session.capabilities.websocket.url;
        *socket = format!("{}://{host}{socket}", if scheme == "https" { "wss" } else { "ws" });
    }
    Ok(Json(session))
}

/// The state of the session resource, for every API answer (RFC 8620 §3.4).
pub(crate) fn state(relay: &Relay, bearer: &Bearer) -> State {
    session(relay, bearer).state
}

fn session(relay: &Relay, bearer: &Bearer) -> Session {
    let id = AccountId(account::wire_id(bearer.account));
    let account = Account {
        name: bearer.address.clone(),
        is_personal: true,
        is_read_only: !bearer.scopes.contain_any(scope::UPLOAD),
        account_capabilities: account_capabilities(),
    };
    let mut session = Session {
        capabilities: capabilities(relay),
        accounts: BTreeMap::from([(id.clone(), account)]),
        primary_accounts: capability::ALL.iter().map(|name| ((*name).to_owned(), id.clone())).collect(),
        username: bearer.address.clone(),
        api_url: path::API.to_owned(),
        download_url: format!("{}{{accountId}}/{{blobId}}/{{name}}?accept={{type}}", path::DOWNLOAD),
        upload_url: format!("{}{{accountId}}/", path::UPLOAD),
        event_source_url: format!(
            "{}?types={{types}}&closeafter={{closeafter}}&ping={{ping}}",
            path::EVENT_SOURCE
        ),
        state: State(String::new()),
    };
    let text = serde_json::to_vec(&session).unwrap_or_default();
    session.state = State(hex::encode(Sha256::digest(text)).chars().take(16).collect());
    session
}

fn capabilities(relay: &Relay) -> Capabilities {
    Capabilities {
        core: CoreCapability {
            max_size_upload: limits::UPLOAD_BYTES,
            max_concurrent_upload: limits::CONCURRENT_UPLOADS,
            max_size_request: limits::REQUEST_BYTES,
            max_concurrent_requests: limits::CONCURRENT_REQUESTS,
            max_calls_in_request: limits::CALLS_IN_REQUEST,
            max_objects_in_get: limits::OBJECTS_IN_GET,
            max_objects_in_set: limits::OBJECTS_IN_SET,
            collation_algorithms: Vec::new(),
        },
        mail: Empty {},
        submission: Empty {},
        blob: Empty {},
        quota: Empty {},
        websocket: WebSocketCapability { url: path::WEBSOCKET.to_owned(), supports_push: true },
        webpush_vapid: WebPushVapidCapability { application_server_key: relay.vapid().public().to_owned() },
        letter: LetterCapability {
            max_envelopes: limits::ENVELOPES,
            max_recipients: limits::RECIPIENTS,
            max_delayed_send: limits::DELAYED_SEND.unsigned_abs(),
            client_letter_id_lifetime: limits::CLIENT_LETTER_ID_LIFETIME.unsigned_abs(),
            unreferenced_blob_lifetime: limits::UNREFERENCED_BLOB_LIFETIME.unsigned_abs(),
            max_size_card: limits::CARD_BYTES,
        },
        vault: VaultCapability {
            max_size_item: count(limits::VAULT_ITEM_BYTES),
            max_items: limits::VAULT_ITEMS.unsigned_abs(),
        },
        directory: DirectoryCapability {
            max_addresses_in_lookup: limits::LOOKUP_ADDRESSES,
            max_query_results: limits::DIRECTORY_RESULTS,
            max_certificates: limits::CERTIFICATES,
        },
        index: IndexCapability {
            max_size_segment: count(limits::SEGMENT_BYTES),
            max_segments_in_get: limits::SEGMENTS_IN_GET,
        },
    }
}

fn account_capabilities() -> AccountCapabilities {
    AccountCapabilities {
        core: Empty {},
        mail: MailAccountCapability {
            max_mailboxes_per_email: None,
            max_mailbox_depth: Some(limits::MAILBOX_DEPTH),
            max_size_mailbox_name: count(limits::MAILBOX_NAME_BYTES),
            max_size_attachments_per_email: limits::UPLOAD_BYTES,
            email_query_sort_options: names(&email::query::SORTS),
            may_create_top_level_mailbox: true,
        },
        submission: SubmissionAccountCapability {
            max_delayed_send: limits::DELAYED_SEND.unsigned_abs(),
            submission_extensions: BTreeMap::from([
                ("FUTURERELEASE".to_owned(), Vec::new()),
                ("MT-PRIORITY".to_owned(), vec!["MIXER".to_owned()]),
            ]),
        },
        blob: BlobAccountCapability {
            max_size_blob_set: Some(limits::BLOB_SET_BYTES),
            max_data_sources: limits::DATA_SOURCES,
            supported_type_names: names(&blob::lookup::TYPES),
            supported_digest_algorithms: names(&blob::get::DIGESTS),
        },
        quota: Empty {},
        letter: Empty {},
        vault: Empty {},
        directory: Empty {},
        index: Empty {},
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn count(limit: usize) -> u64 {
    u64::try_from(limit).unwrap_or(u64::MAX)
}
