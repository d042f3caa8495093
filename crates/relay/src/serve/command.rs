//! `sceau-relay serve`.

use std::{process::ExitCode, sync::Arc};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::timeout,
};

use super::{
    serve,
    settings::{Flags, Settings},
    tls::Tls,
};
use crate::{
    command::{Failure, complain, print},
    limits, log,
    push::{Contact, Internet, Pusher},
    relay::Relay,
    smtp::start::start as start_smtp,
    watch,
};

/// Serves until a signal ends it: exit code 0 then, 1 when it cannot serve, 3 when what was said makes no sense.
pub(crate) fn run(flags: Flags) -> ExitCode {
    let settings = match Settings::gather(flags) {
        Ok(settings) => settings,
        Err(error) => {
            complain(&error.into());
            return ExitCode::from(3);
        }
    };
    match start(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::FAILURE
        }
    }
}

fn start(settings: &Settings) -> Result<(), Failure> {
    if let Some(folder) = settings.page.as_deref().filter(|folder| !folder.join("index.html").is_file()) {
        return Err(format!("{} holds no index.html; build the page first", folder.display()).into());
    }
    let tls = settings.tls.as_ref().map(|(certificate, key)| Tls::open(certificate, key)).transpose()?;
    let relay = Relay::open_to_serve(&settings.data, settings.page.clone())?.behind(settings.doors());
    let relay = match &settings.node {
        Some(node) => relay.named(node.as_str()),
        None => relay,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(until_stopped(relay, settings, tls.map(Arc::new)));
    // Work that no one waits for any more is not waited for either; what was answered is on disk.
    runtime.shutdown_background();
    outcome
}

async fn until_stopped(relay: Relay, settings: &Settings, tls: Option<Arc<Tls>>) -> Result<(), Failure> {
    // Heard from the first moment on: a signal while it starts is one.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut servers = JoinSet::new();
    for address in &settings.listen {
        let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
        print(&format!("listening on {scheme}://{}", listener.local_addr()?))?;
        servers.spawn(serve(relay.clone(), listener, tls.clone()));
    }
    start_smtp(&relay, &settings.smtp, &mut servers).await?;
    for listener in settings.watching.listeners().await? {
        print(&format!("operator on http://{}", listener.local_addr()?))?;
        let service = settings.watching.service(&relay)?.into_make_service();
        // Until the process ends: whoever looks sees the stop as well.
        tokio::spawn(async move { axum::serve(listener, service).await });
    }
    log::line("serving", &[("addresses", &settings.listen.len().to_string())]);
    tls.map(|tls| tokio::spawn(tls.follow()));
    tokio::spawn(push(relay.clone(), settings.push_contact.clone()));
    settings.watching.record(&relay);
    tokio::spawn(watch::keep(relay.clone()));
    tokio::spawn(relay.clone().keep_house());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    log::line("stopping", &[]);
    relay.stop();
    while servers.join_next().await.is_some() {}
    relay.blocking(|relay| relay.write_access_trace().and_then(|()| relay.anchor_access_trace())).await?;
    // A collector that is gone does not hold up the end.
    let _ = timeout(limits::SPANS_PATIENCE, relay.send_spans()).await;
    log::line("stopped", &[]);
    Ok(())
}

/// Pushes until the relay stops. The system's roots take a moment to read, which nothing else waits for.
async fn push(relay: Relay, contact: Option<Contact>) {
    let internet = relay.blocking(|_| Internet::new()).await;
    match internet {
        Ok(internet) => Pusher::new(relay, internet).with_contact(contact).run().await,
        Err(fault) => log::line("push_is_off", &[("fault", &fault.to_string())]),
    }
}
