//! Checks that each room of the library uses only rooms above it, never through the wall.

use crate::source_text::{code_of, is_word, without_tests, words, words_of};
use std::collections::BTreeMap;

/// The rooms of the library in their order, and what `lib.rs` re-exports from them.
pub(crate) struct Rooms {
    pub(crate) order: Vec<String>,
    reexports: BTreeMap<String, String>,
}

impl Rooms {
    pub(crate) fn read(lib: &str) -> Self {
        let code = code_of(lib);
        let words = words(&code);
        let public = words.windows(3).filter(|w| w[0].1 == "pub" && w[1].1 == "mod");
        let order = public.map(|w| w[2].1.to_string()).collect();
        let mut reexports = BTreeMap::new();
        for statement in code.split(';') {
            let Some(tree) = statement.trim().strip_prefix("pub use ") else { continue };
            let names = words_of(tree);
            for name in names.iter().skip(1) {
                reexports.insert((*name).to_string(), names[0].to_string());
            }
        }
        Self { order, reexports }
    }

    fn rank(&self, room: &str) -> Option<usize> {
        self.order.iter().position(|name| name == room)
    }

    /// Complaints of what the file of `room`, `depth` modules below the crate, takes from other rooms.
    pub(crate) fn complaints(&self, path: &str, code: &str) -> Vec<String> {
        let Some(inside) = path.strip_prefix("crates/cneep/src/") else { return Vec::new() };
        let parts: Vec<&str> = inside.trim_end_matches(".rs").split('/').filter(|p| *p != "mod").collect();
        if parts == ["lib"] || parts.last() == Some(&"tests") {
            return Vec::new();
        }
        let (room, depth) = (parts[0], parts.len());
        let Some(rank) = self.rank(room) else { return vec![format!("`{room}` has no `pub mod` in lib.rs")] };
        let mut complaints = Vec::new();
        for name in names_from_the_crate(&without_tests(code), depth) {
            if name == "*" {
                complaints.push("imports the whole crate: name what it needs".into());
            }
            let other = self.reexports.get(&name).unwrap_or(&name);
            let Some(other_rank) = self.rank(other) else { continue };
            if other_rank > rank {
                complaints.push(format!("uses `{other}`, which stands below `{room}` in lib.rs"));
            }
            let through_the_wall = (other == "langevin" && room != "microscope") || other == "microscope";
            if through_the_wall && other != room {
                complaints.push(format!("`{room}` imports `{other}` through the wall"));
            }
        }
        complaints
    }
}

/// First names of all paths that start at the crate's root: `crate::NAME`, `crate::{NAME, ..}`, or enough `super::`.
fn names_from_the_crate(code: &str, depth: usize) -> Vec<String> {
    let words = words(code);
    let mut names = Vec::new();
    let mut i = 0;
    while i < words.len() {
        let mut supers = 0;
        while words.get(i + supers).is_some_and(|w| w.1 == "super") {
            supers += 1;
        }
        let from_root = words[i].1 == "crate" || supers >= depth;
        i += supers.max(1);
        if from_root {
            let (start, word) = words[i - 1];
            if let Some(tree) = code[start + word.len()..].strip_prefix("::") {
                names.extend(first_names(tree));
            }
        }
    }
    names
}

/// The first name of each branch of a use tree: `a::b` gives `a`; `{a::{b}, c}` gives `a` and `c`.
fn first_names(tree: &str) -> Vec<String> {
    let head = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
        if text.starts_with('*') { "*".to_string() } else { text[..end].to_string() }
    };
    let Some(branches) = tree.strip_prefix('{') else { return vec![head(tree)] };
    let mut depth = 1;
    let mut names = vec![head(branches)];
    for (i, c) in branches.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(head(&branches[i + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Each rule, given a text that breaks it: a rule that cannot complain protects nothing.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_may_not_use_one_below_nor_reach_through_the_wall() {
        let rooms = Rooms::read(
            "pub mod units;\npub mod langevin;\npub mod video;\npub mod microscope;\npub mod report;\n\
             pub use units::Calibration;\npub use langevin::{BeadSpring};",
        );
        let complaints = |path: &str, source: &str| {
            rooms.complaints(&format!("crates/cneep/src/{path}"), &code_of(source)).join("; ")
        };
        assert_eq!(complaints("video/tiff.rs", "use crate::units::Calibration;"), "");
        assert_eq!(complaints("microscope/mod.rs", "use crate::langevin::Trajectory; use super::video;"), "");
        assert_eq!(complaints("video/a.rs", "use super::report;"), "", "video::report is video's own");
        assert_eq!(
            complaints("units.rs", "/// [`crate::video`]\n#[cfg(test)]\nmod tests { use crate::video; }"),
            ""
        );
        let below = "uses `video`, which stands below `units` in lib.rs";
        for bad in [
            "use crate::video::Video;",
            "use crate::{error, video::{Video, Frames}};",
            "fn f(v: &crate::video::Video) {}",
            "use super::video::Video;",
            "use super::{video};",
            "#[cfg(test)]\nmod tests { mod a {} }\nuse crate::video::Video;",
        ] {
            assert_eq!(complaints("units.rs", bad), below, "{bad}");
        }
        assert_eq!(complaints("units/a.rs", "use super::super::video::Video;"), below);
        assert!(complaints("report/a.rs", "use crate::langevin;").contains("through the wall"));
        assert!(complaints("report/a.rs", "use crate::{BeadSpring};").contains("through the wall"));
        assert!(complaints("report/a.rs", "use crate::microscope::Microscope;").contains("through the wall"));
        assert!(complaints("report/a.rs", "use crate::*;").contains("whole crate"));
        assert!(complaints("attic/a.rs", "").contains("no `pub mod`"));
    }
}
