//! Deals windows to folds that share no frame.

use crate::transition::Run;

/// Folds of a cross-validation.
const FOLDS: usize = 5;
/// Movies from this number on are dealt out whole.
const MOVIES_TO_DEAL: usize = 3;
/// Contiguous blocks into which fewer movies are cut.
const BLOCKS: usize = 10;

/// Fold of every window of `runs` in their order: whole movies where there are three or more, otherwise
/// contiguous blocks; none for the few windows that reach over the edge of a block, which help to choose no
/// setting.
pub(in crate::estimator) fn deal(runs: &[Run], window: usize) -> Vec<Option<usize>> {
    let mut movies: Vec<usize> = runs.iter().map(|run| run.movie).collect();
    movies.sort_unstable();
    movies.dedup();
    if movies.len() >= MOVIES_TO_DEAL {
        let folds = movies.len().min(FOLDS);
        let fold = |run: &Run| movies.iter().position(|movie| *movie == run.movie).map(|rank| rank % folds);
        return runs.iter().flat_map(|run| run.starts.clone().map(move |_| fold(run))).collect();
    }
    let total: usize = runs.iter().map(|run| run.starts.len()).sum();
    let block = |place: usize| place * BLOCKS / total;
    let mut place = 0;
    let mut folds = Vec::with_capacity(total);
    for run in runs {
        for left in (0..run.starts.len()).rev() {
            let last = place + left.min(window - 1);
            folds.push((block(place) == block(last)).then_some(block(place) % FOLDS));
            place += 1;
        }
    }
    folds
}

/// Numbers of the windows of each fold, and of none, in rising order.
pub(in crate::estimator) fn windows_of_folds(folds: &[Option<usize>]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
    let (mut of_folds, mut outside) = (vec![Vec::new(); count], Vec::new());
    for (window, fold) in folds.iter().enumerate() {
        fold.map_or(&mut outside, |fold| &mut of_folds[fold]).push(window);
    }
    (of_folds, outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folds: &[Option<usize>]) -> usize {
        folds.iter().flatten().max().map_or(0, |last| last + 1)
    }

    #[test]
    fn windows_go_to_their_folds() {
        let (of_folds, outside) = windows_of_folds(&[Some(1), None, Some(0), Some(1), None]);
        assert_eq!((of_folds, outside), (vec![vec![2], vec![0, 3]], vec![1, 4]));
    }

    /// Windows of two folds must have no frame in common; catches an off-by-one at the edge of blocks.
    #[test]
    fn folds_share_no_frame() {
        let one = [Run { movie: 0, starts: 3..120 }, Run { movie: 0, starts: 140..200 }];
        let many: Vec<Run> = (0..7).map(|movie| Run { movie, starts: 0..60 }).collect();
        for (runs, folds) in [(&one[..], 5), (&many[..2], 5), (&many[..4], 4), (&many[..], 5)] {
            for window in [2, 5] {
                let dealt = deal(runs, window);
                assert_eq!(count(&dealt), folds);
                let windows: Vec<(usize, usize)> =
                    runs.iter().flat_map(|run| run.starts.clone().map(|start| (run.movie, start))).collect();
                assert_eq!(dealt.len(), windows.len());
                for (a, fold_a) in windows.iter().zip(&dealt) {
                    for (b, fold_b) in windows.iter().zip(&dealt) {
                        let share = a.0 == b.0 && a.1.abs_diff(b.1) < window;
                        assert!(!share || fold_a == fold_b || fold_a.is_none() || fold_b.is_none());
                    }
                }
                assert!(dealt.iter().flatten().count() * 10 > dealt.len() * 5);
            }
        }
    }
}
