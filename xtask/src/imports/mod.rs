//! Checks how the source files of the workspace import each other:
//!
//! - no two files of a crate import each other, directly or through others;
//! - a crate does not import a crate that is forbidden to it ([`FORBIDDEN`]);
//! - where a `lib.rs` declares layers ([`layers`]), no module imports upwards or sideways.
//!
//! A folder's `mod.rs` and the files in the folder form a unit: a file may use what the `mod.rs`
//! around it defines, although the `mod.rs` uses the file. [`Strictness::Strict`] reports these
//! circles as well.
//!
//! Code that exists in tests alone is ignored. The check reads the text of the sources, so that
//! it misses paths that are made by macros.

mod cycles;
mod layers;
mod lexer;
mod modules;
mod source;

use std::path::{Path, PathBuf};

use layers::Layers;
use modules::{Import, Modules, ReadFile};

/// Which circles count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strictness {
    /// Those without imports from a file to the `mod.rs` around it.
    Usual,
    /// All of them.
    Strict,
}

/// Crates, and the crates that each must not import.
const FORBIDDEN: [(&str, &[&str]); 7] = [
    ("convolution", &["common", "renderer", "edge", "trainer"]),
    ("common", &["renderer", "edge", "trainer"]),
    ("renderer", &["edge", "trainer"]),
    ("feed", &["common", "renderer", "edge", "gateway", "trainer"]),
    ("gateway", &["common", "renderer", "edge", "trainer"]),
    ("edge", &["gateway", "trainer"]),
    ("trainer", &["edge"]),
];

/// What the check found in one workspace.
#[derive(Debug, Default)]
pub struct Findings {
    /// One text for each violation.
    pub problems: Vec<String>,
    pub files_count: usize,
    pub imports_count: usize,
    /// Crates that declare their layers.
    pub layered: Vec<String>,
}

/// Checks all crates below `workspace`.
pub fn check(workspace: &Path, strictness: Strictness) -> Findings {
    let read_file = |file: &Path| std::fs::read_to_string(workspace.join(file)).ok();
    let mut findings = Findings::default();
    for (name, forbidden) in FORBIDDEN {
        check_crate(name, forbidden, strictness, &read_file, &mut findings);
    }
    findings
}

fn check_crate(
    name: &str,
    forbidden: &[&str],
    strictness: Strictness,
    read_file: ReadFile,
    findings: &mut Findings,
) {
    let folder = PathBuf::from(name).join("src");
    for root in ["lib.rs", "main.rs"].map(|file| folder.join(file)) {
        let Some(text) = read_file(&root) else {
            continue;
        };
        let modules = Modules::of(&root, read_file);
        let imports = modules.imports();
        findings.files_count += modules.files_count();
        findings.imports_count += imports.len();
        for (file, line, foreign) in modules.foreign_paths() {
            if forbidden.contains(&foreign) {
                findings
                    .problems
                    .push(format!("{}:{line}: {name} must not import {foreign}", file.display()));
            }
        }
        if let Some(layers) = Layers::declared(&text, &modules) {
            findings.layered.push(name.to_owned());
            findings.problems.extend(layers.violations(&modules, &imports));
        }
        let mut counted = imports;
        if strictness == Strictness::Usual {
            counted.retain(|import| !modules.leads_outwards(import));
        }
        findings.problems.extend(cycles::cycles(&counted).iter().map(|cycle| describe(cycle)));
    }
}

fn describe(cycle: &[Import]) -> String {
    let mut text = format!("{} files import each other in a circle:", cycle.len());
    for import in cycle {
        text += &format!(
            "\n    {}:{} imports {}",
            import.from.display(),
            import.line,
            import.to.display()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a crate `edge` that consists of these files.
    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        problems_with(Strictness::Usual, files)
    }

    fn problems_with(strictness: Strictness, files: &[(&str, &str)]) -> Vec<String> {
        let read_file = |file: &Path| {
            let found = files.iter().find(|(name, _)| Path::new("edge/src").join(name) == file);
            found.map(|(_, text)| (*text).to_owned())
        };
        let mut findings = Findings::default();
        check_crate("edge", &["trainer"], strictness, &read_file, &mut findings);
        findings.problems
    }

    #[test]
    fn two_files_that_import_each_other_are_reported_with_their_lines() {
        let problems = problems(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "\nuse crate::b::B;\npub struct A;"),
            ("b.rs", "pub struct B;\nfn f() -> crate::a::A { todo!() }"),
        ]);
        let expected = "2 files import each other in a circle:\
            \n    edge/src/a.rs:2 imports edge/src/b.rs\
            \n    edge/src/b.rs:2 imports edge/src/a.rs";
        assert_eq!(problems, [expected]);
    }

    #[test]
    fn a_circle_through_a_third_file_and_a_parent_is_reported() {
        let problems = problems(&[
            ("lib.rs", "mod a; mod c;"),
            ("a/mod.rs", "mod b; pub struct A(b::B);"),
            ("a/b.rs", "pub struct B(crate::c::C);"),
            ("c.rs", "use crate::a::A; pub struct C;"),
        ]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("3 files"), "{problems:?}");
    }

    #[test]
    fn a_name_that_a_parent_passes_on_leads_to_its_own_file() {
        let problems = problems(&[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::*;"),
            ("a/b.rs", "use super::C; pub struct B;"),
            ("a/c.rs", "pub struct C;"),
        ]);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn tests_and_declarations_are_not_imports() {
        let problems = problems(&[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod fake;"),
            ("a.rs", "use crate::b::B; #[cfg(test)] mod tests { use super::*; }"),
            ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a; }"),
            ("fake.rs", "use crate::a;"),
        ]);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn a_forbidden_crate_is_reported() {
        let problems = problems(&[("lib.rs", "mod a;"), ("a.rs", "fn f() { trainer::g() }")]);
        assert_eq!(problems, ["edge/src/a.rs:1: edge must not import trainer"]);
    }

    #[test]
    fn a_file_may_use_what_the_module_around_it_defines_unless_the_check_is_strict() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod b; pub struct A(b::B);"),
            ("a/b.rs", "pub struct B; fn f(_: super::A) {}"),
        ];
        assert_eq!(problems(&files), [""; 0]);
        assert_eq!(problems_with(Strictness::Strict, &files).len(), 1);
    }

    const FILES: [(&str, &str); 4] = [
        ("a.rs", "use crate::b; use crate::d;"),
        ("b.rs", "use crate::c;"),
        ("c.rs", "fn f() {}"),
        ("d.rs", "fn g() {}"),
    ];

    #[test]
    fn an_import_from_a_higher_or_the_same_layer_is_reported() {
        let lib = "//! Modules form layers:\n//!\n//! 1. [`a`]: the top of `d`s\n\
            //! 2. [`b`] and [`c`]\n//!\n//! `e`\nmod a; mod b; mod c; mod d;";
        let problems = problems(&[&[("lib.rs", lib)], FILES.as_slice()].concat());
        assert_eq!(
            problems,
            [
                "edge/src/a.rs:1: a imports d, which is not in a lower layer",
                "edge/src/b.rs:1: b imports c, which is not in a lower layer",
            ]
        );
    }

    #[test]
    fn a_list_from_the_lowest_layer_orders_the_modules_of_an_entry() {
        let lib = "//! The layers, from the lowest to the highest:\n//!\n//! 1. `c`, `b`\n\
            //! 2. `a`\nmod a; mod b; mod c; mod d;";
        let problems = problems(&[&[("lib.rs", lib)], FILES.as_slice()].concat());
        assert_eq!(problems, ["module d is in no layer"]);
    }
}
