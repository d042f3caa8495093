//! How much the relay works on at once. Whoever comes when every place is taken waits a moment, as after a burst; where that goes
//! on, waiting would only make everybody late, and those there is no place for are told at once to come back.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use sceau_api::ProblemCode;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

use crate::{limits, problem::Denied};

/// A place at a desk; given back on drop.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    begun: Instant,
    held: Arc<AtomicU64>,
}

impl Drop for Place {
    fn drop(&mut self) {
        // Longer than that says that the disk stood still, not how long the next will take.
        let held = self.begun.elapsed().min(limits::LONGEST_ROW);
        let held = u64::try_from(held.as_micros()).unwrap_or(u64::MAX);
        let mean = self.held.load(Ordering::Relaxed);
        // Two at once may lose one of them, which does not matter to a mean.
        self.held.store(mean - mean / PLACES_IN_MEAN + held / PLACES_IN_MEAN, Ordering::Relaxed);
    }
}

/// Of how many places the last ones say how long one is held.
const PLACES_IN_MEAN: u64 = 16;

/// The places for one kind of work.
pub(crate) struct Desk {
    places: Arc<Semaphore>,
    /// How many there are.
    count: usize,
    /// How long one was held of late, in microseconds.
    held: Arc<AtomicU64>,
    /// Whether only as many may wait as are served soon, and half of the places stay free during a flood: with fewer at work, those who
    /// are accepted are no later than usual.
    is_quick: bool,
    waiting: AtomicUsize,
    begun: Instant,
    /// When somebody last had a place soon, in milliseconds since it began.
    last_soon: AtomicU64,
    /// When somebody was last refused, in the same; 0 is never. One place that happens to be free is not the end of a flood.
    last_refused: AtomicU64,
}

