//! Import tokens: what is read as one is written as the same bytes.
#![no_main]

use keycell::keys::ImportToken;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((token, tag)) = ImportToken::parse(data) {
        assert_eq!(token.encode(tag).expect("the tag was one byte's length at most"), data);
    }
});
