//! Holds the viewer of films and maps: one module of JavaScript, its style, and the plotting library it
//! needs.
//!
//! [`SCRIPT`] exports `fill(element, data)`. `data` is the JSON of a report's viewer; see
//! [`crate::report::Report::viewer_data`].

use std::fmt::Write as _;

/// The viewer: an ES module, which needs [`UPLOT`] before it.
pub const SCRIPT: &str = include_str!("viewer.js");
/// Its rules of style, with those of [`UPLOT`].
pub const STYLE: &str = concat!(include_str!("uplot.min.css"), "\n", include_str!("viewer.css"));
/// uPlot 1.6.32 by Leon Sorokin, a library of plots on a canvas.
pub const UPLOT: &str = include_str!("uplot.min.js");
/// The licence of [`UPLOT`] (MIT).
pub const UPLOT_LICENCE: &str = include_str!("uplot.LICENSE");

/// What runs on a page: the library with its licence, the viewer, and what fills the page.
pub(crate) fn module() -> String {
    let mut module = String::new();
    write!(module, "/* uPlot 1.6.32. {UPLOT_LICENCE}*/\n{UPLOT}\n{SCRIPT}\n{}", include_str!("page.js"))
        .expect("a string takes every write");
    module
}
