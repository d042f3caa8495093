//! `./x package`: the npm package `@sceau/smime`, built and packed; it is not published from here.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::build::WASM_FLAGS;
use crate::place::Place;
use crate::precompress::files_below;
use crate::progress::{Outcome, Steps};
use crate::run::{cargo, program};
use crate::trouble::{Trouble, trouble};
use crate::{browser, externref, setup};

const NEXT: &str = "The npm package does not build: see above.";
/// Sources and what is made of them.
const SOURCES: &str = "packages/smime";
/// The core's module.
const CORE: &str = "core_bg.wasm";
/// What makes the core of the library.
pub(crate) const CORE_FEATURES: &[&str] = &["--no-default-features", "--features", "webcrypto"];
/// What cargo hands to rustc for the command under WASI.
pub(crate) const WASI_FLAGS: &str = "CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS";
/// The most the core's module may weigh, gzip; its glue comes to that.
const CORE_LIMIT_BYTES: usize = 350 * 1000;

/// Builds, packs and says where the package lies, or with `sizes` what a user of it loads.
pub(crate) fn run(place: &Place, sizes: bool) -> Result<(), Trouble> {
    let mut steps = Steps::new(2);
    steps.step("tools", || setup::for_package(place))?;
    steps.step("npm package", || build(place))?;
    steps.finish();
    if sizes {
        return print_sizes(place);
    }
    println!("{}", packed(place)?.display());
    Ok(())
}

/// The three modules, what JavaScript needs to load them, and all of it in one file.
pub(crate) fn build(place: &Place) -> Result<Outcome, Trouble> {
    let folder = place.package("smime");
    copy_sources(place, &folder)?;
    core(place)?;
    library(place, "complete", &[])?;
    command(place)?;
    tells_nothing_of_this_machine(place, &folder)?;
    let to = place.package("");
    program(place, "npm")
        .args(&["pack", "--silent", "--ignore-scripts", "--pack-destination"])
        .args(&[&to])
        .within(&folder)
        .read("The package could not be packed.")?;
    packed(place)?;
    Ok(Outcome::Done)
}

/// The package's core; gives its glue and its module.
pub(crate) fn core(place: &Place) -> Result<[PathBuf; 2], Trouble> {
    library(place, "core", CORE_FEATURES)?;
    let folder = place.package("smime").join("wasm");
    Ok([folder.join("core.js"), folder.join(CORE)])
}

/// The package's complete module; gives its glue and its module.
pub(crate) fn complete(place: &Place) -> Result<[PathBuf; 2], Trouble> {
    library(place, "complete", &[])?;
    let folder = place.package("smime").join("wasm");
    Ok([folder.join("complete.js"), folder.join("complete_bg.wasm")])
}

/// Its own tests, over what was built: size, Node, types, a browser, the command.
pub(crate) fn tests(place: &Place) -> Result<Outcome, Trouble> {
    within_the_limit(gzip_length(place, &place.package("smime").join("wasm").join(CORE))?)?;
    let files: Vec<PathBuf> = files_below(&place.at(SOURCES).join("tests"))?
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    browser::script(place, &["--test", "--test-reporter=spec"])
        .args(&files)
        .env("SCEAU_PACKAGE", place.package("smime"))
        .within(&place.at(SOURCES))
        .run("A test of the npm package failed: its name and reason are above.")?;
    Ok(Outcome::Done)
}

fn within_the_limit(core: usize) -> Result<(), Trouble> {
    if core <= CORE_LIMIT_BYTES {
        return Ok(());
    }
    Err(trouble(
        format!("the package's core has {core} bytes gzip, of {CORE_LIMIT_BYTES}"),
        "What only few letters need belongs in the complete module: docs/design/package.md.",
    ))
}

/// The command as the package ships it.
pub(crate) fn command_over_wasm(place: &Place) -> PathBuf {
    place.package("smime").join("bin").join("sceau.mjs")
}

