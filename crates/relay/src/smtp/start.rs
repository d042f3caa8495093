//! SMTP when the relay begins to serve.

use std::path::PathBuf;

use tokio::net::TcpListener;

use super::{Door, Options, Smtp, server_config, system_roots};
use crate::{
    command::{Failure, print},
    queue::{Worker, route},
    relay::Relay,
};

/// How other relays reach this one, and it them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct SmtpSettings {
    /// Addresses at which it takes letters from other relays.
    pub(crate) listen: Vec<String>,
    /// The name this relay has among others; the machine's, if not given.
    pub(crate) name: Option<String>,
    /// Certificate and key for that name.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// Takes letters without TLS as well.
    pub(crate) danger_clear: bool,
}

impl SmtpSettings {
    /// Opens the listeners, and begins to work on the queue.
    pub(crate) async fn start(&self, relay: &Relay) -> Result<(), Failure> {
        let name = self.name()?;
        let outbound = Smtp::new(&name, system_roots())?;
        if !self.listen.is_empty() {
            let tls = match &self.tls {
                Some((certificate, key)) => Some(server_config(certificate, key)?),
                None => None,
            };
            let door = Door::new(relay.clone(), Options { name, tls, danger_clear: self.danger_clear });
            for address in &self.listen {
                let listener =
                    TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
                print(&format!("listening on smtp://{}", listener.local_addr()?))?;
                tokio::spawn(door.clone().serve(listener));
            }
        }
        tokio::spawn(Worker::new(relay.clone(), outbound).run());
        Ok(())
    }

    fn name(&self) -> Result<String, Failure> {
        if let Some(name) = &self.name {
            return route::normal_domain(name).ok_or_else(|| format!("{name} is no host name").into());
        }
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Ok(route::normal_domain(&machine).unwrap_or_else(|| "localhost".to_owned()))
    }
}
