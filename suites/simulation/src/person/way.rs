//! The way from a person to her relay.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::BoxFuture;
use sceau_crash::client;

use crate::net::{Line, Net, Place, Service, Stream};

/// Opens lines, and knows how the last one was.
pub(crate) struct Way {
    net: Net,
    from: Place,
    relay: usize,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    line: Option<Arc<Line>>,
    /// A line was begun and is not there yet.
    is_opening: bool,
}

impl Way {
    pub(crate) fn new(net: Net, from: Place, relay: usize) -> Self {
        Self { net, from, relay, last: Mutex::default() }
    }

    /// Opens a line.
    pub(crate) async fn line(&self) -> io::Result<Stream> {
        self.set(|last| last.is_opening = true);
        let stream = self.net.connect(self.from, self.relay, Service::Http).await?;
        let line = Arc::clone(stream.line());
        self.set(|last| *last = Last { line: Some(line), is_opening: false });
        Ok(stream)
    }

    /// Something is asked: that no line could be opened before says nothing of it.
    pub(crate) fn ask_anew(&self) {
        self.set(|last| last.is_opening = false);
    }

    /// Whether there is a line and nothing ever went wrong with it.
    pub(crate) fn is_sound(&self) -> bool {
        let mut is_sound = false;
        self.set(|last| {
            is_sound = !last.is_opening && last.line.as_ref().is_some_and(|line| !line.is_hurt());
        });
        is_sound
    }

    fn set(&self, change: impl FnOnce(&mut Last)) {
        change(&mut self.last.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl client::Way for Way {
    fn open(&self) -> BoxFuture<'_, io::Result<Box<dyn client::Stream>>> {
        Box::pin(async { Ok(Box::new(self.line().await?) as Box<dyn client::Stream>) })
    }
}
