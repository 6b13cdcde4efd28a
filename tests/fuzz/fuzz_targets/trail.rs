//! Lines of the trail: what parses as a trailer encodes as the same line.
#![no_main]

use keycell::audit::segment::{self, Line};

libfuzzer_sys::fuzz_target!(|line: &[u8]| {
    if let Line::Trailer(trailer) = segment::parse(line) {
        assert_eq!(trailer.encode().trim_end().as_bytes(), line);
    }
    let _ = segment::check(line);
});
