//! SMTP of a serving relay: its listeners, and the queue behind it.

use std::{path::PathBuf, sync::Arc};

use tokio::{net::TcpListener, task::JoinSet};

use super::{Door, Options, Smtp, system_roots};
use crate::{
    command::{Failure, print},
    queue::{Worker, route},
    relay::Relay,
    serve::tls::Tls,
};

/// How other relays reach this one, and what it is called among them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SmtpSettings {
    pub(crate) listen: Vec<String>,
    /// The machine's, when there is none.
    pub(crate) name: Option<String>,
    /// Certificate and key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// Letters are taken without TLS as well: whoever listens on the way learns who writes to whom.
    pub(crate) danger_clear: bool,
}

/// Opens the listeners and begins to work on the queue; what runs is in `servers` and ends with the relay.
pub(crate) async fn start(
    relay: &Relay,
    settings: &SmtpSettings,
    servers: &mut JoinSet<()>,
) -> Result<(), Failure> {
    let name = name(settings)?;
    let outbound = Smtp::new(&name, system_roots())?;
    if !settings.listen.is_empty() {
        let tls = match &settings.tls {
            Some((certificate, key)) => Some(Arc::new(Tls::open(certificate, key)?)),
            None => None,
        };
        let config = tls.as_ref().map(|tls| tls.without_protocols());
        let options = Options { name, tls: config, danger_clear: settings.danger_clear };
        let door = Door::new(relay.clone(), options);
        for address in &settings.listen {
            let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
            print(&format!("listening on smtp://{}", listener.local_addr()?))?;
            servers.spawn(door.clone().serve(listener));
        }
        tls.map(|tls| tokio::spawn(tls.follow()));
    }
    servers.spawn(Worker::new(relay.clone(), outbound).run());
    Ok(())
}

fn name(settings: &SmtpSettings) -> Result<String, Failure> {
    if let Some(name) = &settings.name {
        return route::normal_domain(name).ok_or_else(|| format!("{name} is no host name").into());
    }
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Ok(route::normal_domain(&machine).unwrap_or_else(|| "localhost".to_owned()))
}
