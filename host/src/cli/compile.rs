//! `keycell compile`: native images of the components, beside the executable.

use keycell::isolates::{self, Components};
use tracing::Level;

use super::{Result, start_log};

pub(super) fn run() -> Result {
    start_log(Level::WARN);
    for path in isolates::compile(&Components::built_in())? {
        println!("{}", path.display());
    }
    Ok(())
}
