//! Draws a gallery of every figure from made-up data: `cargo run --release --example figures -- FOLDER`.

use cneep::entropy_production::Extrapolation;
use cneep_movie::caution::{CautionKind, Scale};
use cneep_movie::{Caution, Measured, Result};
use cneep_report::figure::{
    CumulativeEntropyProduction, DissipationMapFigure, EntropyHistogram, Figure, MapKind, Outlined, Overlay,
    RateAgainstAmount, RateAgainstFrameGap, RatePoint, Scatter, TrainingCurve,
};
use cneep_report::report::html::{ImageKind, Page};
use ndarray::{Array2, Array3};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::path::PathBuf;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "figures".into()));
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let mut normal = move || -> f64 { StandardNormal.sample(&mut random) };

    let figures = [
        (
            "training_curve",
            training_curve(&mut normal)?,
            "The held-out bound rises, then falls as training over-fits.",
        ),
        ("scatter_points", scatter(&mut normal, 3_000)?, "Each point is one transition."),
        ("scatter_density", scatter(&mut normal, 1_000_000)?, "A million transitions, as a density."),
        ("cumulative", cumulative(&mut normal, 12)?, "Entropy produced since the start of each movie."),
        ("cumulative_one", cumulative(&mut normal, 1)?, "The same for a single movie."),
        ("histogram", histogram(&mut normal)?, "Distribution of ΔS and its fluctuation theorem."),
        ("map_small", map(5, 10, 4.0, None, false)?, "A map of 5 x 10 cells."),
        ("map_large", map(512, 512, 1.0, Some(0.108), false)?, "A map of 512 x 512 pixels."),
        ("map_outlined", map(5, 10, 4.0, None, true)?, "The same with its significant cells outlined."),
        ("map_large_outlined", map(512, 512, 1.0, Some(0.108), true)?, "The same of 512 x 512 pixels."),
        ("amount", amount()?, "Rates against the amount of data, with the line to an endless amount."),
        ("frame_gap", frame_gap()?, "Rate and bound against the time between frames."),
        ("map_total", total_map()?, "A quantity that is never negative."),
    ];
    for (name, figure, _) in &figures {
        figure.write_svg(&folder.join(format!("{name}.svg")))?;
        figure.write_png(&folder.join(format!("{name}.png")))?;
    }
    let animation = two_beads(&mut normal)?;
    cneep_movie::atomic_file::write_bytes(&folder.join("overlay.gif"), &animation)?;
    filaments(&folder.join("overlay_large.gif"))?;

    let scale = Scale::FrameInterval;
    let differs = CautionKind::StatedScaleDiffers { scale, stated: 0.01, in_file: 0.02 };
    let mut page = Page::new("How much entropy does this movie produce?");
    page.subtitle("gallery.tif, 10 000 frames of 20 x 40 pixels, 10 ms apart")
        .headline(
            "Entropy production rate",
            &Measured::new(2.0254, Some(0.031), "k_B/s"),
            "block bootstrap over movies",
        )
        .headline(
            "Held-out lower bound",
            &Measured::new(1.9812, Some(0.034), "k_B/s"),
            "transitions that chose nothing",
        )
        .headline_text("Against equilibrium", "p < 0.001", "random sign flips of held-out blocks")
        .caution(&Caution::new("frame interval", differs))
        .section("Results");
    for (_, figure, caption) in &figures {
        page.figure(figure, caption, caption);
    }
    page.image(
        ImageKind::Gif,
        &animation,
        "Two blobs with their dissipation",
        "Two beads, one hot, one cold.",
    )
    .section("Numbers")
    .table(
        &["bead", "estimated", "exact", "unit"],
        &[vec!["left", "1.52", "1.428", "k_B/s"], vec!["right", "0.61", "0.597", "k_B/s"]],
    )
    .key_values(&[("seed", "20"), ("estimator", "modes, K = 4")])
    .settings("Settings of this run", "[training]\nseed = 20\nwindow = 2\n")
    .footer(concat!("cneep ", env!("CARGO_PKG_VERSION")));
    page.write(&folder.join("report.html"))
}

