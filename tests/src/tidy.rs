//! The rules of the tree that a program can check.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What each module of the host may name of the others. A module that is not listed here does not
/// exist; whoever adds one says where it stands.
const IMPORTS: &[(&str, &[&str])] = &[
    ("arn", &[]),
    ("regions", &["arn"]),
    ("clock", &[]),
    ("wire", &["arn"]),
    ("sigv4", &[]),
    ("identity", &["arn", "authorize", "keys", "storage", "stored_as_json", "wire"]),
    ("authorize", &["arn", "wire"]),
    ("keys", &["arn", "authorize", "stored_as_json", "wire"]),
    ("audit", &["arn", "identity", "keys", "priority", "storage", "stored_as_json", "wire"]),
    ("storage", &[]),
    ("priority", &[]),
    ("hygiene", &[]),
    ("isolates", &["arn", "hygiene", "wire"]),
    ("front", &["audit", "authorize"]),
    ("config", &["arn", "audit", "front", "identity", "isolates", "regions"]),
    ("seal", &["hygiene", "isolates", "service", "storage"]),
    (
        "service",
        &[
            "arn",
            "audit",
            "authorize",
            "clock",
            "config",
            "front",
            "identity",
            "isolates",
            "keys",
            "regions",
            "seal",
            "sigv4",
            "storage",
            "stored_as_json",
            "wire",
        ],
    ),
    // What operators do is on the level of the services: it reads and changes whole records.
    (
        "operators",
        &[
            "arn",
            "audit",
            "call",
            "identity",
            "isolates",
            "keys",
            "register",
            "seal",
            "service",
            "storage",
            "stored_as_json",
            "wire",
        ],
    ),
    ("background", &["operators", "service", "sweep"]),
    ("register", &["keys", "storage", "wire"]),
    // What falls due is done like a request, by nobody.
    (
        "sweep",
        &[
            "audit", "call", "identity", "isolates", "keys", "register", "service", "storage",
            "wire",
        ],
    ),
    (
        "call",
        &[
            "arn",
            "audit",
            "authorize",
            "identity",
            "isolates",
            "keys",
            "register",
            "service",
            "storage",
            "wire",
        ],
    ),
    // Of storage the operations name one type, that of what they have loaded; of the trail what
    // was found in it.
    (
        "services",
        &[
            "arn",
            "audit",
            "authorize",
            "call",
            "identity",
            "keys",
            "operations",
            "request",
            "services",
            "sigv4",
            "storage",
            "wire",
        ],
    ),
    ("accounts", &["arn", "audit", "identity", "isolates", "seal", "service", "storage", "wire"]),
    // What who verifies the trail asks of the running service.
    ("witness", &["audit", "service", "wire"]),
    ("control", &["accounts", "operators", "service", "witness"]),
    (
        "request",
        &["arn", "audit", "call", "identity", "isolates", "service", "services", "sigv4", "wire"],
    ),
    ("server", &["request", "service", "wire"]),
];

/// Who alone may use a crate.
const USERS: &[(&str, &[&str])] = &[
    ("hyper", &["server"]),
    ("hyper_util", &["server"]),
    ("wasmtime", &["isolates"]),
    ("redb", &["storage/embedded.rs"]),
    ("hpke", &["seal"]),
    ("object_store", &["audit/delivery/store.rs"]),
    ("rustls", &["audit/delivery/store.rs"]),
    ("flate2", &["audit/delivery/log_file.rs"]),
    ("ring", &["audit/delivery/public_key.rs"]),
];

/// Modules that decide: values in, values out.
const PURE: &[&str] = &["arn", "authorize", "identity", "keys", "regions", "sigv4", "wire"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::time::Instant",
    "std::thread",
    "tokio::",
    "getrandom",
    "Timestamp::now",
    "SystemTime",
    "async fn",
    ".await",
];

/// The only files in which `unsafe` is allowed.
const UNSAFE: &[&str] = &[
    "guest/core/src/heap.rs",
    "guest/core/src/single.rs",
    "guest/root/src/shell.rs",
    "guest/tenant/src/shell.rs",
    "host/src/hygiene/scrub.rs",
    "host/src/hygiene/stack.rs",
    "host/src/isolates/memory/creator.rs",
    "host/src/isolates/memory/mapping.rs",
    "host/src/isolates/native.rs",
    "host/src/isolates/time.rs",
    "host/src/priority.rs",
    "tests/hostile/src/lib.rs",
    "tests/hostile/src/tenant.rs",
];

#[test]
fn imports_go_one_way() {
    for (path, text) in sources("host/src") {
        let Some(module) = module_of(&path) else { continue };
        let allowed = IMPORTS.iter().find(|(name, _)| *name == module);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{module} is not in the table"));
        for named in named_modules(&text) {
            let is_own = named == module;
            assert!(is_own || allowed.contains(&&*named), "{} names {named}", path.display());
        }
    }
}

