//! What can be done here: the state of the page, the line to the worker, and the work that ties them together.

mod build;
mod compose;
mod formatted;
mod letter;
mod mail;
mod notices;
mod preview;
mod recipients;
mod session;
mod writing;

use futures::channel::oneshot;
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Call, Event, Failure, FailureCode, LinkView, UnixSeconds};

pub use self::formatted::PrintedHead;

#[cfg(feature = "fixtures")]
use crate::browser::fixtures::make as make_wire;
use crate::browser::link::{Happening, Link};
use crate::browser::seat::Seat;
#[cfg(not(feature = "fixtures"))]
use crate::browser::worker::make as make_wire;
use crate::browser::{clock, page, preferences};
use crate::state::account::{LockedMailbox, Session};
use crate::state::compose::Compose;
use crate::state::connection::Connection;
use crate::state::letter::Reading;
use crate::state::mailbox::MailList;
use crate::state::notices::Notices;
use crate::state::place::Place;
use crate::state::preview::{Looking, Packing};
use crate::state::settings::Settings;
use crate::text::Calendar;
use writing::Chosen;

/// The desk: the one context of the application. Copies are the same desk.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The line to the worker.
    pub link: Link,
    /// Who is at the desk.
    pub session: RwSignal<Session>,
    /// The folders and the list.
    pub mail: RwSignal<MailList>,
    /// The reading pane.
    pub reading: RwSignal<Reading>,
    /// The file the reading pane shows, to open it with another key.
    pub file: StoredValue<Option<web_sys::File>, LocalStorage>,
    /// The letters around the one that is shown, the outermost first.
    around: StoredValue<Vec<Reading>>,
    /// The attachment that is looked at.
    pub looking: RwSignal<Option<Looking<ArrayBuffer>>, LocalStorage>,
    /// The link that is asked about before it is followed.
    pub doubted: RwSignal<Option<LinkView>>,
    /// The letter being written.
    pub compose: RwSignal<Option<Compose>>,
    /// Files chosen for it before the worker had begun the draft.
    waiting_files: StoredValue<Vec<Chosen>, LocalStorage>,
    /// The dialogue about the signature is open.
    pub signing: RwSignal<bool>,
    /// A draft is on its way to the relay.
    pub saving: RwSignal<bool>,
    /// The letter whose files are made into one ZIP.
    pub packing: RwSignal<Option<Packing>>,
    /// Who waits for that to end.
    after_saving: StoredValue<Vec<oneshot::Sender<()>>, LocalStorage>,
    /// The notices.
    pub notices: RwSignal<Notices>,
    /// The line to the relay.
    pub connection: RwSignal<Connection>,
    /// Letters read for the first time, in the background: done and in all.
    pub indexing: RwSignal<Option<(u64, u64)>>,
    /// When the list was asked again for letters read in the background.
    refreshed: StoredValue<UnixSeconds>,
    /// This tab's seat, while an account is open here.
    seat: StoredValue<Option<Seat>, LocalStorage>,
    /// The relay serves another build than this one.
    outdated: StoredValue<bool>,
    /// Preferences.
    pub settings: RwSignal<Settings>,
    /// The row the list shall bring into sight and give the focus.
    pub reveal: RwSignal<Option<u32>>,
    /// Where the person is.
    pub place: RwSignal<Place>,
}

/// The desk of this page.
pub fn use_desk() -> Desk {
    expect_context::<Desk>()
}

impl Desk {
    /// Sets the desk up and starts the worker.
    pub fn open() -> Self {
        let heard = StoredValue::new_local(None::<Desk>);
        let link = Link::start(Box::new(make_wire), move |happening| {
            if let Some(desk) = heard.get_value() {
                desk.happened(happening);
            }
        });
        let desk = Self {
            link,
            session: RwSignal::new(Session::Locked(LockedMailbox::default())),
            mail: RwSignal::default(),
            reading: RwSignal::default(),
            file: StoredValue::new_local(None),
            around: StoredValue::new(Vec::new()),
            looking: RwSignal::new_local(None),
            doubted: RwSignal::new(None),
            compose: RwSignal::new(None),
            signing: RwSignal::new(false),
            saving: RwSignal::new(false),
            packing: RwSignal::new(None),
            waiting_files: StoredValue::new_local(Vec::new()),
            after_saving: StoredValue::new_local(Vec::new()),
            notices: RwSignal::default(),
            connection: RwSignal::default(),
            indexing: RwSignal::new(None),
            refreshed: StoredValue::new(0),
            seat: StoredValue::new_local(None),
            outdated: StoredValue::new(false),
            settings: RwSignal::new(preferences::read()),
            reveal: RwSignal::new(None),
            place: RwSignal::new(Place::from_fragment(&page::fragment())),
        };
        heard.set_value(Some(desk));
        desk.watch_build();
        desk
    }

    /// The reader's calendar.
    pub fn calendar(self) -> Calendar {
        clock::CALENDAR
    }

    /// Computes from now on by the backend that the preferences name.
    pub fn choose_backend(self) {
        self.link.choose_backend();
    }

    /// Asks the worker; an answer that ends the session is heeded here, for every call.
    pub async fn ask<C: Call>(self, call: C) -> Result<C::Answer, Failure> {
        let answer = self.link.ask(call).await;
        self.heed(answer)
    }

    fn heed<T>(self, answer: Result<T, Failure>) -> Result<T, Failure> {
        if let Err(failure) = &answer
            && matches!(failure.code, FailureCode::SessionEnded | FailureCode::SignedOut)
        {
            self.ended(failure.code);
        }
        answer
    }

    /// Letters fill in while they are read for the first time: the list is asked again once a second, and at the end.
    fn indexed(self, done: u64, total: u64) {
        self.indexing.set((done < total).then_some((done, total)));
        let now = (self.calendar().now)();
        if done >= total || self.refreshed.get_value() != now {
            self.refreshed.set_value(now);
            self.refresh();
        }
    }

    fn happened(self, happening: Happening) {
        match happening {
            Happening::WorkerStopped => {
                self.notices.update(Notices::orphaned);
                self.ended(FailureCode::WorkerStopped);
                // Its files may be gone because others are served now.
                spawn_local(self.look_for_build());
            }
            Happening::Event(Event::SessionEnded) => self.ended(FailureCode::SessionEnded),
            Happening::Event(Event::MailChanged) => self.refresh(),
            Happening::Event(Event::Indexed { done, total }) => self.indexed(done, total),
            Happening::Event(event @ Event::Online { .. }) => {
                let is_back = self.connection.get_untracked() != Connection::Unknown;
                self.connection.update(|line| line.happened(&event));
                if is_back {
                    self.refresh();
                    self.relay_is_back();
                    spawn_local(self.look_for_build());
                }
            }
            Happening::Event(event @ Event::Offline { .. }) => {
                self.connection.update(|line| line.happened(&event));
            }
        }
    }
}
