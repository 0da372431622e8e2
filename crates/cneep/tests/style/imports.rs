//! Follows the imports between the source files of a crate, through re-exports to the file that defines a name.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};

/// Segments of a path; those of a module start at the root of the crate.
type Path = Vec<String>;

/// What one source file declares and names.
#[derive(Default)]
struct Module {
    file: String,
    /// Names that `use` brings into scope, with their paths from the root of the crate.
    imports: BTreeMap<String, Path>,
    /// All paths that the code names, as written.
    named: BTreeSet<Path>,
    children: BTreeSet<String>,
    /// Children that are compiled for tests alone.
    of_tests: BTreeSet<String>,
    /// Whether it declares and re-exports, and nothing else.
    is_transparent: bool,
    complaints: Vec<String>,
}

/// The source files of one crate, by module.
pub(crate) struct Imports {
    modules: BTreeMap<Path, Module>,
}

impl Imports {
    /// Those of the `sources` of one crate: paths that hold `src/`, and texts.
    pub(crate) fn of(sources: &[(String, String)]) -> Self {
        let mut modules = BTreeMap::new();
        for (file, source) in sources {
            let inside = file.rsplit_once("src/").map_or(file.as_str(), |(_, inside)| inside);
            let mut path: Path = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            path.retain(|name| !["mod", "lib", "main"].contains(&name.as_str()));
            let mut module = Module { file: file.clone(), is_transparent: true, ..Module::default() };
            let tokens: Vec<TokenTree> = source.parse::<TokenStream>().expect("Rust").into_iter().collect();
            module.read(&tokens, true);
            modules.insert(path, module);
        }
        for (path, module) in &mut modules {
            let absolute =
                |(name, target): (&String, &Path)| Some((name.clone(), module.absolute(path, target)?));
            let imports = module.imports.iter().filter_map(absolute).collect();
            module.imports = imports;
        }
        Self { modules }
    }

    /// Circles of files, and what hides imports from this test.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let imported =
            self.modules.iter().map(|(place, module)| (module.file.as_str(), self.imported(place)));
        let imported: BTreeMap<&str, BTreeSet<&str>> = imported.collect();
        let mut circles = BTreeSet::new();
        for from in imported.keys() {
            let circle: BTreeSet<&str> = reached(&imported, from)
                .into_iter()
                .filter(|to| reached(&imported, to).contains(from))
                .collect();
            if !circle.is_empty() {
                circles.insert(circle.into_iter().collect::<Vec<_>>().join(" <-> "));
            }
        }
        circles.into_iter().chain(hidden).collect()
    }

    /// Other files that define what the module at `place` names.
    fn imported(&self, place: &[String]) -> BTreeSet<&str> {
        let module = &self.modules[place];
        if module.is_transparent || self.is_of_tests(place) {
            return BTreeSet::new();
        }
        let targets = module.named.iter().filter_map(|named| module.absolute(place, named));
        let files = targets.filter_map(|target| self.defining_file(&target, 0));
        files.filter(|file| *file != module.file).collect()
    }

    fn is_of_tests(&self, place: &[String]) -> bool {
        let parent = |parent: &[String]| self.modules.get(parent);
        place
            .split_last()
            .is_some_and(|(name, place)| parent(place).is_some_and(|p| p.of_tests.contains(name)))
    }

    /// The file that defines what `target`, a path from the root, names; none if that is another crate's, or a module
    /// whose file only re-exports.
    fn defining_file(&self, target: &[String], depth: usize) -> Option<&str> {
        let mut place: Path = Vec::new();
        for (at, name) in target.iter().enumerate() {
            let module = self.modules.get(&place)?;
            if module.children.contains(name) {
                place.push(name.clone());
                continue;
            }
            if let Some(imported) = module.imports.get(name).filter(|_| depth < 20) {
                return self.defining_file(&[imported, &target[at + 1..]].concat(), depth + 1);
            }
            return Some(&module.file);
        }
        let module = self.modules.get(&place)?;
        (!module.is_transparent).then_some(module.file.as_str())
    }
}

