//! Splits a module in two with binaryen's `wasm-split`: what can be called only through the functions that are its doors becomes a
//! module of its own, to be fetched later (docs/design/loading.md).

mod reach;

use std::fs;
use std::path::Path;

use reach::Module;

use crate::externref;
use crate::integrity::lost;
use crate::place::Place;
use crate::run::{Program, program};
use crate::trouble::{Trouble, trouble};

/// The module that is split, as Trunk leaves it, its glue, and what becomes of what is taken out.
const PRIMARY: &str = "sceau-worker_bg.wasm";
const GLUE: &str = "sceau-worker.js";
pub(crate) const SECONDARY: &str = "sceau-worker-secondary_bg.wasm";
/// The name of what is taken out, without its ending.
pub(crate) const STEM: &str = "sceau-worker-secondary";
/// Part of the names of the functions that may be called only once the second module is there, and of what polls and drops the
/// futures they give: `Loaded` of the client, which says so in its type.
const DOORS: [&str; 1] = ["::engine::secondary::Loaded>::"];

/// Where the second module finds the first (boot.js), and where the first finds what stands for the second until it is there.
const FROM_PRIMARY: &str = "primary";
const PLACEHOLDERS: &str = "placeholder";
/// What the glue says, and what it is to say: with the placeholders beside.
const IMPORTS: &str = "const imports = __wbg_get_imports();";
const ALL_IMPORTS: &str = "const imports = { ...__wbg_get_imports(), placeholder: self.sceau.placeholder };";

/// Features of WebAssembly that the toolchain uses: the module does not say so itself any more.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];
const NEXT: &str = "Look at index.html: the worker must keep the names of its functions (-g).";

/// Takes what the first inbox does not need out of the worker's module.
pub(crate) fn worker(place: &Place) -> Result<(), Trouble> {
    let dist = place.dist();
    let path = dist.join(PRIMARY);
    let behind = behind_the_doors(&fs::read(&path).map_err(|error| lost(&path, &error))?)?;
    let list = dist.join("functions.txt");
    fs::write(&list, behind).map_err(|error| lost(&list, &error))?;
    // Functions go by their numbers: names of Rust have commas in them, where `wasm-split` takes a name to end.
    binaryen(place, "wasm-opt", &path)?.args(&["--strip-debug", "--output"]).args(&[&path]).run(NEXT)?;
    binaryen(place, "wasm-split", &path)?
        .args(&[format!("--split-funcs=@{}", list.display())])
        .args(&["--import-namespace", FROM_PRIMARY, "--placeholder-namespace", PLACEHOLDERS])
        .args(&["--primary-output", &path.to_string_lossy()])
        .args(&["--secondary-output", &dist.join(SECONDARY).to_string_lossy()])
        .run(NEXT)?;
    fs::remove_file(&list).map_err(|error| lost(&list, &error))?;
    let glue = dist.join(GLUE);
    let text = fs::read_to_string(&glue).map_err(|error| lost(&glue, &error))?;
    fs::write(&glue, with_placeholders(&text)?).map_err(|error| lost(&glue, &error))
}

/// The numbers of the functions to be taken out, a line each.
fn behind_the_doors(module: &[u8]) -> Result<String, Trouble> {
    let module = Module::read(module).map_err(|error| trouble(format!("{PRIMARY}: {error}"), NEXT))?;
    if let Some(door) = DOORS.iter().find(|door| module.named(door) == 0) {
        return Err(trouble(format!("no function of {PRIMARY} has `{door}` in its name"), NEXT));
    }
    Ok(module.behind(&DOORS).iter().map(|number| format!("{number}\n")).collect())
}

/// A program of binaryen's that takes a module which another has written.
fn binaryen(place: &Place, name: &str, module: &Path) -> Result<Program, Trouble> {
    let mut bytes = fs::read(module).map_err(|error| lost(module, &error))?;
    externref::mend(&mut bytes)?;
    fs::write(module, bytes).map_err(|error| lost(module, &error))?;
    Ok(program(place, name).args(&FEATURES).args(&[module]))
}

fn with_placeholders(glue: &str) -> Result<String, Trouble> {
    match glue.contains(IMPORTS) {
        true => Ok(glue.replace(IMPORTS, ALL_IMPORTS)),
        false => Err(trouble(format!("{GLUE} does not say `{IMPORTS}`"), "Is wasm-bindgen another one now?")),
    }
}
