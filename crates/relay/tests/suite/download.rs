//! Downloads in part and on condition (RFC 9110 §13, §14).

use axum::body::Body;

use super::world::{ANNE, Answer, BRUNO, Member, World};

const BYTES: &[u8] = b"0123456789";

async fn ask(member: &Member<'_>, method: &str, blob: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = member.request(method, &format!("/jmap/download/{}/{blob}/x", member.account));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    member.world.send(request.body(Body::empty()).unwrap()).await
}

fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// What every download carries, whatever its status.
fn is_guarded(answer: &Answer) -> bool {
    text(answer, "content-disposition").starts_with("attachment")
        && text(answer, "content-security-policy") == "sandbox; default-src 'none'"
        && text(answer, "x-content-type-options") == "nosniff"
        && text(answer, "cache-control") == "no-store"
        && text(answer, "accept-ranges") == "bytes"
}

#[tokio::test]
async fn a_download_that_broke_off_goes_on() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(BYTES).await;
    let whole = ask(&anne, "GET", &blob, &[]).await;
    let etag = text(&whole, "etag").to_owned();
    assert_eq!((whole.status.as_u16(), etag.as_str()), (200, format!("\"{blob}\"").as_str()));
    assert!(is_guarded(&whole));
    for (range, content, bytes) in [
        ("bytes=4-", "bytes 4-9/10", &b"456789"[..]),
        ("bytes=0-3", "bytes 0-3/10", b"0123"),
        ("bytes=-2", "bytes 8-9/10", b"89"),
        ("bytes=8-99", "bytes 8-9/10", b"89"),
    ] {
        let part = ask(&anne, "GET", &blob, &[("range", range), ("if-range", &etag)]).await;
        assert_eq!((part.status.as_u16(), text(&part, "content-range")), (206, content), "{range}");
        assert_eq!(part.bytes, bytes, "{range}");
        assert_eq!(text(&part, "content-length"), bytes.len().to_string());
        assert_eq!((text(&part, "etag"), text(&part, "content-type")), (&*etag, "application/octet-stream"));
        assert!(is_guarded(&part), "{range}: {:?}", part.headers);
    }
    for headers in [
        [("range", "bytes=4-"), ("if-range", "\"another\"")],
        [("range", "bytes=0-1,4-5"), ("accept", "*/*")],
        [("range", "items=0-1"), ("accept", "*/*")],
    ] {
        let answer = ask(&anne, "GET", &blob, &headers).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (200, BYTES), "{headers:?}");
        assert_eq!(text(&answer, "content-range"), "");
    }
}

#[tokio::test]
async fn octets_that_are_not_there_are_refused_with_the_size() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (blob, empty) = (anne.upload(BYTES).await, anne.upload(b"").await);
    for (blob, range, size) in
        [(&blob, "bytes=10-", 10), (&blob, "bytes=-0", 10), (&empty, "bytes=0-", 0), (&empty, "bytes=-1", 0)]
    {
        let answer = ask(&anne, "GET", blob, &[("range", range)]).await;
        assert_eq!(
            (answer.status.as_u16(), text(&answer, "content-range")),
            (416, format!("bytes */{size}").as_str()),
            "{range}"
        );
        assert!(answer.bytes.is_empty() && is_guarded(&answer));
    }
    assert_eq!(ask(&anne, "GET", &empty, &[]).await.status, 200);
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(BYTES).await;
    let etag = format!("\"{blob}\"");
    for method in ["GET", "HEAD"] {
        for tags in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let answer = ask(&anne, method, &blob, &[("if-none-match", &tags), ("range", "bytes=0-0")]).await;
            assert_eq!((answer.status.as_u16(), answer.bytes.len()), (304, 0), "{method} {tags}");
            assert!(text(&answer, "etag") == etag && is_guarded(&answer));
        }
        let other = ask(&anne, method, &blob, &[("if-match", "\"x\"")]).await;
        assert_eq!(other.status.as_u16(), 412, "{method}");
        assert!(is_guarded(&other) && other.bytes.is_empty());
    }
    let changed = ask(&anne, "GET", &blob, &[("if-none-match", "\"x\"")]).await;
    assert_eq!((changed.status.as_u16(), changed.bytes.as_slice()), (200, BYTES));
}

#[tokio::test]
async fn a_head_answers_the_headers_alone() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(BYTES).await;
    for range in ["bytes=0-0", "bytes=99-"] {
        let answer = ask(&anne, "HEAD", &blob, &[("range", range)]).await;
        assert_eq!(
            (answer.status.as_u16(), text(&answer, "content-length")),
            (200, "10"),
            "ranges are of GET"
        );
        assert!(answer.bytes.is_empty() && is_guarded(&answer));
    }
}

#[tokio::test]
async fn no_condition_tells_of_somebody_elses_blob() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let blob = anne.upload(BYTES).await;
    let etag = format!("\"{blob}\"");
    for method in ["GET", "HEAD"] {
        for (name, value) in
            [("range", "bytes=0-0"), ("range", "bytes=99-"), ("if-none-match", &*etag), ("if-match", "\"x\"")]
        {
            let answer = ask(&bruno, method, &blob, &[(name, value)]).await;
            assert_eq!(
                (answer.status.as_u16(), text(&answer, "etag")),
                (404, ""),
                "{method} {name}: {value}"
            );
        }
    }
    let request = axum::http::Request::get(format!("/jmap/download/{}/{blob}/x", anne.account));
    let answer = world.send(request.header("if-none-match", &etag).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status.as_u16(), 401);
}
