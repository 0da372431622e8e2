//! Builds one self-contained HTML page: text, numbers, tables and figures, with nothing to fetch.

use super::plates::Plate;
use crate::figure::Figure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cneep_movie::atomic_file;
use cneep_movie::caution::Caution;
use cneep_movie::error::Result;
use cneep_movie::units::Measured;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

const STYLE: &str = include_str!("page.css");

/// Kind of an embedded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// A still picture.
    Png,
    /// An animation.
    Gif,
}

/// A page in the making. Parts appear in the order in which they are added; all text is escaped, and `k_B`
/// gets its subscript.
#[derive(Debug, Clone)]
pub struct Page {
    title: String,
    subtitle: String,
    headlines: String,
    /// What stands in place of the title, if anything does.
    first: String,
    body: String,
    footer: String,
    style: String,
    scripts: Vec<String>,
    /// JSON under its name.
    data: String,
}

impl Page {
    /// A page under `title`.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_string(),
            subtitle: String::new(),
            headlines: String::new(),
            first: String::new(),
            body: String::new(),
            footer: String::new(),
            style: String::new(),
            scripts: Vec::new(),
            data: String::new(),
        }
    }

    /// HTML in place of the title, which then names the window only.
    pub(super) fn first_screen(&mut self, html: &str) -> &mut Self {
        self.first += html;
        self
    }

    /// HTML as it is.
    pub(super) fn raw(&mut self, html: &str) -> &mut Self {
        self.add(html)
    }

    /// A section that is folded under its title until it is asked for.
    ///
    /// # Errors
    /// That of `fill`.
    pub(super) fn folded(&mut self, title: &str, fill: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.add(&format!("<details class=\"fold\"><summary><h2>{}</h2></summary>", prose(title)));
        fill(self)?;
        self.add("</details>");
        Ok(())
    }

    /// A figure with buttons that save it and its numbers.
    pub(super) fn plate(&mut self, plate: &Plate) -> &mut Self {
        let (svg, title, caption) = (plate.figure.to_svg(), escaped(&plate.title), prose(&plate.caption));
        let button = |kind: &str| {
            format!(
                "<button type=\"button\" data-save=\"{kind}\" aria-label=\"Save {title} as \
                 {kind}\">{kind}</button>"
            )
        };
        let table = if plate.small_table().is_some() { button("CSV") } else { String::new() };
        self.add(&format!(
            "<figure data-name=\"{}\"><h3>{}</h3><div class=\"sheet\" role=\"img\" \
             aria-label=\"{title}\">{svg}</div>\
             <figcaption>{caption}</figcaption><div class=\"buttons\">{}{}{table}</div></figure>",
            plate.name,
            prose(&plate.title),
            button("SVG"),
            button("PNG"),
        ))
    }

    /// More rules of style.
    pub(super) fn style(&mut self, css: &str) -> &mut Self {
        self.style += css;
        self
    }

    /// A module of JavaScript; no other may run on the page.
    pub(super) fn script(&mut self, module: &str) -> &mut Self {
        self.scripts.push(module.replace("</script", "<\\/script"));
        self
    }

    /// JSON that the scripts read from the element `id`.
    pub(super) fn data(&mut self, id: &str, json: &str) -> &mut Self {
        let json = json.replace('<', "\\u003c");
        writeln!(self.data, "<script type=\"application/json\" id=\"{id}\">{json}</script>")
            .expect("a string takes every write");
        self
    }

    /// A line under the title.
    pub fn subtitle(&mut self, text: &str) -> &mut Self {
        self.subtitle = format!("<p class=\"subtitle\">{}</p>\n", prose(text));
        self
    }

    /// A number at the top, with its error, unit and a few words about it.
    pub fn headline(&mut self, label: &str, measured: &Measured, note: &str) -> &mut Self {
        let number = Measured { unit: String::new(), ..measured.clone() }.to_string().replace('-', "−");
        let (value, error) = number.split_once(" ± ").unwrap_or((&number, ""));
        let error = if error.is_empty() {
            String::new()
        } else {
            format!(" {}", tagged("span", "error", &format!("± {error}")))
        };
        let unit = format!(" {}", tagged("span", "unit", &prose(&measured.unit)));
        self.card(label, &format!("{}{error}{unit}", prose(value)), note)
    }

    /// A word or a plain number at the top.
    pub fn headline_text(&mut self, label: &str, value: &str, note: &str) -> &mut Self {
        self.card(label, &prose(value), note)
    }

    fn card(&mut self, label: &str, value: &str, note: &str) -> &mut Self {
        let parts = [("label", prose(label)), ("value", value.to_string()), ("note", prose(note))];
        let inside: String = parts.iter().map(|(class, text)| tagged("div", class, text)).collect();
        self.headlines += &tagged("div", "headline", &inside);
        self.headlines.push('\n');
        self
    }

    /// A heading; what follows belongs to it.
    pub fn section(&mut self, title: &str) -> &mut Self {
        self.add(&format!("<h2>{}</h2>", prose(title)))
    }

    /// A paragraph of text.
    pub fn paragraph(&mut self, text: &str) -> &mut Self {
        self.add(&format!("<p>{}</p>", prose(text)))
    }

    /// Something the reader must know, with its remedy.
    pub fn caution(&mut self, caution: &Caution) -> &mut Self {
        let (subject, message, remedy) =
            (prose(&caution.subject), prose(&caution.message()), prose(&caution.remedy()));
        self.add(&format!(
            "<div class=\"caution\" role=\"note\"><p \
             class=\"subject\">{subject}</p><p>{message}</p><p><strong>What to do:</strong> \
             {remedy}</p></div>"
        ))
    }

    /// Names with their values, one per line.
    pub fn key_values<K: AsRef<str>, V: AsRef<str>>(&mut self, pairs: &[(K, V)]) -> &mut Self {
        let row = |(key, value): &(K, V)| {
            let (key, value) = (prose(key.as_ref()), prose(value.as_ref()));
            format!("<tr><th scope=\"row\">{key}</th><td>{value}</td></tr>\n")
        };
        let rows: String = pairs.iter().map(row).collect();
        self.add(&format!("<div class=\"scroll\"><table>\n<tbody>\n{rows}</tbody></table></div>"))
    }

    /// A table; cells that are numbers stand to the right.
    pub fn table<H: AsRef<str>, C: AsRef<str>>(&mut self, header: &[H], rows: &[Vec<C>]) -> &mut Self {
        let column = |cell: &H| format!("<th scope=\"col\">{}</th>", prose(cell.as_ref()));
        let head: String = header.iter().map(column).collect();
        let line = |row: &Vec<C>| {
            let cells: String = row.iter().map(|cell| table_cell(cell.as_ref())).collect();
            format!("<tr>{cells}</tr>\n")
        };
        let rows: String = rows.iter().map(line).collect();
        self.add(&format!(
            "<div class=\"scroll\"><table>\n<thead><tr>{head}</tr></thead>\n\
             <tbody>\n{rows}</tbody></table></div>"
        ))
    }

    /// A table; each row is the way to another page and its cells, of which the first leads there.
    pub fn linked_table<H: AsRef<str>>(&mut self, header: &[H], rows: &[(String, Vec<String>)]) -> &mut Self {
        let column = |cell: &H| format!("<th scope=\"col\">{}</th>", prose(cell.as_ref()));
        let head: String = header.iter().map(column).collect();
        let line = |(page, row): &(String, Vec<String>)| {
            let (first, others) = row.split_first().map_or(("", &[][..]), |(a, b)| (a.as_str(), b));
            let cells: String = others.iter().map(|cell| table_cell(cell)).collect();
            format!("<tr><td><a href=\"{}\">{}</a></td>{cells}</tr>\n", address(page), prose(first))
        };
        let rows: String = rows.iter().map(line).collect();
        self.add(&format!(
            "<div class=\"scroll\"><table>\n<thead><tr>{head}</tr></thead>\n\
             <tbody>\n{rows}</tbody></table></div>"
        ))
    }

    /// A figure, sharp at any size; `alt` says in words what it shows.
    pub fn figure(&mut self, figure: &Figure, alt: &str, caption: &str) -> &mut Self {
        let (svg, alt, caption) = (figure.to_svg(), escaped(alt), prose(caption));
        self.add(&format!(
            "<figure><div role=\"img\" \
             aria-label=\"{alt}\">{svg}</div><figcaption>{caption}</figcaption></figure>"
        ))
    }

    /// A picture or an animation from the bytes of its file; `alt` says in words what it shows.
    pub fn image(&mut self, kind: ImageKind, bytes: &[u8], alt: &str, caption: &str) -> &mut Self {
        let kind = match kind {
            ImageKind::Png => "png",
            ImageKind::Gif => "gif",
        };
        let (data, alt, caption) = (STANDARD.encode(bytes), escaped(alt), prose(caption));
        self.add(&format!(
            "<figure><img src=\"data:image/{kind};base64,{data}\" \
             alt=\"{alt}\"><figcaption>{caption}</figcaption></figure>"
        ))
    }

    /// Text to be copied as it is, such as the settings of a run, folded under `title`.
    pub fn settings(&mut self, title: &str, text: &str) -> &mut Self {
        self.add(&format!(
            "<details><summary>{}</summary><pre>{}</pre></details>",
            prose(title),
            escaped(text)
        ))
    }

    /// A line at the end, such as versions.
    pub fn footer(&mut self, text: &str) -> &mut Self {
        writeln!(self.footer, "<p>{}</p>", prose(text)).expect("a string takes every write");
        self
    }

    fn add(&mut self, part: &str) -> &mut Self {
        self.body += part;
        self.body.push('\n');
        self
    }

    /// The whole page. It fetches nothing, and a policy of its own keeps it from doing so.
    pub fn render(&self) -> String {
        let wrapped = |tag: &str, class: &str, inside: &str| {
            if inside.is_empty() { String::new() } else { format!("{}\n", tagged(tag, class, inside)) }
        };
        let hash =
            |script: &String| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())));
        let hashes: String = self.scripts.iter().map(hash).collect();
        let runs = if hashes.is_empty() { String::new() } else { format!("; script-src{hashes}") };
        let scripts: Vec<String> = self
            .scripts
            .iter()
            .map(|script| {
                format!(
                    "<script type=\"module\">{script}</script>
"
                )
            })
            .collect();
        let scripts = scripts.concat();
        let title = match self.first.as_str() {
            "" => format!("<h1>{}</h1>\n{}", prose(&self.title), self.subtitle),
            first => first.to_owned(),
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
             'unsafe-inline'; \
             img-src data: blob:{runs}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light \
             dark\">\n<title>{}</title>\n<style>\n{STYLE}{}</style>\n</head>\n\
             <body>\n<main>\n{title}{}{}{}</main>\n{}{scripts}</body>\n</html>\n",
            escaped(&self.title),
            self.style,
            wrapped("div", "headlines", &self.headlines),
            self.body,
            wrapped("footer", "page", &self.footer),
            self.data,
        )
    }

    /// Writes [`Self::render`], whole or not at all.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Io`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        atomic_file::write_bytes(path, self.render().as_bytes())
    }
}

