//! Forms: the first byte chooses the operation, the rest is what a client sent. In which order it
//! sent the parameters makes no difference, and what is refused is told in readable XML.
#![no_main]

use keycell::{
    services::kms::OPERATIONS,
    wire::{Error, Form, xml},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, form)) = data.split_first() else { return };
    let operation = &OPERATIONS[usize::from(*choice) % OPERATIONS.len()];
    let read = |form: &[u8]| {
        let form = Form::parse(form)?;
        let members = form.members(operation.members, operation.later)?;
        keycell::wire::Result::Ok((members, form.get("Action").map(str::to_owned)))
    };
    let result = read(form);
    let mut pairs: Vec<_> = form.split(|byte| *byte == b'&').collect();
    pairs.reverse();
    match (&result, &read(&pairs.join(&b'&'))) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (one, other) => assert_eq!(one.is_err(), other.is_err()),
    }
    let error = match result {
        Ok((members, _)) => (operation.decode)(&members).err(),
        Err(error) => Some(error),
    };
    if let Some(Error::Caller(error)) = error {
        let body = xml::error("https://iam.amazonaws.com/", &error.as_query(), "id");
        let body = String::from_utf8(body).expect("answers are text");
        let is_readable = |c: char| {
            matches!(c, '\t' | '\n' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        assert!(body.chars().all(is_readable), "{body}");
        assert_eq!(body.matches('<').count(), body.matches('>').count());
    }
});