impl Module {
    /// Reads one level of tokens, `outermost` or inside of braces, and all below.
    fn read(&mut self, tokens: &[TokenTree], outermost: bool) {
        let mut at = 0;
        while at < tokens.len() {
            let word = tokens[at].to_string();
            match (&tokens[at], word.as_str()) {
                (TokenTree::Punct(_), "#") if is_test_attribute(tokens.get(at + 1)) => {
                    let end = item_end(tokens, at);
                    let names = tokens[at..end].windows(2).filter(|pair| pair[0].to_string() == "mod");
                    self.of_tests.extend(names.map(|pair| pair[1].to_string()));
                    self.children.extend(self.of_tests.iter().cloned());
                    at = end;
                }
                (TokenTree::Punct(_), "#") => at += 2 + usize::from(is_punct(tokens.get(at + 1), '!')),
                (TokenTree::Ident(_), "use") => {
                    let end = item_end(tokens, at);
                    self.read_use(&tokens[at + 1..end - 1], &[]);
                    at = end;
                }
                (TokenTree::Ident(_), "mod") if outermost => {
                    let name = tokens[at + 1].to_string();
                    if !is_punct(tokens.get(at + 2), ';') {
                        self.complaints.push(format!("{}: `mod {name}` hides its imports inside", self.file));
                    }
                    self.children.insert(name);
                    at += 3;
                }
                (TokenTree::Ident(_), "pub") if outermost => {
                    let is_restricted = |group: &Group| group.delimiter() == Delimiter::Parenthesis;
                    at += match tokens.get(at + 1) {
                        Some(TokenTree::Group(group)) if is_restricted(group) => 2,
                        _ => 1,
                    };
                }
                (TokenTree::Group(group), _) => {
                    self.is_transparent = false;
                    self.read(&group.stream().into_iter().collect::<Vec<_>>(), false);
                    at += 1;
                }
                (TokenTree::Ident(_), _) => {
                    self.is_transparent = false;
                    let mut path = vec![word];
                    at += 1;
                    while let Some(TokenTree::Ident(next)) = after_colons(tokens, at) {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.named.insert(path);
                    }
                }
                _ => at += 1,
            }
        }
    }

    /// Reads what follows `use`, or stands between two commas of a group after `prefix`.
    fn read_use(&mut self, tokens: &[TokenTree], prefix: &[String]) {
        let mut path = prefix.to_vec();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                    let parts = inside.split(|token| is_punct(Some(token), ','));
                    parts.filter(|part| !part.is_empty()).for_each(|part| self.read_use(part, &path));
                    return;
                }
                TokenTree::Ident(word) if word == "as" => {
                    self.imports.insert(tokens[at + 1].to_string(), path.clone());
                    self.named.insert(path);
                    return;
                }
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Punct(mark) if mark.as_char() == '*' => {
                    if ["crate", "super", "self"].contains(&path[0].as_str()) {
                        self.complaints.push(format!(
                            "{}: `use {}::*` hides names",
                            self.file,
                            path.join("::")
                        ));
                    }
                    return;
                }
                _ => {}
            }
        }
        self.imports.insert(path[path.len() - 1].clone(), path.clone());
        self.named.insert(path);
    }

    /// The path from the root of what this module, at `place`, calls `path`; none if another crate's.
    fn absolute(&self, place: &[String], path: &[String]) -> Option<Path> {
        let supers = path.iter().take_while(|name| *name == "super").count();
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([place, &path[1..]].concat()),
            "super" => Some([&place[..place.len().checked_sub(supers)?], &path[supers..]].concat()),
            name if self.children.contains(name) => Some([place, path].concat()),
            name if path.len() > 1 && self.imports.contains_key(name) => Some([place, path].concat()),
            _ => None,
        }
    }
}

/// Files that `from` imports, directly or through others.
fn reached<'a>(imported: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        open.extend(imported[file].iter().filter(|to| reached.insert(**to)));
    }
    reached
}