fn copy_sources(place: &Place, folder: &Path) -> Result<(), Trouble> {
    let sources = place.at(SOURCES);
    for part in ["bin", "src"] {
        // What was renamed must not stay under its old name.
        if folder.join(part).exists() {
            fs::remove_dir_all(folder.join(part)).map_err(|error| lost(&folder.join(part), &error))?;
        }
        for file in files_below(&sources.join(part))? {
            copy(&file, &folder.join(part).join(file.file_name().unwrap_or_default()))?;
        }
    }
    for file in ["package.json", "README.md"] {
        copy(&sources.join(file), &folder.join(file))?;
    }
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&place.at(file), &folder.join(file))?;
    }
    Ok(())
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Trouble> {
    let parent = to.parent().unwrap_or(to);
    fs::create_dir_all(parent).and_then(|()| fs::copy(from, to)).map_err(|error| lost(to, &error))?;
    Ok(())
}

/// One module for JavaScript under its name, with its glue. The package's types are written by hand: what is generated
/// is about the glue.
fn library(place: &Place, name: &str, features: &[&str]) -> Result<(), Trouble> {
    // The one kind of library that is packed: what is also made for tests keeps all that is public, 20 kB of the core.
    cargo(place, &["rustc", "--locked", "-p", "sceau-wasm", "--lib", "--crate-type", "cdylib"])
        .args(&["--profile", "wasm-release", "--target", "wasm32-unknown-unknown"])
        .args(features)
        .env(WASM_FLAGS, place.wasm_flags())
        .run(NEXT)?;
    let (made, ready) = (place.package("made"), place.package("smime").join("wasm"));
    program(place, "wasm-bindgen")
        .args(&["--target", "web", "--no-typescript", "--out-name", name, "--out-dir"])
        .args(&[made.as_path(), place.wasm_module("sceau_wasm").as_path()])
        .run(NEXT)?;
    let glue = format!("{name}.js");
    uncommented(&made.join(&glue), &ready.join(&glue))?;
    let module = format!("{name}_bg.wasm");
    optimised(place, &made.join(&module), &ready.join(&module))
}

/// Copies what wasm-bindgen wrote without its block comments, which repeat what the types say. Each begins a line and ends
/// one.
fn uncommented(from: &Path, to: &Path) -> Result<(), Trouble> {
    let text = fs::read_to_string(from).map_err(|error| lost(from, &error))?;
    let parent = to.parent().unwrap_or(to);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(to, without_comments(&text)))
        .map_err(|error| lost(to, &error))
}

fn without_comments(script: &str) -> String {
    let mut inside = false;
    let mut kept = String::with_capacity(script.len());
    for line in script.split_inclusive('\n') {
        let bare = line.trim();
        inside |= bare.starts_with("/**");
        if !inside {
            kept.push_str(line);
        }
        inside &= !bare.ends_with("*/");
    }
    kept
}

/// The command for WASI.
fn command(place: &Place) -> Result<(), Trouble> {
    cargo(place, &["build", "--locked", "-p", "sceau-cli", "--profile", "wasm-release"])
        .args(&["--target", "wasm32-wasip1"])
        .env(WASI_FLAGS, place.wasm_flags())
        .run(NEXT)?;
    let ready = place.package("smime").join("wasm").join("sceau.wasm");
    optimised(place, &place.module_for("wasm32-wasip1", "sceau"), &ready)
}

/// Makes a module smaller, unless the same one was made smaller before: it takes a quarter of a minute.
fn optimised(place: &Place, from: &Path, to: &Path) -> Result<(), Trouble> {
    let input = fs::read(from).map_err(|error| lost(from, &error))?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let stamp = place.package("made").join(format!("{name}.sha256"));
    let digest = hex::encode(Sha256::digest(&input));
    if to.exists() && fs::read(&stamp).is_ok_and(|before| before == digest.as_bytes()) {
        return Ok(());
    }
    program(place, "wasm-opt")
        // The level that compresses best, measured: 2 % better than 2, 4 % better than z.
        .args(&["-O1", "--dae-optimizing", "--strip-debug", "--strip-producers"])
        .args(&["--strip-target-features", "--all-features", "-o"])
        .args(&[to, from])
        .run(NEXT)?;
    let mut module = fs::read(to).map_err(|error| lost(to, &error))?;
    externref::mend(&mut module)?;
    fs::write(to, &module).and_then(|()| fs::write(&stamp, digest)).map_err(|error| lost(to, &error))
}

