//! ARNs and the identifiers in them: what is parsed prints as what it was.
#![no_main]

use keycell::arn::{AccountId, Arn, KeyId, Region};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(arn) = Arn::parse(text) {
        assert_eq!(arn.to_string(), text);
    }
    if let Ok(account) = text.parse::<AccountId>() {
        assert_eq!(account.as_str(), text);
    }
    if let Ok(region) = text.parse::<Region>() {
        assert_eq!(region.as_str(), text);
    }
    if let Ok(key) = text.parse::<KeyId>() {
        assert_eq!(key.as_str(), text);
    }
});
