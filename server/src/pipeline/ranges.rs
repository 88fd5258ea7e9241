//! Stretches of time that changed.

/// Half-open stretches of time, ascending, none touching another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(i64, i64)>);

/// More stretches than this are joined into one: remembering them would cost more than looking at everything.
const MAX: usize = 20_000;

impl Ranges {
    /// Adds times of `step_ms`; neighbours up to `reach_ms` apart become one stretch.
    pub fn add(&mut self, times: impl IntoIterator<Item = i64>, step_ms: i64, reach_ms: i64) {
        let appended = self.0.len();
        for at in times {
            match self.0[appended..].last_mut() {
                Some((from, to)) if at <= *to + reach_ms && *from <= at + step_ms + reach_ms => {
                    *from = at.min(*from);
                    *to = (*to).max(at + step_ms);
                }
                _ => self.0.push((at, at + step_ms)),
            }
        }
        if appended > 0 && self.0.len() > appended {
            self.join(reach_ms);
        }
    }

    /// The stretches widened to whole buckets, joined where they are at most `reach_ms` apart.
    #[must_use]
    pub fn map(&self, widen: impl Fn(i64, i64) -> (i64, i64), reach_ms: i64) -> Self {
        let mut wide = Self(self.0.iter().map(|(from, to)| widen(*from, *to)).collect());
        wide.join(reach_ms);
        wide
    }

    fn join(&mut self, reach_ms: i64) {
        self.0.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(self.0.len());
        for (from, to) in self.0.drain(..) {
            match joined.last_mut() {
                Some((_, end)) if from <= *end + reach_ms => *end = (*end).max(to),
                _ => joined.push((from, to)),
            }
        }
        if joined.len() > MAX
            && let (Some((from, _)), Some((_, to))) =
                (joined.first().copied(), joined.last().copied())
        {
            joined = vec![(from, to)];
        }
        self.0 = joined;
    }

    /// True if nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The stretches, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined() {
        let mut ranges = Ranges::default();
        ranges.add([0, 60, 120, 600], 60, 60);
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [(0, 180), (600, 660)]);
        ranges.add([300, 200], 60, 60);
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [(0, 360), (600, 660)]);
        let days = ranges.map(|from, to| (from / 1000 * 1000, (to / 1000 + 1) * 1000), 0);
        assert_eq!(days.iter().collect::<Vec<_>>(), [(0, 1000)]);
    }
}
