//! Separates the code of a Rust source from its comments, literals or tests.

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Words of `code` with their positions.
pub(crate) fn words(code: &str) -> Vec<(usize, &str)> {
    let bounds = code.split(|c| !is_word(c)).filter(|word| !word.is_empty());
    bounds.map(|word| (word.as_ptr() as usize - code.as_ptr() as usize, word)).collect()
}

pub(crate) fn words_of(code: &str) -> Vec<&str> {
    words(code).into_iter().map(|(_, word)| word).collect()
}

/// `source` with comments and literals blanked out, line by line as before.
pub(crate) fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    let mut after_word = false;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => string_length(rest),
            'r' | 'b' | 'c' if !after_word => prefixed_string_length(rest),
            '\'' => character_length(rest),
            _ => 0,
        };
        let (gone, kept) = rest.split_at(if skipped == 0 { c.len_utf8() } else { skipped });
        if skipped == 0 {
            code.push(c);
        } else {
            code.extend(gone.chars().map(|g| if g == '\n' { '\n' } else { ' ' }));
        }
        after_word = skipped == 0 && is_word(c);
        rest = kept;
    }
    code
}

/// Length of the string literal that starts at the quotation mark heading `text`.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}

/// Length of a literal such as `r#".."#` or `b".."` heading `text`; 0 if there is none.
fn prefixed_string_length(text: &str) -> usize {
    let prefix = text.len() - text.trim_start_matches(['r', 'b', 'c']).len();
    let hashes = text[prefix..].len() - text[prefix..].trim_start_matches('#').len();
    let start = prefix + hashes;
    if prefix > 2 || !text[start..].starts_with('"') {
        return 0;
    }
    if !text[..prefix].contains('r') {
        return prefix + string_length(&text[prefix..]);
    }
    let end = format!("\"{}", "#".repeat(hashes));
    text[start + 1..].find(&end).map_or(text.len(), |at| start + 1 + at + end.len())
}

/// Length of the character literal heading `text`; 0 for a lifetime.
fn character_length(text: &str) -> usize {
    let letters: Vec<(usize, char)> = text.char_indices().take(12).collect();
    let close = if letters.get(1).is_some_and(|l| l.1 == '\\') { 3 } else { 2 };
    let found = letters.iter().skip(close).find(|l| l.1 == '\'');
    match found {
        Some(&(at, _)) if close == 3 || letters[2].1 == '\'' => at + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_are_not_code() {
        let source = "let a = b\"dt\"; let c = '\"'; let d = 'x'; fn f<'a>(b: &'a str) {} /* dt */ // dt";
        let code = code_of(source);
        assert!(!words_of(&code).contains(&"dt"), "{code}");
        assert!(words_of(&code).contains(&"f") && words_of(&code).contains(&"str"), "{code}");
        assert_eq!(code_of("\"a\nb\"\nend").lines().count(), 3);
    }
}
