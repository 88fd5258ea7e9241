//! Tiles the browser holds: the 64 that were used last, and what is on its way.

use std::collections::HashMap;

use super::tile::{tile_index, tile_range};
use crate::model::Bar;

/// Tiles kept.
const CAPACITY: usize = 64;
/// After a failure, a tile is not asked for again for so long.
const RETRY_MS: f64 = 3_000.0;

/// Address of a tile of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileKey {
    /// Step in milliseconds.
    pub step_ms: i64,
    /// Which tile of that step.
    pub index: i64,
}

impl TileKey {
    /// The tile that holds a time.
    #[must_use]
    pub const fn of(at_ms: i64, step_ms: i64) -> Self {
        Self {
            step_ms,
            index: tile_index(at_ms, step_ms),
        }
    }

    /// Start and end of the tile in milliseconds.
    #[must_use]
    pub const fn range(self) -> (i64, i64) {
        tile_range(self.index, self.step_ms)
    }
}

#[derive(Debug, Default)]
struct Entry {
    /// `None` until the tile has been here once; kept while a newer one loads.
    bars: Option<Vec<Bar>>,
    /// Version of the data it was loaded with.
    version: i64,
    /// The request that is on its way.
    loading: Option<u64>,
    failed_at: Option<f64>,
    used: u64,
}

/// The tiles of one series.
#[derive(Debug, Default)]
pub struct TileCache {
    entries: HashMap<TileKey, Entry>,
    /// Grows with every use and request.
    clock: u64,
}

impl TileCache {
    /// True if the tile must be asked for: it is not here in that version, not on its way, and has not just failed.
    #[must_use]
    pub fn wants(&self, key: TileKey, version: i64, now_ms: f64) -> bool {
        self.entries.get(&key).is_none_or(|entry| {
            entry.loading.is_none()
                && (entry.bars.is_none() || entry.version != version)
                && entry
                    .failed_at
                    .is_none_or(|failed| now_ms - failed > RETRY_MS)
        })
    }

    /// Notes that a request was sent; its answer must bring this number.
    pub fn begin(&mut self, key: TileKey) -> u64 {
        self.clock += 1;
        let generation = self.clock;
        let entry = self.entries.entry(key).or_default();
        entry.loading = Some(generation);
        entry.used = generation;
        self.evict();
        generation
    }

    /// Takes an answer; false if a later request has superseded it.
    pub fn finish(&mut self, key: TileKey, generation: u64, version: i64, bars: Vec<Bar>) -> bool {
        match self.entries.get_mut(&key) {
            Some(entry) if entry.loading == Some(generation) => {
                entry.loading = None;
                entry.failed_at = None;
                entry.version = version;
                entry.bars = Some(bars);
                true
            }
            _ => false,
        }
    }

    /// Notes that a request brought nothing.
    pub fn fail(&mut self, key: TileKey, generation: u64, now_ms: f64) {
        if let Some(entry) = self.entries.get_mut(&key)
            && entry.loading == Some(generation)
        {
            entry.loading = None;
            entry.failed_at = Some(now_ms);
        }
    }

    /// Forgets what is on its way: those requests were aborted.
    pub fn abort(&mut self, except: impl Fn(TileKey) -> bool) {
        for (key, entry) in &mut self.entries {
            if !except(*key) {
                entry.loading = None;
            }
        }
        self.entries.retain(|_, entry| {
            entry.bars.is_some() || entry.loading.is_some() || entry.failed_at.is_some()
        });
    }

    /// True if the tile is here, in whatever version.
    #[must_use]
    pub fn has(&self, key: TileKey) -> bool {
        self.entries
            .get(&key)
            .is_some_and(|entry| entry.bars.is_some())
    }

    /// Bars of a step that start in `from..to`, appended in the order of time; spans whose tiles are not here are
    /// appended to `unknown`.
    pub fn collect(
        &mut self,
        step_ms: i64,
        (from, to): (i64, i64),
        bars: &mut Vec<Bar>,
        unknown: &mut Vec<(i64, i64)>,
    ) {
        for index in tile_index(from, step_ms)..=tile_index(to.saturating_sub(1), step_ms) {
            self.clock += 1;
            let key = TileKey { step_ms, index };
            match self.entries.get_mut(&key) {
                Some(Entry {
                    bars: Some(tile),
                    used,
                    ..
                }) => {
                    *used = self.clock;
                    let begin = tile.partition_point(|bar| bar.opened_at < from);
                    let end = tile.partition_point(|bar| bar.opened_at < to);
                    bars.extend_from_slice(tile.get(begin..end).unwrap_or_default());
                }
                _ => unknown.push(key.range()),
            }
        }
    }

