//! Bodies: the first byte chooses the operation, the rest is what a client sent.
#![no_main]

use keycell::{
    services::{cloudtrail, kms},
    wire::{members::{KeyRef, Marker}, member::{Member, Violations}, request},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let Ok(members) = request::parse(body) else { return };
    let operations: Vec<_> = kms::OPERATIONS.iter().chain(cloudtrail::OPERATIONS).collect();
    let operation = operations[usize::from(*choice) % operations.len()];
    let _ = (operation.decode)(&members);
    let mut violations = Violations::default();
    let here = "us-east-1".parse().expect("a Region");
    if let Ok(Some(key)) = KeyRef::read(members.get("KeyId"), "keyId", &mut violations) {
        let _ = keycell::keys::Reference::parse(&key, here);
    }
    if let Ok(Some(marker)) = Marker::read(members.get("Marker"), "marker", &mut violations) {
        let marker = Some(&marker);
        let paging = keycell::keys::Paging { limit: None, marker, default: 50, most: 100 };
        let _ = keycell::keys::Page::new("key/", &paging);
    }
});
