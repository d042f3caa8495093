//! The page's files and the headers of every answer.

use std::{fs, path::PathBuf, sync::Arc};

use axum::{body::Body, http::Request};
use sceau_relay::{Relay, clock::ManualClock};

use super::world::{ANNE, Answer, NOW, World};

const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src blob:; frame-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

struct Dist(PathBuf);

impl Dist {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sceau-page-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("lazy")).unwrap();
        for (file, text) in [
            ("index.html", "<!doctype html>"),
            ("web-0123456789abcdef.js", "plain"),
            ("web-0123456789abcdef.js.br", "packed"),
            ("lazy/pdf.js", "lazy"),
            ("lazy/letter-0123456789abcdef.html", "<!doctype html>"),
            ("lazy/letter-0123456789abcdef.html.policy", "sandbox allow-scripts; default-src 'none'"),
        ] {
            fs::write(folder.join(file), text).unwrap();
        }
        Self(folder)
    }

    fn world(&self) -> World {
        let clock = Arc::new(ManualClock::at(NOW));
        World::over(Relay::in_memory_with_page(clock.clone(), &self.0).unwrap(), clock)
    }
}

impl Drop for Dist {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn get_with(world: &World, path: &str, header: (&str, &str)) -> Answer {
    world.send(Request::get(path).header(header.0, header.1).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_answer_carries_the_walls() {
    let dist = Dist::new("walls");
    let world = dist.world();
    let anne = world.member(ANNE);
    for answer in [
        world.get("/").await,
        world.get("/none.js").await,
        world.get("/jmap/session").await,
        anne.get("/jmap/session").await,
        world.post("/auth/login/start", &serde_json::json!({})).await,
        anne.get("/jmap/api").await,
    ] {
        assert_eq!(answer.headers["content-security-policy"], POLICY);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin");
        assert!(answer.headers["permissions-policy"].to_str().unwrap().contains("camera=()"));
        assert!(answer.headers.contains_key("x-operation"));
    }
}

#[tokio::test]
async fn a_frame_comes_with_its_own_policy() {
    let dist = Dist::new("frame");
    let answer = dist.world().get("/lazy/letter-0123456789abcdef.html").await;
    assert_eq!(answer.headers["content-security-policy"], "sandbox allow-scripts; default-src 'none'");
    assert_eq!(answer.headers["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn files_come_packed_and_are_checked_by_etag() {
    let dist = Dist::new("etag");
    let world = dist.world();
    let page = world.get("/").await;
    assert_eq!(
        (page.bytes.as_slice(), page.headers["cache-control"].to_str().unwrap()),
        (&b"<!doctype html>"[..], "no-cache")
    );
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let etag = page.headers["etag"].to_str().unwrap();
    let again = get_with(&world, "/", ("if-none-match", etag)).await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    let packed = get_with(&world, "/web-0123456789abcdef.js", ("accept-encoding", "gzip, br")).await;
    assert_eq!(
        (packed.bytes.as_slice(), &packed.headers["content-encoding"]),
        (&b"packed"[..], &"br".parse().unwrap())
    );
    assert_eq!(packed.headers["cache-control"], "public, max-age=31536000, immutable");
    for refuses in ["gzip", "br;q=0"] {
        let plain = get_with(&world, "/web-0123456789abcdef.js", ("accept-encoding", refuses)).await;
        assert_eq!((plain.bytes.as_slice(), plain.headers.get("content-encoding")), (&b"plain"[..], None));
        assert_ne!(plain.headers["etag"], packed.headers["etag"]);
    }
}

#[tokio::test]
async fn the_pages_own_addresses_fall_back_to_it_and_nothing_else_does() {
    let dist = Dist::new("fallback");
    let world = dist.world();
    assert_eq!(world.get("/lettres/e12").await.bytes, b"<!doctype html>");
    assert_eq!(world.get("/lazy/pdf.js").await.bytes, b"lazy");
    for nothing in ["/none.js", "/jmap/none", "/auth/none", "/../Cargo.toml", "/lazy/../../x", "/%2e%2e/x"] {
        let answer = world.get(nothing).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json["type"]),
            (404, &"urn:sceau:problem:not_found".into()),
            "{nothing}"
        );
    }
    assert_eq!(world.post("/", &serde_json::json!({})).await.status, 405);
    assert_eq!(World::new().get("/").await.status, 404, "a relay without a page");
}