    /// Puts a bar of the event stream into its tile, if that tile is here.
    pub fn merge(&mut self, step_ms: i64, bar: Bar) {
        let Some(tile) = self
            .entries
            .get_mut(&TileKey::of(bar.opened_at, step_ms))
            .and_then(|entry| entry.bars.as_mut())
        else {
            return;
        };
        match tile.binary_search_by_key(&bar.opened_at, |known| known.opened_at) {
            Ok(place) => tile[place] = bar,
            Err(place) => tile.insert(place, bar),
        }
    }

    fn evict(&mut self) {
        while self.entries.len() > CAPACITY {
            let Some(oldest) = self
                .entries
                .iter()
                .min_by_key(|(_, entry)| entry.used)
                .map(|(key, _)| *key)
            else {
                return;
            };
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing::{bar, run};

    const MINUTE: i64 = 60_000;

    fn key(index: i64) -> TileKey {
        TileKey {
            step_ms: MINUTE,
            index,
        }
    }

    fn filled(indices: std::ops::Range<i64>) -> TileCache {
        let mut cache = TileCache::default();
        for index in indices {
            let generation = cache.begin(key(index));
            let bars = run(key(index).range().0, MINUTE, 512);
            assert!(cache.finish(key(index), generation, 1, bars));
        }
        cache
    }

    fn collected(cache: &mut TileCache, range: (i64, i64)) -> (usize, Vec<(i64, i64)>) {
        let (mut bars, mut unknown) = (Vec::new(), Vec::new());
        cache.collect(MINUTE, range, &mut bars, &mut unknown);
        assert!(
            bars.windows(2)
                .all(|pair| pair[0].opened_at < pair[1].opened_at)
        );
        (bars.len(), unknown)
    }

    #[test]
    fn bars_come_from_neighbouring_tiles_in_order() {
        let mut cache = filled(0..2);
        assert_eq!(
            collected(&mut cache, (500 * MINUTE, 520 * MINUTE)),
            (20, vec![])
        );
        assert_eq!(
            collected(&mut cache, (1020 * MINUTE, 1030 * MINUTE)),
            (4, vec![key(2).range()])
        );
    }

    #[test]
    fn the_least_used_tiles_go_first() {
        let mut cache = filled(0..64);
        collected(&mut cache, (0, MINUTE));
        let generation = cache.begin(key(64));
        cache.finish(key(64), generation, 1, vec![]);
        assert!(cache.has(key(0)) && !cache.has(key(1)) && cache.has(key(64)));
    }

    #[test]
    fn a_late_answer_is_ignored() {
        let mut cache = TileCache::default();
        let first = cache.begin(key(0));
        let second = cache.begin(key(0));
        assert!(!cache.finish(key(0), first, 1, vec![]));
        assert!(cache.finish(key(0), second, 1, vec![]));
    }

    #[test]
    fn tiles_are_asked_for_once_and_again_in_a_new_version() {
        let mut cache = TileCache::default();
        assert!(cache.wants(key(0), 1, 0.0));
        let generation = cache.begin(key(0));
        assert!(!cache.wants(key(0), 1, 0.0), "on its way");
        cache.fail(key(0), generation, 0.0);
        assert!(!cache.wants(key(0), 1, 100.0), "just failed");
        assert!(cache.wants(key(0), 1, 4000.0));
        let generation = cache.begin(key(0));
        cache.finish(key(0), generation, 1, vec![]);
        assert!(!cache.wants(key(0), 1, 9000.0) && cache.wants(key(0), 2, 9000.0));
    }

    #[test]
    fn aborted_requests_can_be_sent_again() {
        let mut cache = TileCache::default();
        cache.begin(key(0));
        cache.begin(key(1));
        cache.abort(|key| key.index == 1);
        assert!(cache.wants(key(0), 1, 0.0) && !cache.wants(key(1), 1, 0.0));
    }

    #[test]
    fn live_bars_replace_or_follow_what_is_there() {
        let mut cache = filled(0..1);
        cache.merge(MINUTE, bar(511 * MINUTE, [7.0; 4]));
        cache.merge(MINUTE, bar(600 * MINUTE, [7.0; 4]));
        let (mut bars, mut unknown) = (Vec::new(), Vec::new());
        cache.collect(MINUTE, (0, 512 * MINUTE), &mut bars, &mut unknown);
        assert_eq!(bars.len(), 512);
        assert_eq!(bars[511].close, 7.0);
        assert!(!cache.has(key(1)));
    }
}
