//! Someone with an account, what she does, and what she was told.

mod follow;
mod ledger;
mod mail;
mod mirror;
mod poll;
mod send;
mod way;

use std::{future::Future, sync::Arc, time::Duration};

use sceau_crash::{
    chance::Chance,
    client::{Door, Failed, Member},
};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use self::way::Way;
use crate::{
    net::{Net, Place},
    plan::Plan,
    run::World,
};

pub(crate) use follow::{Told, follow};
pub(crate) use ledger::{Fate, Ledger, Sending, Undone};
pub(crate) use mirror::{Known, Mirror};

/// The longest anybody waits for an answer. On a line without a fault, nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often what must be known at the end is asked for.
const TRIES: u32 = 40;

/// A person.
pub(crate) struct Person {
    pub(crate) number: usize,
    pub(crate) world: Arc<World>,
    pub(crate) relay: usize,
    pub(crate) address: String,
    member: Member,
    way: Arc<Way>,
    chance: Chance,
    pub(crate) ledger: Ledger,
    pub(crate) mirror: Mirror,
}

impl Person {
    /// The one with that number among the residents.
    pub(crate) fn new(world: &Arc<World>, number: usize, chance: Chance) -> Option<Self> {
        let resident = world.residents.get(number)?;
        let way = Arc::new(Way::new(world.net.clone(), Place::Person(number), resident.relay));
        let member = Member {
            door: Arc::new(Door::over(Arc::clone(&way))),
            address: resident.address.clone(),
            account: resident.account.clone(),
            token: resident.token.clone(),
        };
        let (relay, address) = (resident.relay, resident.address.clone());
        let (world, ledger, mirror) = (Arc::clone(world), Ledger::default(), Mirror::default());
        Some(Self { number, world, relay, address, member, way, chance, ledger, mirror })
    }

    /// Does what the plan says, with pauses.
    pub(crate) async fn work(mut self, plan: Plan) -> Self {
        for _ in 0..plan.acts {
            sleep(Duration::from_millis(plan.pause(&mut self.chance))).await;
            self.act().await;
        }
        self
    }

    async fn act(&mut self) {
        match self.chance.below(12) {
            0..5 => self.send().await,
            5 => self.cancel().await,
            6..8 => self.mark().await,
            8 => self.destroy().await,
            9 => self.file().await,
            10 => drop(self.sync().await),
            _ => drop(self.poll().await),
        }
    }

    /// Calls a method; what is refused without a reason is found.
    async fn ask(&self, name: &str, arguments: Value) -> Result<Value, Failed> {
        let answer = self.within(name, self.member.call(name, arguments)).await;
        let outcome = answer.as_ref().err().map_or_else(|| "done".to_owned(), ToString::to_string);
        self.world.trace.line(&format!("person {} {name}: {outcome}", self.number));
        answer
    }

    /// Waits for an answer within her patience, which no relay may use up that could have answered.
    async fn within<T>(
        &self,
        what: &str,
        asking: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        self.way.ask_anew();
        let was_well = self.world.is_well(self.relay);
        let Ok(answer) = timeout(PATIENCE, asking).await else {
            if self.way.is_sound() {
                self.world.wrong("hangs", format!("{what} of {} had no answer", self.address));
            }
            return Err(Failed::Broken("she has no more patience".to_owned()));
        };
        if let Err(Failed::Refused(text)) = &answer
            && was_well
            && self.world.is_well(self.relay)
            && self.way.is_sound()
            && !is_reasonable(text)
        {
            self.world.wrong("refused", format!("{what} of {}: {text}", self.address));
        }
        answer
    }

    /// Asks until there is an answer, when nothing stands in its way any more.
    pub(crate) async fn surely(&self, name: &str, arguments: Value) -> Option<Value> {
        for _ in 0..TRIES {
            match self.ask(name, arguments.clone()).await {
                Ok(value) => return Some(value),
                Err(_) => sleep(Duration::from_secs(15)).await,
            }
        }
        self.world.wrong("no answer", format!("{name} of {} after {TRIES} tries", self.address));
        None
    }

    /// Lets go of her line.
    pub(crate) fn leave(&mut self) {
        self.member.door = Arc::new(Door::over(Arc::clone(&self.way)));
    }

    fn now(&self) -> i64 {
        self.world.time(Instant::now())
    }
}

/// What a relay may refuse while nothing is wrong with it.
fn is_reasonable(text: &str) -> bool {
    const REASONS: [&str; 6] = [
        "\"blobNotFound\"",
        "\"overQuota\"",
        "\"cannotUnsend\"",
        "\"notFound\"",
        "\"stateMismatch\"",
        "503 ",
    ];
    REASONS.iter().any(|reason| text.contains(reason))
}

/// The network a person sees.
pub(crate) fn of_person(net: &Net, number: usize, relay: usize) -> Way {
    Way::new(net.clone(), Place::Person(number), relay)
}
