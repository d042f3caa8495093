//! What `serve` is told about watching.

use std::{path::PathBuf, str::FromStr};

use axum::Router;
use tokio::net::TcpListener;

use super::{
    keep::send_spans,
    operator::{listeners, operator, read_token},
    spans::{Endpoint, Recorder},
};
use crate::{command::Failure, relay::Relay};

/// How it is watched.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Watching {
    /// Where the operator's page and the figures are served.
    pub(crate) operator: Option<String>,
    /// The file of the token that whoever looks must show.
    pub(crate) token_file: Option<PathBuf>,
    /// Where spans go.
    pub(crate) otlp: Option<Endpoint>,
    /// How many requests are traced.
    pub(crate) share: Share,
}

/// A share, as parts of a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(u32);

impl Default for Share {
    /// All of it.
    fn default() -> Self {
        Self(1_000_000)
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write a share between 0 and 1, as 0.05";
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let is_number = whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || part.len() > 6 || !is_number {
            return Err(FORM);
        }
        let number = format!("{whole}{part:0<6}").parse::<u32>().map_err(|_| FORM)?;
        (number <= 1_000_000).then_some(Self(number)).ok_or(FORM)
    }
}

impl Watching {
    /// Begins to record spans and to send them, where they are wanted.
    pub(crate) fn record(&self, relay: &Relay) {
        if let Some(endpoint) = &self.otlp {
            relay.watch().record(Recorder::new(endpoint.clone(), self.share.0));
            tokio::spawn(send_spans(relay.clone()));
        }
    }

    /// The operator's listeners; none where none are wanted.
    pub(crate) async fn listeners(&self) -> Result<Vec<TcpListener>, Failure> {
        let Some(address) = &self.operator else { return Ok(Vec::new()) };
        let mut bound = Vec::new();
        for address in listeners(address, self.token_file.is_some())? {
            bound.push(TcpListener::bind(address).await?);
        }
        Ok(bound)
    }

    /// What they serve.
    pub(crate) fn service(&self, relay: &Relay) -> Result<Router, Failure> {
        let token = self.token_file.as_deref().map(read_token).transpose()?;
        Ok(operator(relay.clone(), token.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_between_none_and_all() {
        let told = ["0", "1", "1.0", "0.05", "0.000001", "1.000000"]
            .map(|text| text.parse().map(|Share(parts)| parts));
        assert_eq!(told, [Ok(0), Ok(1_000_000), Ok(1_000_000), Ok(50_000), Ok(1), Ok(1_000_000)]);
        for wrong in ["", "1.1", "-1", "2", "0.0000001", "a", "0.-1", "0.5e"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
    }
}
