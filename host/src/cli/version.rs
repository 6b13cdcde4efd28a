//! `keycell version`: what this binary is, and which components it runs.

use keycell::isolates::Components;
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
    let hex = |bytes: &[u8]| -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let (tenant, root) = (hex(&components.tenant), hex(&components.root));
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