fn training_curve(normal: &mut impl FnMut() -> f64) -> Result<Figure> {
    let rise = |i: f64, plateau: f64| plateau * (1.0 - (-i / 3_000.0).exp());
    let train: Vec<(f64, f64)> = (0..500)
        .map(|i| f64::from(i) * 100.0)
        .map(|i| (i, rise(i, 0.0205 + 1e-7 * i) + 0.0009 * normal()))
        .collect();
    let validation: Vec<(f64, f64)> = (0..100)
        .map(|i| f64::from(i) * 500.0)
        .map(|i| (i, rise(i, 0.0203) - 1.2e-7 * (i - 15_000.0).max(0.0) + 0.0001 * normal()))
        .collect();
    let best = validation.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).map(|p| p.0);
    TrainingCurve {
        label: "1 + J (k_B per transition)",
        train: &train,
        validation: &validation,
        best_iteration: best,
        exact: Some(0.0204),
    }
    .draw()
}

fn scatter(normal: &mut impl FnMut() -> f64, count: usize) -> Result<Figure> {
    let exact: Vec<f64> = (0..count).map(|_| 0.02 + 0.2 * normal() * (1.0 + 0.3 * normal())).collect();
    let estimated: Vec<f64> = exact.iter().map(|x| 0.94 * x + 0.025 * normal()).collect();
    Scatter { estimated: &estimated, exact: &exact }.draw()
}

fn cumulative(normal: &mut impl FnMut() -> f64, movies: usize) -> Result<Figure> {
    let exact = Array2::from_shape_simple_fn((movies, 5_000), || 0.02 + 0.2 * normal());
    let measured = exact.mapv(|x| 0.97 * x + 0.03 * normal());
    let measured: Vec<&[f64]> = measured.rows().into_iter().filter_map(|row| row.to_slice()).collect();
    let exact: Vec<&[f64]> = exact.rows().into_iter().filter_map(|row| row.to_slice()).collect();
    CumulativeEntropyProduction { measured: &measured, exact: &exact, interval: 0.01, time_symbol: "s" }
        .draw()
}

fn histogram(normal: &mut impl FnMut() -> f64) -> Result<Figure> {
    let values: Vec<f64> = (0..100_000).map(|_| 0.3 + 0.6_f64.sqrt() * normal()).collect();
    EntropyHistogram { entropy_production: &values }.draw()
}

fn bump(row: f64, column: f64, centre: (f64, f64), width: f64) -> f64 {
    (-((row - centre.0).powi(2) + (column - centre.1).powi(2)) / (2.0 * width * width)).exp()
}

fn map(
    rows: usize,
    columns: usize,
    cell_size: f64,
    pixel_size: Option<f64>,
    outlined: bool,
) -> Result<Figure> {
    let scale = columns as f64 / 10.0;
    let map = Array2::from_shape_fn((rows, columns), |(r, c)| {
        let (r, c) = (r as f64 / scale, c as f64 / scale);
        let middle = rows as f64 / scale / 2.0;
        1.4 * bump(r, c, (middle, 2.5), 1.0) - 0.5 * bump(r, c, (middle - 1.0, 7.0), 1.3)
            + 0.05 * (7.0 * r).sin() * (5.0 * c).cos()
    });
    let significant = map.mapv(|rate| rate > 0.45);
    let mut figure = DissipationMapFigure::new(&map, cell_size, "Dissipation rate (k_B/s per cell)");
    figure.pixel_size = pixel_size;
    figure.outlined = outlined.then_some(Outlined {
        cells: significant.view(),
        name: "significant (at most 5 % false on average)",
    });
    figure.draw()
}

