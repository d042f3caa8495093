//! The browser's clock.

use std::time::Duration;

use js_sys::Promise;
use sceau_client::world::{Clock, Local};
use sceau_protocol::UnixSeconds;
use wasm_bindgen_futures::JsFuture;

use crate::scope::scope;

/// The browser's clock, which may be wrong; the client corrects it by the relay's.
pub(crate) struct BrowserClock;

impl Clock for BrowserClock {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of this millennium fit 53 bits")]
    fn now(&self) -> UnixSeconds {
        (js_sys::Date::now() / 1000.0) as UnixSeconds
    }

    fn monotonic(&self) -> Duration {
        let milliseconds = scope().performance().map_or(0.0, |performance| performance.now());
        Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
    }

    fn sleep(&self, pause: Duration) -> Local<'_, ()> {
        let milliseconds = i32::try_from(pause.as_millis()).unwrap_or(i32::MAX);
        let timer = Promise::new(&mut |resolve, _| {
            let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        });
        Box::pin(async move {
            let _ = JsFuture::from(timer).await;
        })
    }
}
