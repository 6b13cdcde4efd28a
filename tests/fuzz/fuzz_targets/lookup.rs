//! What lookups read: records of the trail, and the tokens of pages.
#![no_main]

use keycell::{
    audit::{
        entry::{Entry, Field, Term},
        history::Position,
    },
    keys::Page,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(entry) = Entry::read(data) {
        let mut terms = Vec::new();
        entry.each(|field, value| terms.push(Term::new(field, value)));
        assert!(entry.has(&terms), "it is found by all that it shows");
        assert!(!entry.has(&[Term::new(Field::EventId, format!("{}x", entry.event_id()))]));
        let _ = (entry.time(), entry.username(), entry.resources());
    }
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(position) = text.parse::<Position>() {
        assert_eq!(position.to_string().parse::<Position>().ok(), Some(position));
    }
    if let Some(page) = Page::resume("list ", Some(text), 1) {
        let own = page.own().expect("it is after something");
        let mut entries = vec![(page.key(&own), ()), ("list z".to_owned(), ())];
        assert_eq!(page.cut(&mut entries).as_deref(), Some(text), "a token has one spelling");
    }
});
