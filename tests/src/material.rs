//! No sequence of calls returns material: the components are driven through their worlds, as any
//! embedder would, by a host that mixes up whatever it was given.
//!
//! The test plays the operator, so it holds the unseal key and can open, natively, everything that
//! the isolates seal: it knows every secret that it searches the results for. The one thing that it
//! never does is to forge an isolate's identity: it answers no hello with a key of its own.

mod admission;
mod agreement;
mod calls;
mod ciphers;
mod credentials;
mod data_keys;
mod draw;
mod encapsulation;
mod imports;
mod isolates;
mod keys;
mod learn;
mod mac;
mod operators;
mod secrets;
mod signing;
mod stock;
mod transfer;
mod words;
mod world;

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};

use wit_parser::{Resolve, WorldItem};

use self::{calls::CALLS, draw::Draw, isolates::Machine, stock::Stock, world::World};

#[test]
fn every_function_of_both_worlds_is_called() {
    let mut wit = Resolve::default();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    let (package, _) = wit.push_dir(folder).expect("the WIT parses");
    let mut functions = BTreeSet::new();
    for world in wit.packages[package].worlds.values() {
        for item in wit.worlds[*world].exports.values() {
            let WorldItem::Interface { id, .. } = item else { panic!("worlds export interfaces") };
            let interface = &wit.interfaces[*id];
            let name = interface.name.as_ref().expect("interfaces have names");
            let names = interface.functions.keys();
            functions.extend(names.map(|function| format!("{name}.{function}")));
        }
    }
    let called: BTreeSet<_> = CALLS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(called, functions);
    assert_eq!(called.len(), CALLS.len(), "one call for each");
}

#[test]
fn no_sequence_of_calls_returns_material() {
    let mut runner =
        TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let steps = vec(vec(any::<u8>(), 4..64), 1..120);
    let (machine, stock) = (Machine::new(), Rc::new(Stock::new()));
    let served = RefCell::new([0; CALLS.len()]);
    runner
        .run(&steps, |steps| {
            let mut world = World::new(&machine, &stock);
            for step in &steps {
                let mut draw = Draw::new(step);
                let call = draw.below(CALLS.len());
                let (name, run) = CALLS[call];
                world.begin(name);
                served.borrow_mut()[call] += usize::from(run(&mut world, &mut draw));
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    // What is always refused shows nothing.
    for ((name, _), count) in CALLS.iter().zip(served.into_inner()) {
        assert!(count > 0, "{name} never succeeded");
    }
}

/// So many that each call is served some dozens of times.
const CASES: u32 = 192;