#[test]
fn the_import_table_has_no_idle_entries() {
    let mut wrong = Vec::new();
    for (module, allowed) in IMPORTS {
        let own = sources("host/src")
            .into_iter()
            .filter(|(path, _)| module_of(path).as_deref() == Some(*module));
        let named: Vec<_> = own.flat_map(|(_, text)| named_modules(&text)).collect();
        let idle = allowed.iter().filter(|allowed| !named.iter().any(|name| name == *allowed));
        wrong.extend(idle.map(|idle| format!("{module} does not name {idle}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_are_used_where_they_belong() {
    for (path, text) in sources("host/src") {
        let place = path.strip_prefix(root().join("host/src")).expect("it lies there");
        let code: String = code(&text).map(|line| format!("{line}\n")).collect();
        for (name, users) in USERS {
            let is_user = users
                .iter()
                .any(|user| place.starts_with(user) || place == Path::new(&format!("{user}.rs")));
            assert!(is_user || uses(&code, name).is_empty(), "{} uses {name}", path.display());
        }
    }
}

#[test]
fn what_decides_is_pure() {
    for (path, text) in sources("host/src") {
        if !module_of(&path).is_some_and(|module| PURE.contains(&&*module)) {
            continue;
        }
        let body = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code(body) {
            let found = IMPURE.iter().find(|word| line.contains(*word));
            assert_eq!(found, None, "{}: {line}", path.display());
        }
    }
}

#[test]
fn the_guests_core_knows_no_wit() {
    for (path, text) in sources("guest/core/src") {
        assert!(!code(&text).any(|line| line.contains("wit_bindgen")), "{}", path.display());
    }
}

#[test]
fn files_functions_and_lines_are_short() {
    let mut wrong = Vec::new();
    for (path, text) in all_sources() {
        let lines: Vec<_> = text.lines().collect();
        if lines.len() > 500 {
            wrong.push(format!("{} has {} lines", path.display(), lines.len()));
        }
        let mut begun = None;
        for (number, line) in lines.iter().enumerate() {
            if line.chars().count() > 100 {
                wrong.push(format!("{}:{} is longer than 100", path.display(), number + 1));
            }
            let indent = line.len() - line.trim_start().len();
            let starts = line.trim_start();
            let starts = starts.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
            let starts = starts.trim_start_matches("pub ").trim_start_matches("const ");
            let starts = starts.trim_start_matches("async ").trim_start_matches("unsafe ");
            if starts.starts_with("fn ") && !line.trim_end().ends_with('}') {
                begun = Some((number, indent));
            }
            if let Some((start, depth)) = begun
                && line.trim_end() == format!("{}}}", " ".repeat(depth))
            {
                if number - start + 1 > 70 {
                    wrong.push(format!("{}:{} has over 70 lines", path.display(), start + 1));
                }
                begun = None;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[ig", "nore"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    for (path, text) in all_sources() {
        for mark in marks {
            assert!(!text.contains(mark), "{} has {mark}", path.display());
        }
    }
}

#[test]
fn unsafe_stands_in_named_files_only() {
    for (path, text) in all_sources() {
        let place = path.strip_prefix(root()).expect("it lies there");
        let allowed = UNSAFE.iter().any(|file| place == Path::new(file));
        let words = ["unsafe {", "unsafe impl", "unsafe fn", "unsafe extern"];
        let has = code(&text).any(|line| {
            let line = line.split('"').next().unwrap_or_default();
            words.iter().any(|word| line.contains(word))
        });
        assert!(allowed || !has, "{} has unsafe code", place.display());
    }
}

#[test]
fn every_file_says_what_it_is() {
    for (path, text) in all_sources() {
        assert!(text.starts_with("//! "), "{} does not begin with a sentence", path.display());
    }
}

/// The modules of the host that a file names.
fn named_modules(text: &str) -> Vec<String> {
    let code: String = code(text).map(|line| format!("{line}\n")).collect();
    let mut named = Vec::new();
    for rest in uses(&code, "crate") {
        match rest.strip_prefix('{') {
            Some(group) => named.extend(items(group)),
            None => named.push(word(rest)),
        }
    }
    named
}

/// What follows each path that begins with `name`, a crate's.
fn uses<'a>(code: &'a str, name: &str) -> Vec<&'a str> {
    let path = format!("{name}::");
    let starts_there = |at: usize| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | ':'))
    };
    let found = code.match_indices(&path).filter(|(at, _)| starts_there(*at));
    found.map(|(at, _)| &code[at + path.len()..]).collect()
}

/// The first words of the items of a group, up to its closing brace.
fn items(group: &str) -> Vec<String> {
    let mut items = Vec::new();
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(word(group[begin..at].trim_start()));
                begin = at + 1;
            }
            _ => {}
        }
        if c == '}' && depth == 0 && begin == at + 1 {
            break;
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The lines that are no comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The first folder or file below `host/src`; none for the binary, which may use all.
fn module_of(path: &Path) -> Option<String> {
    let place = path.strip_prefix(root().join("host/src")).ok()?;
    let first = place.components().next()?.as_os_str().to_str()?;
    let module = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(module, "lib" | "main" | "cli")).then(|| module.to_owned())
}

fn all_sources() -> Vec<(PathBuf, String)> {
    ["host", "guest", "tests", "bench"].into_iter().flat_map(sources).collect()
}

/// All Rust files below a folder of the workspace.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the workspace can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source is text");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "there are sources below {folder}");
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a member of the workspace")
}
