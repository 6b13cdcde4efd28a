//! Import tokens and grant tokens: what is read as one is written as the same.
#![no_main]

use keycell::keys::{GrantToken, ImportToken};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((token, tag)) = ImportToken::parse(data) {
        assert_eq!(token.encode(tag).expect("the tag was one byte's length at most"), data);
    }
    if let Ok(text) = str::from_utf8(data)
        && let Some(token) = GrantToken::parse(text)
    {
        assert_eq!(token.encode(), text);
    }
});
