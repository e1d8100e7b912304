//! The module tree of one crate, and which file a path leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::source::{PathUse, Source, read};

/// Reads a source file; `None` when there is no such file.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// An import: file `from` names something that file `to` defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: PathBuf,
    pub line: usize,
    pub to: PathBuf,
}

/// Every module of a crate, by its path from the crate's root (`["decide", "tracker"]`).
pub struct Modules {
    files: BTreeMap<Vec<String>, PathBuf>,
    sources: BTreeMap<PathBuf, Source>,
    /// What the modules import: module, then the name, then the path with its scope.
    names: BTreeMap<Vec<String>, Vec<PathUse>>,
    items: BTreeSet<Vec<String>>,
    /// The module that each file is.
    module_of_file: BTreeMap<PathBuf, Vec<String>>,
}

impl Modules {
    /// Follows the `mod` declarations from a root file such as `edge/src/lib.rs`.
    pub fn of(root: &Path, read_file: ReadFile) -> Self {
        let mut modules = Self {
            files: BTreeMap::new(),
            sources: BTreeMap::new(),
            names: BTreeMap::new(),
            items: BTreeSet::new(),
            module_of_file: BTreeMap::new(),
        };
        modules.add(&[], root, read_file);
        modules
    }

    fn add(&mut self, module: &[String], file: &Path, read_file: ReadFile) {
        let Some(text) = read_file(file) else { return };
        let source = read(&text);
        self.files.insert(module.to_vec(), file.to_owned());
        self.module_of_file.insert(file.to_owned(), module.to_vec());
        for inline in &source.inline_modules {
            self.files.insert(joined(module, inline), file.to_owned());
        }
        for item in &source.items {
            self.items.insert(joined(module, item));
        }
        for path in source.paths.iter().filter(|path| path.binds.is_some()) {
            self.names.entry(joined(module, &path.scope)).or_default().push(path.clone());
        }
        let folder = folder_of_children(file);
        for child in &source.file_modules {
            let base = child.iter().fold(folder.clone(), |folder, name| folder.join(name));
            let candidates = [base.with_extension("rs"), base.join("mod.rs")];
            if let Some(found) = candidates.iter().find(|file| read_file(file).is_some()) {
                self.add(&joined(module, child), found, read_file);
            }
        }
        self.sources.insert(file.to_owned(), source);
    }

    /// Whether the crate has a module of this path.
    pub fn contains(&self, module: &[String]) -> bool {
        self.files.contains_key(module)
    }

    /// The module that a file is; the root is empty.
    pub fn module_of(&self, file: &Path) -> &[String] {
        self.module_of_file.get(file).map_or(&[], Vec::as_slice)
    }

    /// Whether an import leads from a module to the file of a module around it, as from
    /// `deck/pips.rs` to `deck/mod.rs`.
    pub fn leads_outwards(&self, import: &Import) -> bool {
        let (from, to) = (self.module_of(&import.from), self.module_of(&import.to));
        from.len() > to.len() && from.starts_with(to)
    }

    pub fn files_count(&self) -> usize {
        self.sources.len()
    }

    /// The first segments of all paths that lead out of the crate, with file and line.
    pub fn foreign_paths(&self) -> Vec<(&Path, usize, &str)> {
        let mut foreign = Vec::new();
        for (file, source) in &self.sources {
            for path in &source.paths {
                let module = joined(&self.module_of_file[file], &path.scope);
                let first = path.segments[0].as_str();
                let is_known = matches!(first, "crate" | "self" | "super" | "Self");
                if !is_known && !self.files.contains_key(&joined(&module, &path.segments[..1])) {
                    foreign.push((file.as_path(), path.line, first));
                }
            }
        }
        foreign
    }

    /// Every import between two files of the crate; of several between the same two files,
    /// the first.
    pub fn imports(&self) -> Vec<Import> {
        let mut found: BTreeMap<(PathBuf, PathBuf), usize> = BTreeMap::new();
        for (file, source) in &self.sources {
            for path in &source.paths {
                let module = joined(&self.module_of_file[file], &path.scope);
                let Some(to) = self.resolve(&module, &path.segments, 0) else {
                    continue;
                };
                if to != *file {
                    let line = found.entry((file.clone(), to)).or_insert(path.line);
                    *line = (*line).min(path.line);
                }
            }
        }
        found.into_iter().map(|((from, to), line)| Import { from, line, to }).collect()
    }

    /// The file that defines what a path names; `None` outside of this crate.
    fn resolve(&self, module: &[String], segments: &[String], depth: usize) -> Option<PathBuf> {
        // Imports that go round in a circle are the compiler's business.
        if depth > 16 {
            return None;
        }
        let (mut module, mut rest) = match segments.first()?.as_str() {
            "crate" => (Vec::new(), &segments[1..]),
            "self" => (module.to_vec(), &segments[1..]),
            "super" => (module[..module.len().checked_sub(1)?].to_vec(), &segments[1..]),
            name => {
                let child = joined(module, &[name.to_owned()]);
                (self.files.contains_key(&child).then_some(child)?, &segments[1..])
            }
        };
        while let Some(name) = rest.first() {
            let child = joined(&module, std::slice::from_ref(name));
            if name == "super" {
                module.pop()?;
            } else if self.files.contains_key(&child) {
                module = child;
            } else if self.items.contains(&child) {
                break;
            } else {
                return self
                    .reexport(&module, name, depth)
                    .or_else(|| self.files.get(&module).cloned());
            }
            rest = &rest[1..];
        }
        self.files.get(&module).cloned()
    }

    /// Where a name comes from that a module has by a `use` of its own.
    fn reexport(&self, module: &[String], name: &str, depth: usize) -> Option<PathBuf> {
        let names = self.names.get(module)?;
        let exact = names.iter().find(|path| path.binds.as_deref() == Some(name));
        if let Some(path) = exact {
            return self.resolve(module, &path.segments, depth + 1);
        }
        let globs = names.iter().filter(|path| path.binds.as_deref() == Some("*"));
        for glob in globs {
            let mut segments = glob.segments.clone();
            segments.push(name.to_owned());
            let Some(file) = self.resolve(module, &segments, depth + 1) else {
                continue;
            };
            let home = &self.module_of_file[&file];
            if self.items.contains(&joined(home, &[name.to_owned()])) {
                return Some(file);
            }
        }
        None
    }
}

fn joined(module: &[String], rest: &[String]) -> Vec<String> {
    [module, rest].concat()
}

/// `src/a/mod.rs` and `src/lib.rs` have their modules beside them, `src/a.rs` in `src/a/`.
fn folder_of_children(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if matches!(stem, "lib" | "main" | "mod") { folder } else { folder.join(stem) }
}
