//! How rows take a fault.

use rand::{Rng, RngExt};

use super::{Fault, Injected, Injection, Placed, Way};

/// A row that can be made wrong.
pub trait FaultyRow: Clone + PartialEq {
    /// Its time in milliseconds.
    fn at(&self) -> i64;
    /// Gives it another time.
    fn set_at(&mut self, at_ms: i64);
    /// Multiplies every price.
    fn scale_prices(&mut self, factor: f64);
    /// Multiplies the last price; the row stays possible in itself.
    fn spike(&mut self, factor: f64);
    /// Takes over the price of a row before, so that nothing moves.
    fn stick_to(&mut self, before: &Self);
    /// Multiplies every volume or size.
    fn scale_volume(&mut self, factor: f64);
    /// Exchanges two of its numbers, such that it says something else; false if it has no such pair.
    fn swap(&mut self, pick: usize) -> bool;
    /// Puts the best bid above the best ask; false if it has none.
    fn cross(&mut self) -> bool;
    /// Another row for the same time or number.
    fn conflict(&mut self) {
        self.spike(1.001);
    }
}

/// True if the rows from `start` on can take the fault, so that something is wrong afterwards.
pub(super) fn fits<T: FaultyRow>(rows: &[T], start: usize, fault: Fault) -> bool {
    let Some(stretch) = rows.get(start..start + fault.rows()) else {
        return false;
    };
    let can = |change: &dyn Fn(&mut T) -> bool| stretch.iter().all(|row| change(&mut row.clone()));
    match fault.way() {
        Way::Swap => can(&|row| row.swap(0)),
        Way::Cross => can(&|row| row.cross()),
        _ => true,
    }
}

/// The rows with a fault at each of the places, which are ascending and apart.
pub(super) fn apply<T: FaultyRow>(
    rows: &[T],
    fault: Fault,
    starts: &[usize],
    rng: &mut impl Rng,
) -> Injection<T> {
    let mut made = Injection {
        rows: Vec::with_capacity(rows.len() + starts.len()),
        later: Vec::new(),
        faults: Vec::with_capacity(starts.len()),
    };
    let mut next = 0;
    for &start in starts {
        let end = start + fault.rows();
        let (Some(first), Some(last), Some(before)) =
            (rows.get(start), rows.get(end - 1), rows.get(start - 1))
        else {
            break;
        };
        made.sound(rows, next..start);
        next = made.faulty(rows, start..end, before, fault.way(), rng);
        made.faults.push(Injected {
            fault,
            first_at: first.at(),
            last_at: last.at(),
            rows: fault.rows() as i64,
        });
    }
    made.sound(rows, next..rows.len());
    made
}

impl<T: FaultyRow> Injection<T> {
    fn sound(&mut self, rows: &[T], range: std::ops::Range<usize>) {
        for source in range {
            self.push(source, &rows[source], false);
        }
    }

    fn push(&mut self, source: usize, row: &T, changed: bool) {
        self.rows.push(Placed {
            source,
            changed,
            row: row.clone(),
        });
    }

    /// Adds the rows of one fault; gives the first sound row behind it.
    fn faulty(
        &mut self,
        rows: &[T],
        range: std::ops::Range<usize>,
        before: &T,
        way: Way,
        rng: &mut impl Rng,
    ) -> usize {
        let up = rng.random_bool(0.5);
        let pick = rng.random_range(0..6);
        let end = range.end;
        match way {
            Way::Drop => {}
            Way::Delay(by) => {
                let behind = (end + by).min(rows.len());
                self.sound(rows, end..behind);
                for source in range {
                    self.push(source, &rows[source], true);
                }
                return behind;
            }
            Way::Repeat | Way::Conflict | Way::Restate => {
                for source in range {
                    self.push(source, &rows[source], false);
                    let mut row = rows[source].clone();
                    if way != Way::Repeat {
                        row.conflict();
                    }
                    let again = Placed {
                        source,
                        changed: true,
                        row,
                    };
                    match way {
                        Way::Restate => self.later.push(again),
                        _ => self.rows.push(again),
                    }
                }
            }
            _ => {
                for source in range {
                    let mut row = rows[source].clone();
                    spoil(&mut row, before, way, up, pick);
                    self.push(source, &row, true);
                }
            }
        }
        end
    }
}

/// Makes one row wrong, without moving it.
fn spoil<T: FaultyRow>(row: &mut T, before: &T, way: Way, up: bool, pick: usize) {
    match way {
        Way::Spike(share) => row.spike(if up { 1.0 + share } else { 1.0 - share }),
        Way::Stick => row.stick_to(before),
        Way::Fill => {
            row.stick_to(before);
            row.scale_volume(0.0);
        }
        Way::Swap => {
            row.swap(pick);
        }
        Way::TimeUnit(factor) => row.set_at((row.at() as f64 * factor) as i64),
        Way::Price(factor) => row.scale_prices(factor),
        Way::Skew(by_ms) => row.set_at(row.at() + by_ms),
        Way::Cross => {
            row.cross();
        }
        Way::Volume(factor) => row.scale_volume(factor),
        Way::Drop | Way::Repeat | Way::Conflict | Way::Delay(_) | Way::Restate => {}
    }
}
