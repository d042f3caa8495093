//! Letters out by SMTP (RFC 5321 §3.3): one connection and one transaction per attempt, a reply per recipient.

mod conversation;
mod transaction;

use std::sync::Arc;

use futures::future::BoxFuture;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use self::{
    conversation::{Conversation, Hello, Trouble},
    transaction::{shape_of, transact},
};
use super::{
    network::{Network, Tcp},
    text::Shape,
    tls::{TlsFault, client_config, danger_any_certificate},
    wire::Stream,
};
use crate::{
    limits,
    queue::{Attempt, Fate, Outbound, Parcel, RouteTls},
};

/// Carries letters by SMTP.
#[derive(Clone)]
pub struct Smtp {
    name: String,
    verified: Arc<ClientConfig>,
    danger_any: Arc<ClientConfig>,
    network: Arc<dyn Network>,
}

impl Smtp {
    /// A client that calls itself `name` and trusts certificates under `roots`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(name: &str, roots: RootCertStore) -> Result<Self, TlsFault> {
        let (verified, danger_any) = (client_config(roots)?, danger_any_certificate()?);
        Ok(Self { name: name.to_owned(), verified, danger_any, network: Arc::new(Tcp) })
    }

    /// The same over a network of one's own.
    #[must_use]
    pub fn over(self, network: impl Network + 'static) -> Self {
        Self { network: Arc::new(network), ..self }
    }

    async fn attempt(&self, parcel: &Parcel) -> Attempt {
        let shape = match shape_of(parcel).await {
            Ok(shape) => shape,
            // Ours to mend, not the host's.
            Err(_) => return Attempt::all(parcel, Fate::Later, "451 4.3.0 The letter cannot be read", true),
        };
        if shape.is_binary {
            let text = "554 5.6.1 The letter has octets that SMTP does not carry; seal it in base64";
            return Attempt::all(parcel, Fate::Never, text, true);
        }
        match self.connect(parcel, shape).await {
            Ok(attempt) => attempt,
            Err(trouble) => Attempt::unreachable(parcel, &trouble.reply()),
        }
    }

    async fn connect(&self, parcel: &Parcel, shape: Shape) -> Result<Attempt, Trouble> {
        let connecting = self.network.connect(&parcel.route.host, parcel.route.port);
        let connected = timeout(limits::SMTP_CONNECT_WAIT, connecting).await;
        let stream = connected.map_err(|_| Trouble::Late)?.map_err(|_| Trouble::NoConnection)?;
        match parcel.route.tls {
            RouteTls::Implicit => {
                let mut talk = Conversation::new(self.secure(parcel, stream, &self.verified).await?);
                talk.greeting().await?;
                let hello = talk.hello(&self.name).await?;
                Ok(transact(talk, parcel, shape, hello, true).await)
            }
            RouteTls::Required => self.upgrade(parcel, shape, stream, &self.verified).await,
            RouteTls::Opportunistic => self.upgrade(parcel, shape, stream, &self.danger_any).await,
        }
    }

    /// Begins in clear and goes on with STARTTLS (RFC 3207).
    async fn upgrade(
        &self,
        parcel: &Parcel,
        shape: Shape,
        stream: Box<dyn Stream>,
        config: &Arc<ClientConfig>,
    ) -> Result<Attempt, Trouble> {
        let is_required = parcel.route.tls != RouteTls::Opportunistic;
        let mut talk = Conversation::new(stream);
        talk.greeting().await?;
        let hello = talk.hello(&self.name).await?;
        if !hello.has_tls {
            return if is_required {
                Err(Trouble::NoTls)
            } else {
                Ok(transact(talk, parcel, shape, hello, false).await)
            };
        }
        let stream = talk.start_tls().await?;
        let mut talk = Conversation::new(self.secure(parcel, stream, config).await?);
        // What was offered before TLS does not count (RFC 3207 §4.2).
        let hello: Hello = talk.hello(&self.name).await?;
        Ok(transact(talk, parcel, shape, hello, is_required).await)
    }

    async fn secure<S: Stream>(
        &self,
        parcel: &Parcel,
        stream: S,
        config: &Arc<ClientConfig>,
    ) -> Result<impl Stream + use<S>, Trouble> {
        let name = ServerName::try_from(parcel.route.host.clone()).map_err(|_| Trouble::BadTls)?;
        let connecting = TlsConnector::from(Arc::clone(config)).connect(name, stream);
        let connected = timeout(limits::SMTP_CONNECT_WAIT, connecting).await;
        connected.map_err(|_| Trouble::Late)?.map_err(|_| Trouble::BadTls)
    }
}

impl Outbound for Smtp {
    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let whole = timeout(limits::SMTP_CONNECTION_TIME, self.attempt(parcel)).await;
            whole.unwrap_or_else(|_| Attempt::unreachable(parcel, &Trouble::Late.reply()))
        })
    }
}
