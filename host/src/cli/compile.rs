//! `keycell compile`: native images of the components, beside the executable.

use keycell::isolates::{self, Components};

use super::{Result, start_log};

pub(super) fn run() -> Result {
    start_log("warn");
    for path in isolates::compile(&Components::built_in())? {
        println!("{}", path.display());
    }
    Ok(())
}
