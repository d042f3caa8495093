//! How much the relay works on at once. Whoever comes when every place is taken waits a moment, as after a burst; where that goes
//! on, waiting would only make everybody late, and those there is no place for are told at once to come back.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use sceau_api::ProblemCode;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use crate::{limits, problem::Denied};

/// A place at a desk; given back on drop.
pub(crate) type Place = OwnedSemaphorePermit;

/// The places for one kind of work.
pub(crate) struct Desk {
    places: Arc<Semaphore>,
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
            begun: Instant::now(),
            last_soon: AtomicU64::new(0),
            last_refused: AtomicU64::new(0),
        }
    }

    /// Refuses, before anything is read or looked up, when nobody had a place soon for a while and none is free now.
    pub(crate) fn look(&self) -> Result<(), Denied> {
        if self.places.available_permits() > 0 {
            self.last_soon.store(self.now(), Ordering::Relaxed);
            return Ok(());
        }
        if self.is_swamped() { Err(self.refuse()) } else { Ok(()) }
    }

    /// Takes a place, or waits a moment for one.
    pub(crate) async fn place(&self) -> Result<Place, Denied> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            self.last_soon.store(self.now(), Ordering::Relaxed);
            return Ok(place);
        }
        let came = Instant::now();
        let mut coming = pin!(Arc::clone(&self.places).acquire_owned());
        let place = loop {
            if let Ok(place) = timeout(limits::WAIT_WHEN_SWAMPED, &mut coming).await {
                break place.ok();
            }
            // Those who wait already hear of a flood as well.
            if self.is_swamped() || came.elapsed() >= limits::WAIT_FOR_PLACE {
                break None;
            }
        };
        let place = place.ok_or_else(|| self.refuse())?;
        if came.elapsed() <= limits::SOON {
            self.last_soon.store(self.now(), Ordering::Relaxed);
        }
        Ok(place)
    }

    fn is_swamped(&self) -> bool {
        let since = |at: u64| self.begun.elapsed().saturating_sub(Duration::from_millis(at));
        let refused = self.last_refused.load(Ordering::Relaxed);
        let is_flood = refused > 0 && since(refused) < limits::FLOOD_OVER;
        is_flood || since(self.last_soon.load(Ordering::Relaxed)) > limits::WAIT_FOR_PLACE
    }

    fn refuse(&self) -> Denied {
        self.last_refused.store(self.now().max(1), Ordering::Relaxed);
        Denied { retry_after: Some(limits::OVERLOAD_RETRY), ..Denied::new(ProblemCode::Overloaded) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
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
}
