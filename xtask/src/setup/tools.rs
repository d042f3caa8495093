//! Rust tools at pinned versions, built once per machine into the cache.

use std::fs;

use crate::place::Place;
use crate::run::{cargo, is_there, program};
use crate::trouble::{Trouble, trouble};

/// A program from crates.io.
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
    /// What it installs; the first one answers `--version`.
    programs: &'static [&'static str],
    options: &'static [&'static str],
}

/// Bundles the page. It refuses to build without a TLS feature, though we never let it download.
pub(crate) const TRUNK: Tool = Tool {
    package: "trunk",
    version: "0.22.1",
    programs: &["trunk"],
    options: &["--no-default-features", "--features", "rustls"],
};

/// Must be exactly the version of Cargo.lock.
pub(crate) const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.129",
    programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    options: &["--no-default-features", "--bin", "wasm-bindgen", "--bin", "wasm-bindgen-test-runner"],
};

/// Watches licences, sources, bans and advisories.
pub(crate) const CARGO_DENY: Tool = Tool {
    package: "cargo-deny",
    version: "0.20.2",
    programs: &["cargo-deny"],
    options: &["--no-default-features"],
};

/// Builds and runs the fuzz targets.
pub(crate) const CARGO_FUZZ: Tool =
    Tool { package: "cargo-fuzz", version: "0.13.2", programs: &["cargo-fuzz"], options: &[] };

/// Installs the tool unless its version is already there.
pub(crate) fn ensure(place: &Place, tool: &Tool) -> Result<(), Trouble> {
    if tool.is_right(place) {
        return Ok(());
    }
    println!("  building {} {} (once per machine, a few minutes)", tool.package, tool.version);
    let scratch = place.cache(&format!("build-{}", tool.package));
    let outcome = tool.install(place, &scratch);
    // Half a gigabyte of build output serves nobody once the program is installed.
    if let Err(error) = fs::remove_dir_all(&scratch) {
        eprintln!("  {} could not be removed: {error}", scratch.display());
    }
    outcome
}

/// Stops early where Cargo.lock has moved on: Trunk would only say that it cannot download.
pub(crate) fn wasm_bindgen_is_the_locked_one(place: &Place) -> Result<(), Trouble> {
    let lock = fs::read_to_string(place.at("Cargo.lock"))
        .map_err(|error| trouble(format!("Cargo.lock could not be read: {error}"), "Restore it from git."))?;
    match locked_version(&lock, "wasm-bindgen") {
        Some(version) if version == WASM_BINDGEN.version => Ok(()),
        other => Err(trouble(
            format!(
                "Cargo.lock has wasm-bindgen {}, the tool is pinned at {}",
                other.unwrap_or("nowhere"),
                WASM_BINDGEN.version
            ),
            "Make them equal: `wasm-bindgen` in Cargo.toml and WASM_BINDGEN in xtask/src/setup/tools.rs.",
        )),
    }
}

impl Tool {
    fn is_right(&self, place: &Place) -> bool {
        let all_there = self.programs.iter().all(|name| is_there(place, name));
        let Some(first) = self.programs.first() else { return true };
        all_there
            && program(place, first)
                .args(&["--version"])
                .read("")
                .is_ok_and(|said| said.split_whitespace().any(|word| word == self.version))
    }

    fn install(&self, place: &Place, scratch: &std::path::Path) -> Result<(), Trouble> {
        let tools = place.tools();
        cargo(place, &["install", self.package, "--version", self.version, "--locked", "--debug", "--force"])
            .args(self.options)
            .args(&[std::ffi::OsStr::new("--root"), tools.as_os_str()])
            .env("CARGO_TARGET_DIR", scratch)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .within(&std::env::temp_dir())
            .env("RUSTUP_TOOLCHAIN", toolchain(place)?.as_str())
            .run("The tool could not be built: see above. Without a network, put the program on PATH yourself.")
    }
}

/// `cargo install` outside the work tree does not see rust-toolchain.toml, and inside it would obey our own settings.
fn toolchain(place: &Place) -> Result<String, Trouble> {
    let said = program(place, "rustup")
        .args(&["show", "active-toolchain"])
        .read("Run `rustup toolchain install` in the work tree.")?;
    said.split_whitespace().next().map(str::to_owned).ok_or_else(|| {
        trouble("rustup names no active toolchain", "Run `rustup toolchain install` in the work tree.")
    })
}

/// The version of a package in a Cargo.lock.
fn locked_version<'l>(lock: &'l str, package: &str) -> Option<&'l str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_found_by_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.129"));
        assert_eq!(locked_version(lock, "leptos"), None);
    }
}
