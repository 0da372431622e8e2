//! Plans the tiles of one large field as tasks for any number of machines.

use super::analyze::TrainingArguments;
use super::estimator_options::train_alone;
use super::movies::Movies;
use super::plan_told::PlanTold;
use super::shared_by_tasks::SharedByTasks;
use super::tile_size::TileSize;
use crate::plan::line::StatedArguments;
use crate::plan::table::{Row, rows};
use crate::plan::{AnalysisTask, PlanFolder, Stated, TileOfField};
use clap::Args;
use clap::builder::PossibleValuesParser;
use cneep::estimator::EstimatorSettings;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{Selection, Tile, Tiles, refuse_copies};
use std::path::PathBuf;

/// The option by which a task keeps its tile.
const CROP: &str = "crop";

/// Plan one large field of view as tiles, each trained and analysed by itself
///
/// Tiles are squares around the middle of the frame, as of `--regions tiles:SIDE,GAP`; what does not fill one
/// at the border is left out, and told. Each task is `cneep analyze` with --crop of its tile: a tile is cut
/// out where it is read, and nothing is copied. Several movies are several recordings of the same field.
/// `cneep gather` makes one table and one map of all, with the sum of their rates (k_B/s, or k_B/frame
/// without a frame interval), which is a bound only if tiles are independent of each other: leave a gap.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep plan train field.tif --tiles 256,32 --interval 50ms -o plan")]
pub(super) struct PlanTiles {
    #[command(flatten)]
    subject: StatedArguments<FieldArguments>,
    /// Train one estimator alone, such as modes [default: those of `--compare`]
    #[arg(long, value_name = "NAME", conflicts_with = "compare",
        value_parser = PossibleValuesParser::new(EstimatorSettings::NAMES))]
    estimator: Option<String>,
    /// Side of a tile and gap to the next, in pixels of the frames as they are analysed (behind --crop and
    /// --bin). Without a gap tiles touch, and no bound of all is stated
    #[arg(long, value_name = "SIDE[,GAP]")]
    tiles: TileSize,
    /// Folder for the plan
    #[arg(long, short, value_name = "PLAN")]
    output: PathBuf,
}

// The field, and what is trained on its tiles. (No documentation comment: it would stand in for that of the
// verb.)
#[derive(Debug, Args)]
struct FieldArguments {
    #[command(flatten)]
    movies: Movies,
    #[command(flatten)]
    training: TrainingArguments,
}

impl PlanTiles {
    /// Writes the plan.
    pub(super) fn run(&self, console: &Console) -> Result<()> {
        let FieldArguments { movies, training } = &self.subject.arguments;
        let mut settings = training.settings()?;
        if let Some(name) = &self.estimator {
            train_alone(&mut settings, name)?;
            settings.check()?;
        }
        let settings = settings.to_toml();
        let rows = rows(movies.paths())?;
        refuse_conditions(&rows)?;
        let paths: Vec<PathBuf> = rows.iter().map(|row| row.file.clone()).collect();
        let scales = movies.scales();
        let videos = scales.open(&paths, None)?.videos;
        if videos.len() > 1 {
            interrupt::ending_at_once(|| refuse_copies(&videos))?;
        }
        let field = videos.first().map_or((0, 0), |video| (video.frames().rows(), video.frames().columns()));
        let TileSize { side, gap } = self.tiles;
        let tiles = Tiles::new(field, side, gap)?;
        let shared = || SharedByTasks::of(&self.output, &settings, &self.subject.options);
        let shared = interrupt::ending_at_once(shared)?;
        let files = interrupt::ending_at_once(|| shared.movies(&rows))?;
        let whole = scales.selection();
        let task = |(place, tile): (usize, Tile)| {
            let ((row, column), (top, left)) = (tile.place, tile.start);
            let crop = shared.options.iter().find(|of| of.option == CROP).and_then(|of| of.value.clone());
            let of = TileOfField { row, column, top, left, side, gap, field: [field.0, field.1], crop };
            let task = shared.task(place + 1, format!("tile_{row}_{column}"), &files);
            AnalysisTask { options: cropped(&task.options, &whole, &of), tile: Some(of), ..task }
        };
        let tasks: Vec<AnalysisTask> = tiles.all().enumerate().map(task).collect();
        let plan = PlanFolder::write(&self.output, &settings, &tasks)?;
        tell_what_is_left_out(console, &tiles, field);
        console.print(&PlanTold::of(&plan))
    }
}

/// The `options` with the crop that keeps `tile` of the field that `whole` keeps.
fn cropped(options: &[Stated], whole: &Selection, tile: &TileOfField) -> Vec<Stated> {
    let TileOfField { top, left, side, .. } = *tile;
    let [x, y, width, height] = whole.crop_of_part([left, top, side, side]);
    let crop = format!("{x},{y},{width},{height}");
    let others = options.iter().filter(|of| of.option != CROP).cloned();
    others.chain([Stated { option: CROP.into(), value: Some(crop), is_file: false }]).collect()
}

/// The options by which the whole field of a `task` is opened.
pub(super) fn of_whole_field(task: &AnalysisTask) -> Vec<Stated> {
    let others = task.options.iter().filter(|of| of.option != CROP).cloned();
    let crop = task.tile.as_ref().and_then(|tile| tile.crop.clone());
    let crop = crop.map(|crop| Stated { option: CROP.into(), value: Some(crop), is_file: false });
    others.chain(crop).collect()
}

fn tell_what_is_left_out(console: &Console, tiles: &Tiles, (rows, columns): (usize, usize)) {
    let [border, between] = tiles.pixels_left_out();
    if border + between > 0 {
        let share = 100.0 * (border + between) as f64 / (rows * columns) as f64;
        console.note(&format!(
            "{share:.0} % of the {rows} x {columns} pixels lie in no tile: {border} at the border, where no \
             tile fits, and {between} between tiles"
        ));
    }
}

fn refuse_conditions(rows: &[Row]) -> Result<()> {
    let Some(condition) = rows.iter().find_map(|row| row.condition.as_ref()) else { return Ok(()) };
    let (expected, found) = ("movies of one field", format!("the condition {condition}"));
    let remedy =
        "Plan the fields of each condition by themselves, or analyse whole movies: cneep plan analyze.";
    Err(Error::Setting(Fault::new("movies", expected, found, remedy)))
}