fn tagged(tag: &str, class: &str, inside: &str) -> String {
    format!("<{tag} class=\"{class}\">{inside}</{tag}>")
}

fn table_cell(text: &str) -> String {
    let number = text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || " .,+-−±eE×\u{2009}%".contains(c));
    format!("<td{}>{}</td>", if number { " class=\"number\"" } else { "" }, prose(text))
}

/// The relative path of a page as an address.
fn address(path: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    path.bytes().map(letter).collect()
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Escaped text for reading, `k_B` with its subscript.
pub(super) fn prose(text: &str) -> String {
    escaped(text).replace("k_B", "k<sub>B</sub>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{CumulativeEntropyProduction, EntropyHistogram};
    use cneep_movie::caution::CautionKind;

    /// Refuses tags that do not close in the order in which they opened.
    fn check_balance(html: &str) {
        let mut open: Vec<String> = Vec::new();
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split_once('>').map(|p| p.0)) {
            let name: String =
                tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
            if tag.starts_with('/') {
                assert_eq!(open.pop().as_deref(), Some(name.as_str()), "closing </{name}>");
            } else if !tag.starts_with('!')
                && !tag.ends_with('/')
                && !["meta", "img", "br"].contains(&name.as_str())
            {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "left open: {open:?}");
    }

    fn full_page() -> String {
        let movie: &[f64] = &[0.1, 0.3, -0.2, 0.4];
        let curve =
            CumulativeEntropyProduction { measured: &[movie], exact: &[], interval: 0.1, time_symbol: "s" };
        let unreadable = CautionKind::FrameIntervalUnreadable { value: 2.0, unit: "<b>".into() };
        let mut page = Page::new("A <b>\"bold\"</b> title & more");
        page.subtitle("movie.tif")
            .headline("Rate", &Measured::new(-2.025, Some(0.02), "k_B/s"), "held out")
            .headline_text("Movies", "<8>", "")
            .caution(&Caution::new("clock", unreadable))
            .section("Time & place")
            .paragraph("1 < 2 'quoted'")
            .key_values(&[("a", "b<c")])
            .table(&["N", "name"], &[vec!["1.5", "<x>"]])
            .figure(&curve.draw().unwrap(), "a \"curve\"", "Caption k_B.")
            .figure(&EntropyHistogram { entropy_production: movie }.draw().unwrap(), "", "")
            .image(ImageKind::Png, &[1, 2, 3], "dots > none", "")
            .settings("Settings", "a = \"</pre><script>\"")
            .footer("cneep 0.1");
        page.render()
    }

    #[test]
    fn all_text_is_escaped_and_all_tags_balance() {
        let html = full_page();
        check_balance(&html);
        assert!(
            !html.contains("<script")
                && !html.contains("<b>")
                && !html.contains("<x>")
                && !html.contains("<8>")
        );
        assert!(html.contains("&lt;/pre&gt;&lt;script&gt;"));
        assert!(html.contains("k<sub>B</sub>") && html.contains("−2.025"));
        assert!(html.contains("<td class=\"number\">1.5</td>"));
    }

    /// Catches a script that could run beside ours, and data that end their element.
    #[test]
    fn only_our_own_scripts_run() {
        let mut page = Page::new("a");
        page.script("run();").data("data", "{\"a\":\"</script><script>\"}");
        let html = page.render();
        let hash = STANDARD.encode(Sha256::digest(b"run();"));
        assert!(html.contains(&format!("script-src 'sha256-{hash}'\"")), "{html}");
        assert_eq!(html.matches("<script").count(), 2);
        check_balance(&html);
    }

    /// Catches anything that would be fetched, and identifiers that two figures would share.
    #[test]
    fn nothing_is_fetched_and_no_identifier_collides() {
        let html = full_page();
        for pattern in ["src=\"http", "href=\"http", "url(", "@import", "<link", "<script"] {
            assert!(!html.contains(pattern), "{pattern}");
        }
        assert!(!html.contains(" id=\""));
    }
}
