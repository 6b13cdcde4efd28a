//! Delivered files: what they unpack to is bounded, and what is no file is refused.
#![no_main]

use keycell::audit::delivery::{Digest, first_fault, pack, parse, unpack};

const MOST: usize = 1 << 20;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(content) = unpack(bytes, MOST) {
        assert!(content.len() <= MOST);
        check(&content);
    }
    check(bytes);
    if let Ok(name) = str::from_utf8(bytes) {
        let _ = (parse("", name), parse("a/b", name));
    }
});

fn check(content: &[u8]) {
    let _ = first_fault(content);
    if let Ok(digest) = Digest::parse(content) {
        assert_eq!(Digest::parse(&digest.content()).as_ref(), Ok(&digest));
        let _ = (digest.string_to_sign(content), digest.previous(), digest.times());
    }
    if content.len() <= MOST {
        assert_eq!(unpack(&pack(content), MOST).as_deref(), Ok(content));
    }
}
