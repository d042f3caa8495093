//! The relay's program; what it can do is in `sceau_relay::command`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sceau_relay::command::run(std::env::args_os())
}
