//! Generated from `wit/`; nothing else.
#![expect(missing_docs, reason = "generated from the WIT, where the words stand")]

pub mod tenant {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "tenant",
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}

pub mod root {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "root",
    });
}
