//! Keeps the chunks that were decoded last, so that none is decoded again for its next frame.

use super::array_block::Block;
use crate::error::Result;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Number of a chunk in time, along a column and along a row.
pub(super) type Place = [usize; 3];

/// Chunks in the order in which they were asked for; each is decoded by one thread, for which others wait.
#[derive(Debug, Default)]
pub(super) struct RecentChunks(Mutex<Kept>);

type Slot = Arc<Mutex<Option<Arc<Block>>>>;

#[derive(Debug, Default)]
struct Kept {
    chunks: HashMap<Place, Slot>,
    order: VecDeque<Place>,
}

impl RecentChunks {
    /// The chunk at `place`, which `read` decodes if it is none of the last `most`.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn get(
        &self,
        place: Place,
        most: usize,
        read: impl FnOnce() -> Result<Block>,
    ) -> Result<Arc<Block>> {
        let slot = self.slot(place, most);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chunk) = &*slot {
            return Ok(Arc::clone(chunk));
        }
        let chunk = Arc::new(read()?);
        *slot = Some(Arc::clone(&chunk));
        Ok(chunk)
    }

    fn slot(&self, place: Place, most: usize) -> Slot {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = kept.chunks.get(&place) {
            return Arc::clone(slot);
        }
        while kept.order.len() >= most.max(1) {
            let oldest = kept.order.pop_front();
            oldest.and_then(|oldest| kept.chunks.remove(&oldest));
        }
        kept.order.push_back(place);
        Arc::clone(kept.chunks.entry(place).or_default())
    }
}
