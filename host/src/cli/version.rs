//! `keycell version`: what this binary is, and which components it runs.

use keycell::{isolates::Components, wire::hex};
use sha2::{Digest, Sha256};

use super::Result;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let components = Components::built_in();
    let digest = |bytes: &[u8]| hex(&Sha256::digest(bytes));
    let (tenant, root) = (digest(&components.tenant), digest(&components.root));
    let version = env!("CARGO_PKG_VERSION");
    if arguments.json {
        let components = serde_json::json!({ "tenant": tenant, "root": root });
        let version = serde_json::json!({ "version": version, "components": components });
        println!("{version}");
    } else {
        println!(
            "keycell {version}\ntenant component sha256 {tenant}\nroot component sha256 {root}"
        );
    }
    Ok(())
}
