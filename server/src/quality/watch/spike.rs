//! A jump far outside the returns before it that the next candle takes back is a bad price; one that stays is a move
//! (quality reference, section 2).

use app::model::{Baseline, Severity};

use super::{
    memory::{MAD_SCALE, Memory, Now},
    row::OWN,
    rules::Judge,
};

/// A jump that the next candle may take back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suspect {
    /// Distance from the median return.
    pub(super) deviation: f64,
    pub(super) severity: Severity,
    pub(super) at: i64,
    pub(super) value: f64,
    /// What it was held against.
    pub(super) baseline: Box<Baseline>,
}

/// What a candle says of itself and of the one before it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// There was a baseline to test it with.
    pub(super) tested: bool,
    /// The candle before it was a spike.
    pub(super) confirmed: Option<Suspect>,
}

/// Judges the jump of the last candle by this one, then the jump of this one, and learns it.
#[inline]
pub(super) fn look(memory: &mut Memory, judge: &Judge, now: &Now<'_>) -> Seen {
    let Judge::Spike {
        slot,
        window,
        min,
        scale_floor,
        reversal,
        limits,
    } = judge
    else {
        return Seen::default();
    };
    let (value, before) = (now.slots[*slot], now.slots[OWN + slot]);
    let mut seen = Seen::default();
    if now.last.is_none() {
        return seen;
    }
    let r = (value / before).ln();
    if let Some(suspect) = memory.suspect.take()
        && now.contiguous
        && r * suspect.deviation < 0.0
        && r.abs() >= reversal * suspect.deviation.abs()
    {
        seen.confirmed = Some(suspect);
    }
    if !r.is_finite() {
        memory.window.leave_out(*window);
        return seen;
    }
    if memory.window.len() >= *min {
        seen.tested = true;
        // the median is between the bounds: only a return that is far from one of them can be far from it
        let (low, high) = memory.window.bounds();
        let floor = limits
            .iter()
            .fold(f64::INFINITY, |least, (_, _, floor)| least.min(*floor))
            * now.growth;
        if (r - low > floor || high - r > floor)
            && !memory.window.median_is_within(r - floor, r + floor)
        {
            let suspicion = Suspicion {
                limits,
                scale_floor: *scale_floor,
            };
            memory.suspect = suspicion.of(memory, r, now, value);
        }
    }
    if now.excluded {
        memory.window.leave_out(*window);
    } else {
        memory.window.push(now.candle.opened_at, r, *window);
    }
    seen
}

struct Suspicion<'a> {
    limits: &'a [(Severity, f64, f64)],
    scale_floor: f64,
}

impl Suspicion<'_> {
    /// How far a return is from those before it, if that is too far.
    fn of(&self, memory: &Memory, r: f64, now: &Now<'_>, value: f64) -> Option<Suspect> {
        let median = memory.window.median();
        let scale = (MAD_SCALE * memory.window.median_distance(median)).max(self.scale_floor);
        let deviation = r - median;
        let limit = |k: f64, floor: f64| (k * scale).max(floor * now.growth);
        let (severity, ..) = self
            .limits
            .iter()
            .rev()
            .find(|(_, k, floor)| deviation.abs() > limit(*k, *floor))?;
        let limits = self.limits.iter().map(|(severity, k, floor)| {
            let limit = limit(*k, *floor);
            let bounds = [median - limit, median + limit].map(|bound| bound * 100.0);
            (severity.as_str().to_owned(), bounds[0], bounds[1])
        });
        Some(Suspect {
            deviation,
            severity: *severity,
            at: now.candle.opened_at,
            value,
            baseline: Box::new(Baseline {
                label: "return, %".to_owned(),
                points: memory.window.points(100.0),
                centre: median * 100.0,
                limits: limits.collect(),
                tested: (now.candle.opened_at, r * 100.0),
            }),
        })
    }
}
