//! Follows the imports between the source files of a crate, through re-exports to the file that defines a
//! name.

use crate::rules::words;
use std::collections::{BTreeMap, BTreeSet};

/// Segments of a path; one of a module starts at the root of the crate.
type Path = Vec<String>;

/// What one source file declares and names.
#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    /// Children that are compiled for tests alone.
    of_tests: BTreeSet<String>,
    /// Names that `use` brings into scope, with their paths.
    imports: BTreeMap<String, Path>,
    /// All paths that the code names.
    named: BTreeSet<Path>,
    /// Whether it does more than to declare and re-export.
    defines: bool,
    complaints: Vec<String>,
}

/// Circles among the `sources` of one crate (paths that hold `src/`, and texts), and what hides imports from
/// this test.
pub(crate) fn circles(sources: &[(String, String)]) -> Vec<String> {
    let mut modules = BTreeMap::new();
    for (file, source) in sources {
        let inside = file.rsplit_once("src/").map_or(file.as_str(), |(_, inside)| inside);
        let mut place: Path = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        place.retain(|name| !["mod", "lib", "main"].contains(&name.as_str()));
        let mut module = Module { file: file.clone(), ..Module::default() };
        let tokens = words(source);
        module.read(&tokens.iter().map(|word| word.text.as_str()).collect::<Vec<_>>());
        modules.insert(place, module);
    }
    for (place, module) in &mut modules {
        let absolute = |(name, path): (&String, &Path)| Some((name.clone(), module.absolute(place, path)?));
        module.imports = module.imports.iter().filter_map(absolute).collect();
    }
    let of_tests = |place: &Path| {
        let parent = place.split_last().and_then(|(name, parent)| Some((name, modules.get(parent)?)));
        parent.is_some_and(|(name, parent)| parent.of_tests.contains(name))
    };
    let mut imported: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut complaints = Vec::new();
    for (place, module) in modules.iter().filter(|(place, _)| !of_tests(place)) {
        let paths = module.named.iter().filter_map(|path| module.absolute(place, path));
        let files = paths.filter_map(|path| defining_file(&modules, &path, 0));
        let files = files.filter(|file| module.defines && *file != module.file).collect();
        imported.insert(&module.file, files);
        complaints.extend(module.complaints.clone());
    }
    let mut circles = BTreeSet::new();
    for file in imported.keys() {
        let reaches_back = |other: &&str| reached(&imported, other).contains(file);
        let circle: Vec<&str> = reached(&imported, file).into_iter().filter(reaches_back).collect();
        circles.extend((!circle.is_empty()).then(|| circle.join(" <-> ")));
    }
    circles.into_iter().chain(complaints).collect()
}

/// The file that defines what `path`, from the root, names; none if that is another crate's, or a module
/// whose file only declares and re-exports.
fn defining_file<'a>(modules: &'a BTreeMap<Path, Module>, path: &[String], depth: usize) -> Option<&'a str> {
    let mut place = Path::new();
    for (at, name) in path.iter().enumerate() {
        let module = modules.get(&place)?;
        if module.children.contains(name) {
            place.push(name.clone());
        } else if let Some(imported) = module.imports.get(name).filter(|_| depth < 20) {
            return defining_file(modules, &[imported, &path[at + 1..]].concat(), depth + 1);
        } else {
            return Some(&module.file);
        }
    }
    modules.get(&place).filter(|module| module.defines).map(|module| module.file.as_str())
}

/// Files that `from` imports, directly or through others.
fn reached<'a>(imported: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached: BTreeSet<&str> = imported.get(from).into_iter().flatten().copied().collect();
    let mut open: Vec<&str> = reached.iter().copied().collect();
    while let Some(file) = open.pop() {
        open.extend(imported.get(file).into_iter().flatten().filter(|to| reached.insert(**to)));
    }
    reached
}

