//! Splits XML into its tags, and forgives what descriptions in files get wrong.

/// A start tag, or the end of an element.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tag<'a> {
    /// Name without its namespace, and what stands behind it up to the end of the tag.
    Start(&'a str, &'a str),
    /// Name without its namespace.
    End(&'a str),
}

/// All tags in their order; an empty element is one that starts, without an end.
pub(super) fn tags(xml: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = xml;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('<')?..];
            let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
            if let Some((start, end)) = skipped.iter().find(|(start, _)| rest.starts_with(start)) {
                let after = &rest[start.len()..];
                rest = &after[after.find(end)? + end.len()..];
                continue;
            }
            let length = end_of_tag(rest)?;
            let inside = &rest[1..length];
            rest = &rest[length + 1..];
            let local = |name: &'_ str| name.rfind(':').map_or(0, |at| at + 1);
            if let Some(name) = inside.strip_prefix('/') {
                let name = name.trim();
                return Some(Tag::End(&name[local(name)..]));
            }
            let inside = inside.strip_suffix('/').unwrap_or(inside);
            let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
            return Some(Tag::Start(&name[local(name)..], attributes));
        }
    })
}

/// Place of the `>` that ends the tag at the start of `text`: quoted ones do not.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, letter)| {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '>') => return Some(at),
            _ => {}
        }
        None
    })
}

/// The value of the attribute `key`, from what stands behind the name in a start tag.
pub(super) fn attribute(attributes: &str, key: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| ['"', '\''].contains(c))?;
        let (value, next) = after[1..].split_once(quote)?;
        if name.trim() == key {
            let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
            return Some(named.iter().fold(value.to_owned(), |value, (from, to)| value.replace(from, to)));
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a tag that ends at a quoted `>`, and one taken from a comment.
    #[test]
    fn tags_end_outside_quotes_and_comments_hold_none() {
        let xml = "<?xml?><ome:A b='1>0' c=\"x &amp; y\"><!-- <B/> --><C/>text</ome:A>";
        let found: Vec<_> = tags(xml).collect();
        assert!(matches!(found[..], [Tag::Start("A", _), Tag::Start("C", ""), Tag::End("A")]), "{found:?}");
        let Tag::Start(_, attributes) = found[0] else { unreachable!() };
        assert_eq!(attribute(attributes, "b").as_deref(), Some("1>0"));
        assert_eq!(attribute(attributes, "c").as_deref(), Some("x & y"));
        assert_eq!(attribute(attributes, "d"), None);
        assert_eq!(tags("<A <").count(), 0);
    }
}
