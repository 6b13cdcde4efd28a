//! The two built components, looked at from outside: what they import, and what they export.

use std::collections::BTreeSet;

use keycell::isolates::Components;
use wasmparser::{Validator, WasmFeatures};
use wit_component::{DecodedWasm, decode};
use wit_parser::{Resolve, World, WorldId, WorldItem};

#[test]
fn the_components_import_random_bits_and_nothing_else() {
    for (resolve, id) in built_in() {
        let world = world(&resolve, id);
        let imports = functions(&resolve, &world.imports);
        let expected = BTreeSet::from(["wasi:random/random@0.2.0 get-random-u64".to_owned()]);
        assert_eq!(imports, expected, "{}", world.name);
    }
}

#[test]
fn the_components_export_what_their_worlds_say() {
    let mut written = Resolve::default();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    let (package, _) = written.push_dir(folder).expect("the WIT parses");
    for ((resolve, id), name) in built_in().into_iter().zip(["tenant", "root"]) {
        let expected = written.select_world(&[package], Some(name)).expect("the world is there");
        let expected = functions(&written, &world(&written, expected).exports);
        assert!(expected.len() > 4, "{expected:?}");
        assert_eq!(functions(&resolve, &world(&resolve, id).exports), expected, "{name}");
    }
}

#[test]
fn both_builds_have_the_same_worlds() {
    for ((fast, id), bytes) in built_in().into_iter().zip(BASELINE) {
        let decoded = decode(bytes).expect("it decodes");
        let DecodedWasm::Component(baseline, other) = decoded else { panic!("no component") };
        let (expected, found) = (world(&fast, id), world(&baseline, other));
        let sides = [(&expected.imports, &found.imports), (&expected.exports, &found.exports)];
        for (expected, found) in sides {
            assert_eq!(functions(&baseline, found), functions(&fast, expected));
        }
    }
}

#[test]
fn the_baseline_build_runs_wherever_webassembly_2_does() {
    let features = WasmFeatures::WASM2 | WasmFeatures::COMPONENT_MODEL;
    for bytes in BASELINE {
        Validator::new_with_features(features).validate_all(bytes).expect("nothing newer");
    }
    let Components { tenant, .. } = Components::built_in();
    let newer = Validator::new_with_features(features).validate_all(&tenant);
    assert!(newer.is_err(), "the fast build is no faster");
}

const BASELINE: [&[u8]; 2] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/baseline-tenant.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/baseline-root.wasm")),
];

/// The tenant's and the root's, decoded from the bytes that the service runs.
fn built_in() -> [(Resolve, WorldId); 2] {
    let Components { tenant, root, .. } = Components::built_in();
    [tenant, root].map(|bytes| match decode(&bytes).expect("it decodes") {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => panic!("a WIT package where a component was expected"),
    })
}

fn world(resolve: &Resolve, id: WorldId) -> &World {
    &resolve.worlds[id]
}

/// `interface function` for every function; interfaces of types alone have none.
fn functions<'a>(
    resolve: &Resolve,
    items: impl IntoIterator<Item = (&'a wit_parser::WorldKey, &'a WorldItem)>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, item) in items {
        let name = resolve.name_world_key(key);
        match item {
            WorldItem::Interface { id, .. } => {
                let functions = resolve.interfaces[*id].functions.keys();
                found.extend(functions.map(|function| format!("{name} {function}")));
            }
            WorldItem::Function(_) | WorldItem::Type { .. } => {
                found.insert(format!("bare {name}"));
            }
        }
    }
    found
}
