//! `IndexSegment/get`.

use sceau_api::{
    index_segment::{IndexSegment, SegmentGet, SegmentGetResponse},
    push::ObjectType,
};

use crate::{
    fault::Fault,
    jmap::{Call, Outcome, answer, count, invalid},
    limits,
    store::change,
};

/// `IndexSegment/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: SegmentGet = call.arguments()?;
    if request.after.values().any(|counter| i64::try_from(*counter).is_err()) {
        return Err(invalid("after"));
    }
    call.read(|tx| {
        let mut statement = tx.prepare_cached(
            "SELECT device, counter, data FROM index_segment WHERE account = ? ORDER BY device, counter",
        )?;
        let mut rows = statement.query([call.account()])?;
        let (mut list, mut bytes, mut has_more) = (Vec::new(), 0, false);
        while let Some(row) = rows.next()? {
            let device: String = row.get(0)?;
            let counter = u64::try_from(row.get::<i64>(1)?).map_err(|_| Fault::Damaged("a counter"))?;
            if request.after.get(&device).is_some_and(|known| counter <= *known) {
                continue;
            }
            if count(list.len()) >= limits::SEGMENTS_IN_GET || bytes >= limits::SEGMENT_BYTES_IN_GET {
                has_more = true;
                break;
            }
            let data: Vec<u8> = row.get(2)?;
            bytes += data.len();
            list.push(IndexSegment { device, counter, data: data.into() });
        }
        let state = change::state(tx, call.account(), &ObjectType::IndexSegment)?;
        answer(&SegmentGetResponse { account_id: request.account_id.clone(), state, list, has_more })
    })
}