impl Module {
    fn read(&mut self, mut rest: &[&str]) {
        let mut depth = 0;
        while let [first, after @ ..] = rest {
            rest = match rest {
                ["#", "[", "cfg", "(", "test", ")", "]", item @ ..] => {
                    let (item, after) = item.split_at(item_length(item));
                    let modules =
                        item.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1].to_owned());
                    self.of_tests.extend(modules);
                    self.children.extend(self.of_tests.iter().cloned());
                    after
                }
                ["#", "[", ..] | ["pub", "(", ..] => &rest[1 + group_length(&rest[1..])..],
                ["#", "!", "[", ..] => &rest[2 + group_length(&rest[2..])..],
                ["use", after @ ..] if after[0] != "<" => {
                    let end = after.iter().position(|word| *word == ";").unwrap_or(after.len());
                    self.read_use(&after[..end], &[]);
                    &after[end..]
                }
                ["mod", name, ";", after @ ..] => {
                    self.children.insert((*name).to_owned());
                    after
                }
                ["mod", name, "{", ..] if depth == 0 => {
                    self.complaints.push(format!("{}: `mod {name}` hides its imports inside", self.file));
                    &rest[2 + group_length(&rest[2..])..]
                }
                ["pub" | ";", after @ ..] => after,
                [_, ":", ":", ..] if is_name(first) => {
                    let mut path = vec![(*first).to_owned()];
                    let mut after = after;
                    while let [":", ":", name, further @ ..] = after
                        && is_name(name)
                    {
                        path.push((*name).to_owned());
                        after = further;
                    }
                    self.defines = true;
                    self.named.insert(path);
                    after
                }
                _ => {
                    depth += usize::from(*first == "{");
                    depth = depth.saturating_sub(usize::from(*first == "}"));
                    self.defines = true;
                    after
                }
            };
        }
    }

    /// Reads what follows `use`, or stands between two commas of a group after `prefix`.
    fn read_use(&mut self, tree: &[&str], prefix: &[String]) {
        let mut path = prefix.to_vec();
        for (at, word) in tree.iter().enumerate() {
            match *word {
                "{" => {
                    let (mut start, mut depth) = (at + 1, 0);
                    for (end, word) in tree.iter().enumerate().skip(at) {
                        depth = if *word == "{" { depth + 1 } else { depth - i32::from(*word == "}") };
                        if (*word == "," && depth == 1) || depth == 0 {
                            self.read_use(&tree[start..end], &path);
                            start = end + 1;
                        }
                    }
                    return;
                }
                "as" => {
                    self.imports.insert(tree[at + 1].to_owned(), path.clone());
                    self.named.insert(path);
                    return;
                }
                "*" if ["crate", "super", "self"].contains(&path[0].as_str()) => {
                    self.complaints.push(format!("{}: `use {}::*` hides names", self.file, path.join("::")));
                    return;
                }
                ":" | "*" => {}
                "self" if !path.is_empty() => {}
                name => path.push(name.to_owned()),
            }
        }
        if let (Some(name), false) = (path.last(), tree.is_empty()) {
            self.imports.insert(name.clone(), path.clone());
            self.named.insert(path);
        }
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

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words up to the bracket that closes the one which `words` start with.
fn group_length(words: &[&str]) -> usize {
    let mut depth = 0;
    let closes = |word: &&str| {
        depth += i32::from(["(", "[", "{"].contains(word)) - i32::from([")", "]", "}"].contains(word));
        depth == 0
    };
    words.iter().position(closes).map_or(words.len(), |last| last + 1)
}

/// Words of the item that `words` start with: up to its semicolon or its braces.
fn item_length(words: &[&str]) -> usize {
    let mut at = 0;
    while at < words.len() {
        match words[at] {
            ";" => return at + 1,
            "{" if words[0] != "use" => return at + group_length(&words[at..]),
            "(" | "[" | "{" => at += group_length(&words[at..]),
            _ => at += 1,
        }
    }
    words.len()
}

#[cfg(test)]
mod tests {
    const ROOM: &str =
        "//! Room.\nmod a;\npub(crate) mod b;\npub use a::{A, deep as shallow};\npub use self::b::B;";
    const CIRCLE: &str = "x/src/room/a.rs <-> x/src/room/b.rs";

    /// Circles of a crate whose folder `room` holds these files.
    fn circles(room: &str, a: &str, b: &str) -> Vec<String> {
        let files = [("lib.rs", "pub mod room;"), ("room/mod.rs", room), ("room/a.rs", a), ("room/b.rs", b)];
        super::circles(&files.map(|(file, text)| (format!("x/src/{file}"), text.to_owned())))
    }

    /// All ways to name what the other file defines; a test that misses one would call a circle a line.
    #[test]
    fn a_circle_is_seen_however_it_is_written() {
        for a in [
            "use super::B; pub struct A;",
            "use crate::room::{b::B as Other}; pub struct A;",
            "use super::b; pub struct A(b::B);",
            "use super::{c::D, b::{self, B}}; pub struct A;",
            "use crate::room; pub struct A(room::B);",
            "pub struct A; fn f() { let x = super::b::B::new(); }",
            "pub struct A; fn f() { assert!(matches!(x, crate::room::B)); }",
            "pub struct A; fn f() { use super::B; }",
            "#[cfg(test)] mod tests { use super::*; } #[derive(Debug)] pub struct A(super::B);",
        ] {
            for b in ["use super::A; pub struct B;", "use crate::room::shallow; pub struct B;"] {
                assert_eq!(circles(ROOM, a, b), [CIRCLE], "{a} {b}");
            }
            assert_eq!(circles(ROOM, a, "pub struct B;"), [""; 0], "{a}");
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
            assert_eq!(circles(ROOM, a, b), [""; 0], "{a}");
        }
        let of_tests = ROOM.replace("pub(crate) mod b", "#[cfg(test)] mod b");
        assert_eq!(circles(&of_tests, "use super::B; pub struct A;", b), [""; 0]);
    }

    /// A folder's own file is one like others as soon as it defines something; what hides imports is refused.
    #[test]
    fn a_module_that_defines_takes_part_and_nothing_hides() {
        let room = "mod a; mod b; pub use a::A; pub struct Shared;";
        let circle = ["x/src/room/a.rs <-> x/src/room/mod.rs"];
        assert_eq!(circles(room, "use super::Shared; pub struct A;", ""), circle);
        assert_eq!(circles(room, "pub struct A;", "use super::{A, Shared};"), [""; 0]);
        assert_eq!(circles(room, "pub(in crate::room) struct A;", ""), [""; 0]);
        assert_eq!(circles("mod a; mod b; mod c { use super::a; }", "", "").len(), 1);
        assert_eq!(circles(ROOM, "use super::b::*; pub struct A;", "pub struct B;").len(), 1);
    }
}