fn amount() -> Result<Figure> {
    let rate = [12.5, 25.0, 50.0, 100.0].map(|time| RatePoint {
        at: time,
        rate: 2.0 - 6.0 / time,
        standard_error: Some(0.9 / f64::sqrt(time)),
    });
    let bound = rate.map(|point| RatePoint {
        rate: point.rate - 0.12,
        standard_error: point.standard_error.map(|error| 2.0 * error),
        ..point
    });
    RateAgainstAmount {
        x_label: "1 / held-out time (1/s)",
        y_label: "Rate (k_B/s)",
        rate: &rate,
        bound: &bound,
        extrapolation: Some(Extrapolation {
            limit: 2.0,
            limit_error: 0.12,
            slope: -6.0,
            slope_error: 3.0,
            reduced_chi_squared: 1.0,
        }),
        exact: Some(2.025),
    }
    .draw()
}

fn frame_gap() -> Result<Figure> {
    let rates = [(0.01, 1.985), (0.05, 1.826), (0.1, 1.636), (0.2, 1.289), (0.5, 0.567), (1.0, 0.132)];
    let rate = rates.map(|(at, rate)| RatePoint { at, rate, standard_error: Some(0.05) });
    let bound = rate.map(|point| RatePoint { rate: 0.93 * point.rate, standard_error: Some(0.09), ..point });
    RateAgainstFrameGap { time_symbol: "s", y_label: "Rate (k_B/s)", rate: &rate, bound: &bound }.draw()
}

fn total_map() -> Result<Figure> {
    let map = Array2::from_shape_fn((80, 60), |(r, c)| 3e-5 * bump(r as f64, c as f64, (40.0, 30.0), 15.0));
    let mut figure = DissipationMapFigure::new(&map, 1.0, "Mean square ΔS (k_B² per cell)");
    figure.kind = MapKind::Total;
    figure.draw()
}

fn two_beads(normal: &mut impl FnMut() -> f64) -> Result<Vec<u8>> {
    let mut centres = vec![(10.0, 30.0)];
    for step in 1..40 {
        let (left, right) = centres[step - 1];
        centres.push((
            left + 0.4 * normal() - 0.1 * (left - 10.0),
            right + 0.4 * normal() - 0.1 * (right - 30.0),
        ));
    }
    let mut maps = Array3::<f32>::zeros((40, 5, 10));
    for (mut map, &(left, right)) in maps.outer_iter_mut().zip(&centres) {
        let (hot, cold) = (0.05 + 0.1 * normal(), 0.02 + 0.08 * normal());
        for ((row, column), cell) in map.indexed_iter_mut() {
            let (row, column) = (4.0 * row as f64 + 1.5, 4.0 * column as f64 + 1.5);
            *cell = (hot * bump(row, column, (10.0, left), 4.0)
                + cold * bump(row, column, (10.0, right), 4.0)) as f32;
        }
    }
    let frame = |t: usize| {
        Array2::from_shape_fn((20, 40), |(row, column)| {
            let (row, column) = (row as f64, column as f64);
            let (left, right) = centres[t];
            (255.0 * (bump(row, column, (10.0, left), 3.0) + bump(row, column, (10.0, right), 3.0))).floor()
                as f32
        })
    };
    overlay(&maps, 4, "ΔS (k_B per transition, per cell)").to_gif(|t| Ok(frame(t)))
}

fn filaments(path: &std::path::Path) -> Result<()> {
    let maps = Array3::from_shape_fn((200, 150, 200), |(t, r, c)| {
        ((r as f64 * 0.08 + t as f64 * 0.1).sin() * (c as f64 * 0.06).cos() * 2e-3) as f32
    });
    overlay(&maps, 4, "ΔS (k_B per frame, per cell)").write(path, |t| {
        Ok(Array2::from_shape_fn((600, 800), |(r, c)| {
            ((r as f64 * 0.1 + (c as f64 * 0.05 + t as f64 * 0.2).sin()).sin().powi(8) * 4_000.0) as f32
        }))
    })
}

fn overlay<'a>(maps: &'a Array3<f32>, cell_size: usize, label: &'a str) -> Overlay<'a> {
    let mut overlay = Overlay::new(maps, cell_size, label);
    overlay.frame_interval = Some(0.01);
    overlay.frame_count = 24;
    overlay.delay = 0.12;
    overlay
}