impl Desk {
    /// With so many places for each processor.
    pub(crate) fn per_processor(places: usize) -> Self {
        Self::new(places * thread::available_parallelism().map_or(1, usize::from))
    }

    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            count: places,
            held: Arc::default(),
            is_quick: false,
            waiting: AtomicUsize::new(0),
            begun: Instant::now(),
            last_soon: AtomicU64::new(0),
            last_refused: AtomicU64::new(0),
        }
    }

    /// For work that must not be late: only as many may wait as are served soon, and half of the places stay free during a flood.
    pub(crate) fn kept_quick(self) -> Self {
        Self { is_quick: true, ..self }
    }

    /// Refuses, before anything is read or looked up, when none is free now and waiting would be in vain.
    pub(crate) fn look(&self) -> Result<(), Denied> {
        if self.has_free() {
            self.last_soon.store(self.now(), Ordering::Relaxed);
            return Ok(());
        }
        if self.is_swamped() { Err(self.refuse()) } else { Ok(()) }
    }

    /// Takes a place, or waits a moment for one.
    pub(crate) async fn place(&self) -> Result<Place, Denied> {
        let came = Instant::now();
        let place = match self.free() {
            Some(place) => Some(place),
            None if self.is_flood() => self.wait_in_flood(came).await,
            None if self.is_full() => None,
            None => self.wait_after_burst(came).await,
        };
        let permit = place.ok_or_else(|| self.refuse())?;
        if came.elapsed() <= limits::SOON {
            self.last_soon.store(self.now(), Ordering::Relaxed);
        }
        Ok(Place { _permit: permit, begun: Instant::now(), held: Arc::clone(&self.held) })
    }

    async fn wait_after_burst(&self, came: Instant) -> Option<OwnedSemaphorePermit> {
        let _waiting = Waiting::begin(&self.waiting);
        let mut coming = pin!(Arc::clone(&self.places).acquire_owned());
        loop {
            if let Ok(place) = timeout(limits::WAIT_WHEN_SWAMPED, &mut coming).await {
                return place.ok();
            }
            // Those who wait already hear of a flood as well.
            let longest = if self.is_swamped() { limits::SOON } else { limits::WAIT_FOR_PLACE };
            if came.elapsed() >= longest {
                return None;
            }
        }
    }

    /// In no order: whoever looks when one of the places that are not kept back is free.
    async fn wait_in_flood(&self, came: Instant) -> Option<OwnedSemaphorePermit> {
        while came.elapsed() < limits::WAIT_WHEN_SWAMPED {
            sleep(limits::LOOK_FOR_PLACE).await;
            if let Some(place) = self.free() {
                return Some(place);
            }
        }
        None
    }

    fn free(&self) -> Option<OwnedSemaphorePermit> {
        if self.has_free() { Arc::clone(&self.places).try_acquire_owned().ok() } else { None }
    }

    fn has_free(&self) -> bool {
        let kept_back = if self.is_quick && self.is_flood() { self.count / 2 } else { 0 };
        self.places.available_permits() > kept_back
    }

    /// Whether waiting longer than a moment would only make everybody late.
    fn is_swamped(&self) -> bool {
        let long_ago = self.since(self.last_soon.load(Ordering::Relaxed)) > limits::WAIT_FOR_PLACE;
        long_ago || self.is_flood() || self.is_full()
    }

    /// Whether so many wait that one more would wait too long.
    fn is_full(&self) -> bool {
        let waiting = self.waiting.load(Ordering::Relaxed);
        waiting >= self.count * limits::WAITING_FOR_EACH
            || (self.is_quick && self.row(waiting) > limits::LONGEST_ROW)
    }

    /// How long the last of so many will wait, if places are held as long as of late.
    fn row(&self, waiting: usize) -> Duration {
        let turns =
            u64::try_from(waiting).unwrap_or(u64::MAX).saturating_mul(self.held.load(Ordering::Relaxed));
        Duration::from_micros(turns / u64::try_from(self.count).unwrap_or(u64::MAX).max(1))
    }

    /// Whether somebody was refused a moment ago.
    fn is_flood(&self) -> bool {
        let refused = self.last_refused.load(Ordering::Relaxed);
        refused > 0 && self.since(refused) < limits::FLOOD_OVER
    }

    fn since(&self, at: u64) -> Duration {
        self.begun.elapsed().saturating_sub(Duration::from_millis(at))
    }

    fn refuse(&self) -> Denied {
        self.last_refused.store(self.now().max(1), Ordering::Relaxed);
        Denied { retry_after: Some(limits::OVERLOAD_RETRY), ..Denied::new(ProblemCode::Overloaded) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Somebody who waits; no longer when it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_waits_and_a_flood_is_told() {
        let desk = Desk::new(1);
        let first = desk.place().await.unwrap();
        // Taken a moment ago: the next may wait for it.
        desk.look().unwrap();
        let (second, ()) = tokio::join!(desk.place(), async {
            sleep(Duration::from_millis(10)).await;
            drop(first);
        });
        let second = second.unwrap();
        sleep(2 * limits::WAIT_FOR_PLACE).await;
        let refused = desk.look().unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ProblemCode::Overloaded, Some(1)));
        assert_eq!(desk.place().await.unwrap_err().code, ProblemCode::Overloaded);
        drop(second);
        desk.look().unwrap();
        drop(desk.place().await.unwrap());
    }

    /// How many of many may wait for the one place of a desk whose places were held so long.
    async fn may_wait(held: Duration) -> usize {
        let desk = Desk::new(1).kept_quick();
        for _ in 0..100 {
            let _place = desk.place().await.unwrap();
            sleep(held).await;
        }
        let _first = desk.place().await.unwrap();
        let many = join_all((0..2 * limits::WAITING_FOR_EACH).map(|_| desk.place()));
        let (waited, waiting) = tokio::join!(many, async {
            sleep(Duration::from_millis(1)).await;
            desk.waiting.load(Ordering::Relaxed)
        });
        assert!(waited.iter().all(Result::is_err), "nobody left");
        assert_eq!(desk.waiting.load(Ordering::Relaxed), 0);
        waiting
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_wait_as_can_be_served_in_time() {
        assert_eq!(may_wait(Duration::from_micros(100)).await, limits::WAITING_FOR_EACH);
        assert_eq!(may_wait(Duration::from_millis(20)).await, 3);
        // The disk stood still, which says little of the next.
        assert_eq!(may_wait(20 * limits::LONGEST_ROW).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_leaves_half_of_the_places_free_where_that_is_wanted() {
        let desk = Desk::new(4).kept_quick();
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(desk.place().await.unwrap());
        }
        assert!(desk.place().await.is_err(), "all are taken");
        taken.truncate(2);
        assert!(desk.look().is_err() && desk.place().await.is_err(), "the other two stay free");
        taken.truncate(1);
        taken.push(desk.place().await.unwrap());
        sleep(limits::FLOOD_OVER + limits::SOON).await;
        // However long the first two take.
        taken.push(desk.place().await.unwrap());
        taken.push(desk.place().await.unwrap());
    }
}
