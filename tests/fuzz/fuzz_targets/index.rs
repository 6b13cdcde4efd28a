//! Indexes of the trail: whatever bytes they are, each record is named once at most, in the order
//! of times or none, and nothing panics. The sums are made right first, or nothing behind them
//! would be read.
#![no_main]

use keycell::audit::{
    entry::{Field, Term},
    index::{Bound, Index, Matches},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = Index::from_bytes(data.to_vec());
    let Some(bytes) = Index::resealed(data.to_vec()) else { return };
    let terms = [Term::new(Field::EventName, "Encrypt"), Term::new(Field::ReadOnly, "true")];
    for terms in [&terms[..], &terms[..1], &[]] {
        let Ok(index) = Index::from_bytes(bytes.clone()) else { return };
        let records = index.records();
        let _ = index.check();
        let before = Bound { time: 3_000_000_000, offset: 7 };
        let Ok(mut matches) = Matches::new(index, terms, 5, before) else { continue };
        let mut found = 0;
        while let Ok(Some(_)) = matches.descend() {
            found += 1;
        }
        assert!(found <= records, "a record is named once");
    }
});
