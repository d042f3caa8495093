//! Static files: precompressed when the browser can, checked by ETag, for ever when their name carries their hash.

use std::path::{Component, Path, PathBuf};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use sceau_api::ProblemCode;
use sha2::{Digest as _, Sha256};

use crate::{fault::Fault, problem::Denied, relay::Relay};

/// Every other address: a file of the page, or the page itself for the addresses of its own router.
pub(crate) async fn serve(State(relay): State<Relay>, request: Request) -> Result<Response, Denied> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Denied::new(ProblemCode::MethodNotAllowed));
    }
    let not_found = || Denied::new(ProblemCode::NotFound);
    let folder = relay.page().ok_or_else(not_found)?.to_owned();
    let path = relative(request.uri().path()).ok_or_else(not_found)?;
    // Paths of the relay itself never fall back to the page.
    let ours = ["jmap", "auth", ".well-known"].iter().any(|name| path.starts_with(name));
    let may_fall_back = !ours && path.extension().is_none();
    let brotli = accepts_brotli(request.headers());
    let found = relay
        .blocking(move |_| match File::read(&folder, &path, brotli)? {
            None if may_fall_back => File::read(&folder, Path::new("index.html"), brotli),
            other => Ok(other),
        })
        .await?;
    Ok(found.ok_or_else(not_found)?.answer(request.headers()))
}

/// The path below the page's folder; `None` for anything that could leave it.
fn relative(path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix('/')?;
    let path = if path.is_empty() { "index.html" } else { path };
    // Names of a build are plain; an encoded one is none of them.
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
    let path = PathBuf::from(path);
    let normal = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && normal).then_some(path)
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').map_or((one, ""), |(name, weight)| (name, weight));
        name.trim().eq_ignore_ascii_case("br") && weight.trim() != "q=0"
    })
}

struct File {
    bytes: Vec<u8>,
    /// The policy of a document of its own, a frame: the build writes it beside the file.
    policy: Option<String>,
    kind: &'static str,
    etag: String,
    has_brotli: bool,
    is_brotli: bool,
    for_ever: bool,
}

impl File {
    fn read(folder: &Path, path: &Path, brotli: bool) -> Result<Option<Self>, Fault> {
        let plain = folder.join(path);
        if !plain.is_file() {
            return Ok(None);
        }
        let mut packed = plain.clone().into_os_string();
        packed.push(".br");
        let packed = PathBuf::from(packed);
        let has_brotli = packed.is_file();
        let is_brotli = brotli && has_brotli;
        let policy = policy_beside(&plain)?;
        let bytes = std::fs::read(if is_brotli { packed } else { plain })?;
        let hash: String = hex::encode(Sha256::digest(&bytes)).chars().take(32).collect();
        let (kind, for_ever) = (kind_of(path), is_hashed(path));
        Ok(Some(Self { bytes, policy, kind, etag: format!("\"{hash}\""), has_brotli, is_brotli, for_ever }))
    }

    fn answer(self, asked: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let cache = if self.for_ever { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            headers.insert(header::ETAG, etag);
        }
        if let Some(policy) = self.policy.and_then(|policy| HeaderValue::from_str(&policy).ok()) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            // A document of opaque origin is another's to the page around it.
            let anywhere = HeaderValue::from_static("cross-origin");
            headers.insert(HeaderName::from_static("cross-origin-resource-policy"), anywhere);
        }
        if self.has_brotli {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        if known.flat_map(|value| value.split(',')).any(|tag| tag.trim() == self.etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if self.is_brotli {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        (headers, Body::from(self.bytes)).into_response()
    }
}

fn policy_beside(file: &Path) -> Result<Option<String>, Fault> {
    let mut beside = file.to_path_buf().into_os_string();
    beside.push(".policy");
    let beside = PathBuf::from(beside);
    Ok(if beside.is_file() { Some(std::fs::read_to_string(beside)?) } else { None })
}

fn kind_of(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Whether the name carries a hash, as the build writes it: 16 or more hexadecimal digits after a hyphen.
fn is_hashed(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_hash = |part: &str| {
        part.len() >= 16 && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    name.split(['-', '.', '_']).skip(1).any(is_hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_folder() {
        assert_eq!(relative("/").unwrap(), Path::new("index.html"));
        assert_eq!(relative("/lazy/a-b_c.js").unwrap(), Path::new("lazy/a-b_c.js"));
        for wrong in ["", "//etc/passwd", "/../a", "/a/../b", "/a%2e%2e/b", "/a\\b", "/é"] {
            assert_eq!(relative(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hashed_names_are_for_ever() {
        assert!(is_hashed(Path::new("web-0123456789abcdef_bg.wasm")));
        assert!(is_hashed(Path::new("snippets/web-0123456789abcdef.js")));
        assert!(!is_hashed(Path::new("worker.js")) && !is_hashed(Path::new("0123456789abcdef.js")));
    }
}
