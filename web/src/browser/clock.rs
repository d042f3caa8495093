//! The machine's clock.

use js_sys::Date;
use sceau_protocol::UnixSeconds;
use wasm_bindgen::JsValue;

use crate::text::Calendar;

/// The reader's calendar.
pub const CALENDAR: Calendar = Calendar { now, offset_minutes };

fn now() -> UnixSeconds {
    whole(Date::now() / 1000.0)
}

fn offset_minutes(at: UnixSeconds) -> i64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a date far outside ±100 million days is NaN to Date anyway"
    )]
    let date = Date::new(&JsValue::from_f64(at as f64 * 1000.0));
    let behind = date.get_timezone_offset();
    if behind.is_finite() { whole(-behind) } else { 0 }
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and clocks stay far below 2^53")]
fn whole(number: f64) -> i64 {
    number.floor() as i64
}

/// Waits.
pub async fn sleep(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        leptos::prelude::window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .ok();
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.ok();
}
