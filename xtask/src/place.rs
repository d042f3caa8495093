//! Where things lie: the work tree, build output, tools.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::trouble::{Trouble, trouble};

/// The folders every command works in.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    root: PathBuf,
    target: PathBuf,
    cache: PathBuf,
}

impl Place {
    /// Reads the folders from the environment. Cargo says at run time where the work tree lies: two clones that share
    /// a target folder also share this program, and each must find itself.
    pub(crate) fn find() -> Result<Self, Trouble> {
        let manifest =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest)
            .parent()
            .ok_or_else(|| trouble("the work tree was not found", "Run ./x from the folder it lies in."))?
            .to_path_buf();
        let cache = cache_home()?.join("sceau");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), PathBuf::from);
        Ok(Self { root, target, cache })
    }

    /// The top of the work tree.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the work tree.
    pub(crate) fn at(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// The page as it is served.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Where the tests in a browser live.
    pub(crate) fn browser_tests(&self) -> PathBuf {
        self.root.join("tests").join("browser")
    }

    /// Flags of rustc that leave the folders of this machine out of what it compiles: a page says where it was built
    /// nowhere, and is the same wherever it was. Folders with a space in their names cannot be told to cargo.
    fn without_our_paths(&self) -> String {
        let sources = cargo_home().join("registry").join("src");
        let registries = std::fs::read_dir(sources).into_iter().flatten().flatten().map(|entry| entry.path());
        registries
            .map(|folder| format!("--remap-path-prefix={}/=", folder.display()))
            .filter(|flag| !flag.contains(' '))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Flags of rustc for everything that becomes WebAssembly: lanes of 128 bits, which every browser of these years has (Chrome
    /// 91, Firefox 89, Safari 16.4) and Node from 16.4 on, and nothing of this machine.
    pub(crate) fn wasm_flags(&self) -> String {
        format!("-Ctarget-feature=+simd128 {}", self.without_our_paths()).trim_end().to_owned()
    }

    /// A program of ours, built in the dev profile.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// A program of ours, built in the release profile.
    pub(crate) fn release_binary(&self, name: &str) -> PathBuf {
        self.target.join("release").join(name)
    }

    /// A module of ours, built in the wasm-release profile for a page.
    pub(crate) fn wasm_module(&self, name: &str) -> PathBuf {
        self.module_for("wasm32-unknown-unknown", name)
    }

    /// A module of ours, built in the wasm-fast profile for a page.
    pub(crate) fn fast_module(&self, name: &str) -> PathBuf {
        self.target.join("wasm32-unknown-unknown").join("wasm-fast").join(name).with_extension("wasm")
    }

    /// A module of ours, built in the wasm-release profile for some system.
    pub(crate) fn module_for(&self, system: &str, name: &str) -> PathBuf {
        self.target.join(system).join("wasm-release").join(name).with_extension("wasm")
    }

    /// Where the npm package is put together.
    pub(crate) fn package(&self, inside: &str) -> PathBuf {
        self.target.join("package").join(inside)
    }

    /// Folders whose names say on which machine something was built.
    pub(crate) fn telling_folders(&self) -> Vec<PathBuf> {
        vec![self.root.clone(), self.target.clone(), self.cache.clone(), cargo_home()]
    }

    /// What outlives a clone: tools, the advisory database.
    pub(crate) fn cache(&self, inside: &str) -> PathBuf {
        self.cache.join(inside)
    }

    /// Where pinned tools are installed when the machine does not bring them.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// The search path for every program we start: our tools first.
    pub(crate) fn search_path(&self) -> OsString {
        let old = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.tools().join("bin")).chain(std::env::split_paths(&old));
        std::env::join_paths(all).unwrap_or(old)
    }
}

fn cargo_home() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from)
}

fn cache_home() -> Result<PathBuf, Trouble> {
    if let Some(set) = std::env::var_os("XDG_CACHE_HOME").filter(|v| !v.is_empty()) {
        return Ok(PathBuf::from(set));
    }
    std::env::var_os("HOME")
        .map(|home| PathBuf::from(home).join(".cache"))
        .ok_or_else(|| trouble("HOME is not set", "Set HOME or XDG_CACHE_HOME: build output is kept there."))
}
