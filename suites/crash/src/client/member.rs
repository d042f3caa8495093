//! A person with an account, and what she asks of the relay.

use std::sync::Arc;

use axum::http::{Request, StatusCode, header, request::Builder};
use bytes::Bytes;
use http_body_util::Full;
use serde_json::{Value, json};

use super::{Answer, Door, Failed, at};

/// Ids one `Email/query` is asked for, and Emails one `Email/get`.
const PAGE: usize = 1_000;

/// Someone with a token.
#[derive(Clone)]
pub struct Member {
    /// The way to her relay.
    pub door: Arc<Door>,
    /// Her address.
    pub address: String,
    /// Her account.
    pub account: String,
    /// Her token.
    pub token: String,
}

/// An Email, as far as a suite cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Its id.
    pub id: String,
    /// The letter.
    pub blob: String,
    /// The card beside it.
    pub card: Option<String>,
}

impl Member {
    fn request(&self, method: &str, path: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "relay")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }

    async fn send(&self, request: Builder, body: Bytes) -> Result<Answer, Failed> {
        let request = request.body(Full::new(body)).map_err(|error| Failed::Refused(error.to_string()))?;
        self.door.send(request).await
    }

    /// Uploads octets; gives their blob's id.
    ///
    /// # Errors
    /// As [`Failed`] says.
    pub async fn upload(&self, octets: Vec<u8>) -> Result<String, Failed> {
        let request = self.request("POST", &format!("/jmap/upload/{}/", self.account));
        let answer = self.send(request, octets.into()).await?;
        let value = read(&answer, StatusCode::CREATED)?;
        at(&value, "/blobId").as_str().map(str::to_owned).ok_or_else(|| refused(&answer))
    }

    /// The octets of a blob.
    ///
    /// # Errors
    /// As [`Failed`] says.
    pub async fn download(&self, blob: &str) -> Result<Bytes, Failed> {
        let request = self.request("GET", &format!("/jmap/download/{}/{blob}/x", self.account));
        let answer = self.send(request, Bytes::new()).await?;
        if answer.status == StatusCode::OK { Ok(answer.body) } else { Err(refused(&answer)) }
    }

    /// Calls one method; the account's id is filled in.
    ///
    /// # Errors
    /// As [`Failed`] says; an error of the method is a refusal.
    pub async fn call(&self, name: &str, arguments: Value) -> Result<Value, Failed> {
        let mut answers = self.calls(vec![(name, arguments)]).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Calls several in one request; what each was answered.
    ///
    /// # Errors
    /// As [`Failed`] says; an error of any of them is a refusal.
    pub async fn calls(&self, calls: Vec<(&str, Value)>) -> Result<Vec<Value>, Failed> {
        let names: Vec<&str> = calls.iter().map(|(name, _)| *name).collect();
        let calls = calls.into_iter().map(|(name, mut arguments)| {
            if let Some(members) = arguments.as_object_mut() {
                members.entry("accountId").or_insert(json!(self.account));
            }
            json!([name, arguments, "0"])
        });
        let using = sceau_api::capability::ALL.to_vec();
        let body = json!({"using": using, "methodCalls": calls.collect::<Vec<_>>()});
        let request = self.request("POST", "/jmap/api").header(header::CONTENT_TYPE, "application/json");
        let answer = self.send(request, body.to_string().into()).await?;
        let value = read(&answer, StatusCode::OK)?;
        let of_each = names.iter().enumerate().map(|(place, name)| {
            let response = at(&value, &format!("/methodResponses/{place}"));
            let is_answer = at(response, "/0") == name;
            is_answer.then(|| at(response, "/1").clone()).ok_or_else(|| Failed::Refused(response.to_string()))
        });
        of_each.collect()
    }

    /// Every Email of the account.
    ///
    /// # Errors
    /// As [`Failed`] says.
    pub async fn emails(&self, filter: Value) -> Result<Vec<Email>, Failed> {
        let mut emails = Vec::new();
        loop {
            let page = json!({"filter": filter, "position": emails.len(), "limit": PAGE});
            let answer = self.call("Email/query", page).await?;
            let ids = at(&answer, "/ids");
            let asked = ids.as_array().map_or(0, Vec::len);
            if asked == 0 {
                return Ok(emails);
            }
            let properties = ["id", "blobId", "cardBlobId"];
            let got = self.call("Email/get", json!({"ids": ids, "properties": properties})).await?;
            emails.extend(at(&got, "/list").as_array().into_iter().flatten().map(email));
            if asked < PAGE {
                return Ok(emails);
            }
        }
    }

    /// The state of Emails, which grows by what is done.
    ///
    /// # Errors
    /// As [`Failed`] says.
    pub async fn state(&self) -> Result<u64, Failed> {
        let got = self.call("Email/get", json!({"ids": []})).await?;
        number(at(&got, "/state")).ok_or_else(|| Failed::Refused("a state is no number".to_owned()))
    }

    /// The id of the Mailbox with a role.
    ///
    /// # Errors
    /// As [`Failed`] says.
    pub async fn mailbox(&self, role: &str) -> Result<String, Failed> {
        let got = self.call("Mailbox/get", json!({"ids": null})).await?;
        let found =
            at(&got, "/list").as_array().into_iter().flatten().find(|mailbox| at(mailbox, "/role") == role);
        let id = found.and_then(|mailbox| at(mailbox, "/id").as_str());
        id.map(str::to_owned).ok_or_else(|| Failed::Refused(format!("there is no {role}")))
    }
}

/// The number a state of this relay is.
#[must_use]
fn number(state: &Value) -> Option<u64> {
    state.as_str()?.parse().ok()
}

fn email(value: &Value) -> Email {
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let (id, blob) = (text("id").unwrap_or_default(), text("blobId").unwrap_or_default());
    Email { id, blob, card: text("cardBlobId") }
}

fn read(answer: &Answer, wanted: StatusCode) -> Result<Value, Failed> {
    let good = (answer.status == wanted).then(|| serde_json::from_slice(&answer.body).ok()).flatten();
    good.ok_or_else(|| refused(answer))
}

fn refused(answer: &Answer) -> Failed {
    Failed::Refused(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}
