//! Runs experiments: files that ask a question of simulated movies, and say which answer is expected.
//!
//! A [`Document`] is an experiment as its file says it. Every combination of what it varies is a [`Case`], whose movies are
//! simulated, learned from with several seeds, and estimated against the exact answers ([`Scores`]). Scores are kept in
//! a [`Ledger`] as they come; all of them together are the [`Outcome`].

mod agreement;
mod case;
mod document;
mod expectation;
mod ledger;
mod measure;
mod outcome;
mod page;
mod part_maps;
mod picture;
mod provenance;
mod quantity;
mod runner;
mod scores;
mod settings;
mod table;
mod vary;

pub(crate) use document::Document;
pub(crate) use outcome::Outcome;
pub(crate) use runner::run;

/// The outcome in an experiment's folder, for other programs and for `cneep report`.
pub(crate) const RESULT: &str = "result.json";
