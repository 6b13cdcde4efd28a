//! The components' code, read for instructions whose time depends on what they compute with.
//!
//! Division and remainder take a time of their own for each pair of operands on most processors,
//! and engines may make a branch of a `select` between vectors. Compilers put them in where no
//! source says so: it is their output that is read, function by function, in both builds.

use std::{collections::BTreeSet, io::Write};

use wasmparser::{
    KnownCustom, Name, Operator, OperatorsReader, Parser, Payload, ValType, ValidPayload,
    Validator, WasmFeatures,
};

/// The functions that may divide, and why none of their operands is secret.
const MAY_DIVIDE: &[(&str, &str)] = &[
    // Where something lies, and how long it is.
    ("<der::header::Header as der::encode::Encode>::encode", "length of a DER value"),
    ("<spki::algorithm::AlgorithmIdentifier<Params> as der::", "length of a DER value"),
    ("sponge_cursor::SpongeCursor<_>::", "place in a block of Keccak"),
    ("<shake::ShakeReader<_> as digest::XofReader>::read", "place in a block of SHAKE"),
    ("hybrid_array::from_fn::<impl hybrid_array::Array<T,U>>::try_from_fn", "the same, inlined"),
    ("crypto_bigint::modular::safegcd::boxed::invert_odd_mod_precomp", "number of rounds, by bits"),
    ("crypto_bigint::uint::boxed::gcd::", "number of rounds, by bits"),
    ("rsa::algorithms::reduction::to_monty", "number of limbs"),
    // Names of algorithms, and texts.
    ("const_oid::", "an object identifier"),
    ("<const_oid::arcs::Arcs as ", "an object identifier"),
    ("<u32 as core::fmt::Display>::fmt", "numbers in messages of panics"),
    ("<&T as core::fmt::Debug>::fmt", "numbers in messages of panics"),
    (
        "<alloc::vec::Vec<T> as alloc::vec::spec_from_iter_nested::SpecFromIterNested<T,I>>",
        "how many elements",
    ),
    ("keycell:isolate/domain@0.1.0#initialise", "how many operators"),
    ("keycell:isolate/domain@0.1.0#rekey", "the same"),
    // What everybody may see.
    ("k256::arithmetic::mul::<impl elliptic_curve::ops::MulByGeneratorVartime", "verifying"),
    ("keycell_core::families::curves::check", "the same"),
    (
        "<ml_dsa::signing::SigningKey<P> as keycell_core::families::ml_dsa::KeyPair>::verify",
        "hints of a signature",
    ),
    // Primes, each looked for or judged once: see SECURITY.md, "Constant time".
    ("keycell_core::families::rsa::sieve::Sieve::new", "small primes, the same for all"),
    ("crypto_primes::hazmat::jacobi::jacobi_symbol_vartime", "an imported prime: Lucas's test"),
    ("crypto_bigint::uint::ref_type::sqrt::sqrt_rem_small", "the same: is it a square?"),
    ("core::num::int_sqrt::u64", "the same"),
    ("compiler_builtins::int::specialized_div_rem::u128_div_rem", "the same"),
];

/// The compiler whose inlining the list goes by: another one puts the same divisions into other
/// functions. What it makes is reported then, and not judged.
const LISTED_WITH: &str = "rustc 1.95.";

#[test]
fn nothing_secret_is_divided() {
    let found: BTreeSet<_> = findings().filter(|found| found.kind == Kind::Division).collect();
    let is_allowed = |found: &&Finding| MAY_DIVIDE.iter().any(|(name, _)| found.is_in(name));
    let wrong: Vec<_> = found.iter().filter(|found| !is_allowed(found)).collect();
    let compiler = env!("KEYCELL_GUEST_RUSTC");
    if !compiler.starts_with(LISTED_WITH) {
        let _ = writeln!(std::io::stderr(), "constant time: {compiler}, not judged: {wrong:#?}");
        return;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (name, _) in MAY_DIVIDE {
        assert!(found.iter().any(|found| found.is_in(name)), "{name} divides nothing any more");
    }
}

#[test]
fn no_vector_is_selected_by_a_branch() {
    let wrong: Vec<_> = findings().filter(|found| found.kind == Kind::VectorSelect).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_reader_sees_what_it_looks_for() {
    use wasm_encoder::{
        CodeSection, Function, FunctionSection, Module, NameMap, NameSection, TypeSection, ValType,
    };
    let mut types = TypeSection::new();
    types.ty().function([ValType::I64, ValType::V128], [ValType::I64, ValType::V128]);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut function = Function::new([]);
    function.instructions().local_get(0).local_get(0).local_get(0).i64_rem_u();
    function.instructions().i32_const(1).select();
    function.instructions().local_get(1).local_get(1).i32_const(1).select().end();
    let mut code = CodeSection::new();
    code.function(&function);
    let (mut names, mut map) = (NameSection::new(), NameMap::new());
    map.append(0, "probe");
    names.functions(&map);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code).section(&names);
    let kinds: Vec<_> = read(&module.finish()).into_iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::Division, Kind::VectorSelect]);
}

/// Something in a function of one of the modules.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    kind: Kind,
    function: String,
    instruction: String,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Division,
    VectorSelect,
}

impl Finding {
    /// Whether it is in the function of this path, whatever its types and hash.
    fn is_in(&self, function: &str) -> bool {
        self.function.starts_with(function)
    }
}

fn findings() -> impl Iterator<Item = Finding> {
    MODULES.iter().flat_map(|module| read(module))
}

/// All that is to be found in a core module.
fn read(module: &[u8]) -> Vec<Finding> {
    let names = names(module);
    let mut found = Vec::new();
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.expect("the module was made here");
        let ValidPayload::Func(function, body) = validator.payload(&payload).expect("it is valid")
        else {
            continue;
        };
        let name = names.get(function.index as usize).expect("every function has a name");
        let mut function = function.into_validator(Default::default());
        let mut reader = body.get_binary_reader();
        function.read_locals(&mut reader).expect("they are valid");
        let mut operators = OperatorsReader::new(reader);
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset().expect("it is valid");
            let kind = match operator {
                Operator::I32DivS
                | Operator::I32DivU
                | Operator::I32RemS
                | Operator::I32RemU
                | Operator::I64DivS
                | Operator::I64DivU
                | Operator::I64RemS
                | Operator::I64RemU => Some(Kind::Division),
                // Below the condition lie the two to select from.
                Operator::Select | Operator::TypedSelect { .. }
                    if function.get_operand_type(1) == Some(Some(ValType::V128)) =>
                {
                    Some(Kind::VectorSelect)
                }
                _ => None,
            };
            let instruction = format!("{operator:?}");
            found.extend(kind.map(|kind| Finding { kind, function: name.clone(), instruction }));
            function.op(offset, &operator).expect("it is valid");
        }
    }
    found
}

/// The names of a module's functions, by their index.
fn names(module: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CustomSection(section) = payload.expect("the module was made here") else {
            continue;
        };
        let KnownCustom::Name(section) = section.as_known() else { continue };
        for name in section {
            if let Name::Function(map) = name.expect("the names can be read") {
                for naming in map {
                    let naming = naming.expect("a name can be read");
                    assert_eq!(naming.index as usize, names.len(), "every function has a name");
                    // Without the hash, which changes with every build.
                    names.push(format!("{:#}", rustc_demangle::demangle(naming.name)));
                }
            }
        }
    }
    names
}

const MODULES: [&[u8]; 4] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/fast-tenant.named.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/fast-root.named.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/baseline-tenant.named.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/baseline-root.named.wasm")),
];