fn tells_nothing_of_this_machine(place: &Place, folder: &Path) -> Result<(), Trouble> {
    for file in files_below(folder)? {
        let bytes = fs::read(&file).map_err(|error| lost(&file, &error))?;
        if let Some(told) = place.telling_folders().iter().find(|told| names(&bytes, told)) {
            let what = format!("{} names {}", file.display(), told.display());
            return Err(trouble(what, "Place::wasm_flags says what is left out of a module."));
        }
    }
    Ok(())
}

fn names(bytes: &[u8], folder: &Path) -> bool {
    let needle = folder.as_os_str().as_encoded_bytes();
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

fn packed(place: &Place) -> Result<PathBuf, Trouble> {
    let file = place.package(&format!("sceau-smime-{}.tgz", env!("CARGO_PKG_VERSION")));
    match file.exists() {
        true => Ok(file),
        false => Err(trouble(
            format!("{} was not made", file.display()),
            "The version in packages/smime/package.json must be the workspace's.",
        )),
    }
}

fn print_sizes(place: &Place) -> Result<(), Trouble> {
    let folder = place.package("smime").join("wasm");
    println!("{:<12}{:>12}{:>12}", "module", "bytes", "gzip");
    for (name, files) in [
        ("core", ["core_bg.wasm", "core.js"].as_slice()),
        ("complete", &["complete_bg.wasm", "complete.js"]),
        ("command", &["sceau.wasm"]),
    ] {
        let (mut bytes, mut compressed) = (0, 0);
        for file in files {
            let path = folder.join(file);
            bytes += fs::read(&path).map_err(|error| lost(&path, &error))?.len();
            compressed += gzip_length(place, &path)?;
        }
        println!("{name:<12}{bytes:>12}{compressed:>12}");
    }
    let core = gzip_length(place, &folder.join(CORE))?;
    println!("The core without its glue: {core} bytes gzip, of {CORE_LIMIT_BYTES}.");
    within_the_limit(core)
}

fn gzip_length(place: &Place, path: &Path) -> Result<usize, Trouble> {
    let output = program(place, "gzip").args(&["-9", "--stdout", "--"]).args(&[path]).into_command().output();
    output.map(|output| output.stdout.len()).map_err(|error| lost(path, &error))
}

fn lost(path: &Path, error: &std::io::Error) -> Trouble {
    trouble(format!("{}: {error}", path.display()), "Is the disk full?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_beyond_its_limit_is_no_package() {
        assert!(within_the_limit(CORE_LIMIT_BYTES).is_ok());
        assert!(within_the_limit(CORE_LIMIT_BYTES + 1).is_err());
    }

    #[test]
    fn comments_are_left_out_and_nothing_else() {
        let script = "/* @ts-self-types */\n/**\n * What it is.\n */\nclass A {\n    /** @type {number} */\n    b = 2 /** 3;\n}\n";
        assert_eq!(without_comments(script), "/* @ts-self-types */\nclass A {\n    b = 2 /** 3;\n}\n");
        assert_eq!(without_comments(""), "");
    }

    #[test]
    fn a_folder_is_found_wherever_it_stands() {
        let folder = Path::new("/home/somebody/sceau");
        assert!(names(b"\0\0/home/somebody/sceau/crates/x.rs\0", folder));
        assert!(names(b"/home/somebody/sceau", folder));
        assert!(!names(b"/home/somebody", folder));
        assert!(!names(b"anything", Path::new("")));
    }
}
