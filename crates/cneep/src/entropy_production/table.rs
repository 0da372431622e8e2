//! Writes and reads `entropy.csv`: one line a transition.

use super::result::{EntropyProduction, MovieEntropy};
use super::role::Role;
use cneep_movie::atomic_file::write_atomically;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::Calibration;
use serde::Deserialize;
use std::path::Path;

/// Names with their units; the time has another where the frame interval is not known.
const COLUMNS: [&str; 8] = [
    "movie",
    "transition",
    "time_s",
    "entropy_production_kB",
    "cumulative_kB",
    "role",
    "movie_name",
    "exact_entropy_production_kB",
];
const TIME_IN_FRAMES: &str = "time_frames";

#[derive(Deserialize)]
struct Row {
    movie: usize,
    #[serde(alias = "entropy_production_kB")]
    entropy_production: f64,
    role: Role,
    #[serde(alias = "exact_entropy_production_kB")]
    exact_entropy_production: Option<f64>,
}

/// Writes one line a transition: movie, transition (both counted from 0), time of its first frame
/// (s, or frames where the interval is unknown), entropy production and cumulative (`k_B`), role in the fit
/// (in-sample, out-of-fold, held-out), name of the movie, and the exact value where it is known.
///
/// # Errors
/// [`Error::Io`] if the file cannot be written.
pub fn write_table(entropy: &EntropyProduction, path: &Path) -> Result<()> {
    let with_exact = entropy.movies.iter().all(|movie| movie.exact.is_some());
    let mut columns = if with_exact { COLUMNS.to_vec() } else { COLUMNS[..7].to_vec() };
    if entropy.calibration.frame_interval.is_none() {
        columns[2] = TIME_IN_FRAMES;
    }
    write_atomically(path, |writer| {
        let mut table = csv::Writer::from_writer(writer);
        table.write_record(&columns)?;
        for (index, movie) in entropy.movies.iter().enumerate() {
            let cumulative = entropy.cumulative(index);
            for (transition, value) in movie.values.iter().enumerate() {
                let time = transition as f64 * entropy.calibration.interval_or_frame();
                let mut record = vec![
                    index.to_string(),
                    transition.to_string(),
                    format!("{time:.9}").trim_end_matches('0').trim_end_matches('.').to_owned(),
                    value.to_string(),
                    cumulative[transition].to_string(),
                    movie.roles[transition].to_string(),
                    movie.name.clone(),
                ];
                if let (true, Some(exact)) = (with_exact, &movie.exact) {
                    record.push(exact[transition].to_string());
                }
                table.write_record(&record)?;
            }
        }
        table.flush()
    })
}

/// Reads what [`write_table`] wrote; window, calibration and movie names are stated by the caller.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read, [`Error::Format`] if a line is not as written.
pub fn read_table(
    path: &Path,
    window: usize,
    calibration: Calibration,
    names: &[String],
) -> Result<EntropyProduction> {
    let file = cneep_movie::input_file::open(path, "a table")?;
    let wrong = |found: String| {
        let expected = "a table of entropy production, one line a transition";
        Error::Format(Fault::of_file(path, expected, found, "Estimate the movies again."))
    };
    let mut movies: Vec<MovieEntropy> =
        names.iter().map(|name| MovieEntropy { name: name.clone(), ..Default::default() }).collect();
    for row in csv::Reader::from_reader(std::io::BufReader::new(file)).deserialize() {
        let row: Row = row.map_err(|e| wrong(e.to_string()))?;
        let Some(movie) = movies.get_mut(row.movie) else {
            return Err(wrong(format!("movie {} of {}", row.movie, names.len())));
        };
        movie.values.push(row.entropy_production);
        movie.roles.push(row.role);
        if let Some(exact) = row.exact_entropy_production {
            movie.exact.get_or_insert_default().push(exact);
        }
    }
    if movies.iter().any(|movie| movie.values.is_empty()) {
        return Err(wrong("movies without transitions".into()));
    }
    Ok(EntropyProduction::new(window, calibration, movies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_back_to_the_last_bit() {
        let movie = |name: &str, shift: f64| MovieEntropy {
            name: name.into(),
            values: (0..5).map(|i| f64::from(i) / 3.0 + shift).collect(),
            roles: vec![Role::InSample, Role::OutOfFold, Role::HeldOut, Role::InSample, Role::HeldOut],
            exact: Some((0..5).map(|i| f64::from(i).sqrt()).collect()),
            ..MovieEntropy::default()
        };
        let calibration = Calibration { frame_interval: Some(0.043), ..Calibration::default() };
        let movies = vec![movie("a", 0.0), movie("b", -1.0)];
        let entropy = EntropyProduction::new(2, calibration, movies);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entropy.csv");
        write_table(&entropy, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with(
                "movie,transition,time_s,entropy_production_kB,cumulative_kB,role,movie_name,exact"
            ),
            "{text}"
        );
        assert!(text.contains("\n0,3,0.129,"), "{text}");
        let back = read_table(&path, 2, calibration, &["a".into(), "b".into()]).unwrap();
        assert_eq!(back, entropy);
    }
}