/// Where the item that starts `at` ends: behind its semicolon or its braces.
fn item_end(tokens: &[TokenTree], at: usize) -> usize {
    let is_use = matches!(&tokens[at], TokenTree::Ident(word) if word == "use");
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => !is_use && group.delimiter() == Delimiter::Brace,
        token => is_punct(Some(token), ';'),
    };
    tokens[at..].iter().position(ends).map_or(tokens.len(), |length| at + length + 1)
}

fn is_test_attribute(token: Option<&TokenTree>) -> bool {
    token.is_some_and(|attribute| attribute.to_string().replace(' ', "") == "[cfg(test)]")
}

fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn after_colons(tokens: &[TokenTree], at: usize) -> Option<&TokenTree> {
    (is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')).then(|| tokens.get(at + 2))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Complaints of a crate of these files; `mod.rs` of the folder `room` comes first.
    fn complaints(room: &str, a: &str, b: &str) -> Vec<String> {
        let source = |(file, text): (&str, &str)| (format!("crates/x/src/{file}"), text.to_owned());
        let files = [("lib.rs", "pub mod room;"), ("room/mod.rs", room), ("room/a.rs", a), ("room/b.rs", b)];
        Imports::of(&files.map(source)).complaints()
    }

    const ROOM: &str =
        "//! Declares.\nmod a;\npub(crate) mod b;\npub use a::{A, deep as shallow};\npub use self::b::B;";

    /// All ways to name what the other file defines; a test that misses one would call a circle a line.
    #[test]
    fn a_circle_is_seen_however_it_is_written() {
        for a in [
            "use super::B; pub struct A;",
            "use crate::room::{b::B as Other}; pub struct A;",
            "use super::b; pub struct A(b::B);",
            "use super::{b::{self, B}}; pub struct A;",
            "use crate::room; pub struct A(room::B);",
            "pub struct A; fn f() { let x = super::b::B::new(); }",
            "pub struct A; fn f() { assert!(matches!(x, crate::room::B)); }",
            "pub struct A; fn f() { use super::B; }",
            "#[cfg(test)] mod tests { use super::*; } #[derive(Debug)] pub struct A(super::B);",
        ] {
            for b in ["use super::A; pub struct B;", "use crate::room::shallow; pub struct B;"] {
                assert_eq!(
                    complaints(ROOM, a, b),
                    ["crates/x/src/room/a.rs <-> crates/x/src/room/b.rs"],
                    "{a} {b}"
                );
            }
            assert_eq!(complaints(ROOM, a, "pub struct B;"), [""; 0], "{a}");
        }
    }

    #[test]
    fn what_tests_import_and_other_crates_define_is_no_circle() {
        let b = "use super::A; pub struct B;";
        for a in [
            "pub struct A; #[cfg(test)] mod tests { use super::super::B; }",
            "use other::room::B; pub struct A; // use super::B;",
            "pub struct A; const TEXT: &str = \"super::B\";",
        ] {
            assert_eq!(complaints(ROOM, a, b), [""; 0], "{a}");
        }
        let of_tests = ROOM.replace("pub(crate) mod b", "#[cfg(test)] mod b");
        assert_eq!(complaints(&of_tests, "use super::B; pub struct A;", b), [""; 0]);
    }

    /// A folder's own file is one like others as soon as it defines something.
    #[test]
    fn a_module_that_defines_takes_part() {
        let room = "mod a; mod b; pub use a::A; pub struct Shared;";
        let circle = ["crates/x/src/room/a.rs <-> crates/x/src/room/mod.rs"];
        assert_eq!(complaints(room, "use super::Shared; pub struct A;", ""), circle);
        assert_eq!(complaints(room, "pub struct A;", "use super::{A, Shared};"), [""; 0]);
    }

    #[test]
    fn what_cannot_be_followed_is_complained_of() {
        assert_eq!(complaints("mod a; mod b; mod c { use super::a; }", "", "").len(), 1);
        assert_eq!(complaints(ROOM, "use super::b::*; pub struct A;", "pub struct B;").len(), 1);
    }
}
