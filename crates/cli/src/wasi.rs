//! The command as a WASI program: `bin/sceau.mjs` of the npm package runs it.

/// The variable in which the folder is told, an absolute path.
const FOLDER: &str = "PWD";

/// A WASI program begins in `/`. Relative names are meant from where the command was started.
pub(crate) fn enter_the_folder() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        // A folder that is gone: then nothing below it is found, and each file says so.
        let _ = std::env::set_current_dir(folder);
    }
}
