//! No sequence of calls returns material: the components are driven through their worlds, as any
//! embedder would, by a host that mixes up whatever it was given.
//!
//! The test plays the operator, so it holds the unseal key and can open, natively, everything that
//! the isolates seal: it knows every secret that it searches the results for. The one thing that it
//! never does is to forge an isolate's identity: it answers no hello with a key of its own.

mod admission;
mod calls;
mod draw;
mod isolates;
mod operators;
mod secrets;
mod world;

use std::cell::RefCell;

use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};

use self::{calls::CALLS, draw::Draw, isolates::Machine, world::World};

#[test]
fn no_sequence_of_calls_returns_material() {
    let mut runner =
        TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
    let steps = vec(vec(any::<u8>(), 4..64), 1..120);
    let machine = Machine::new();
    let served = RefCell::new([0; CALLS.len()]);
    runner
        .run(&steps, |steps| {
            let mut world = World::new(&machine);
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
    for ((name, _), count) in CALLS.iter().zip(served.take()) {
        assert!(count > 0, "{name} never succeeded");
    }
}
