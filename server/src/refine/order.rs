//! Settles whether a block of dates has the day or the month first.
//!
//! A block is a run of dates of one shape. A number above 12 settles its whole block: the order under which one row
//! fails is wrong for the rows that would silently parse to another day too. Where a block has none, the order under
//! which it runs steadily in one direction wins, then the order under which its rows are evenly spaced, as candles
//! are, then the order under which it continues the blocks beside it. What is still open stays open: its rows are set
//! apart.

use app::model::DAY_MS;

use super::dates::{Numeric, Order, Reading, Shape};

/// More blocks than this are no file but noise; rows after them stay open. Bounds memory to a few megabytes.
const MAX_BLOCKS: usize = 20_000;

/// A pass goes through the blocks forward and back, so that more of them bring nothing in a real file.
const MAX_PASSES: usize = 8;

/// How far a single odd date between blocks of the other order may be from them.
const CLOSE_MS: i64 = 7 * DAY_MS;

/// The rows of a block under one order.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    /// First and last time.
    ends: Option<(i64, i64)>,
    rises: u32,
    falls: u32,
    /// Last distance of two rows.
    distance_ms: i64,
    /// Distances that equal the one before them.
    even: u32,
    /// Sum of all distances.
    walked_ms: i64,
    /// Rows that are not on the first day of a month.
    inside_months: u32,
}

impl Track {
    fn at(at_ms: i64, is_first_of_month: bool) -> Self {
        Self {
            ends: Some((at_ms, at_ms)),
            inside_months: u32::from(!is_first_of_month),
            ..Self::default()
        }
    }

    fn append(&mut self, later: &Track) {
        let Some((later_first, later_last)) = later.ends else {
            return;
        };
        self.rises = self.rises.saturating_add(later.rises);
        self.falls = self.falls.saturating_add(later.falls);
        self.even = self.even.saturating_add(later.even);
        self.inside_months = self.inside_months.saturating_add(later.inside_months);
        self.walked_ms = self.walked_ms.saturating_add(later.walked_ms);
        if let Some((_, last)) = self.ends {
            let distance_ms = later_first - last;
            self.even += u32::from(distance_ms == self.distance_ms);
            self.walked_ms = self.walked_ms.saturating_add(distance_ms.abs());
            self.distance_ms = distance_ms;
        }
        if later.distance_ms != 0 {
            self.distance_ms = later.distance_ms;
        }
        self.ends = Some(match self.ends {
            None => (later_first, later_last),
            Some((first, last)) => {
                match later_first.cmp(&last) {
                    std::cmp::Ordering::Greater => self.rises = self.rises.saturating_add(1),
                    std::cmp::Ordering::Less => self.falls = self.falls.saturating_add(1),
                    std::cmp::Ordering::Equal => {}
                }
                (first, later_last)
            }
        });
    }

    /// Steps against the main direction.
    fn breaks(&self) -> u64 {
        u64::from(self.rises.min(self.falls))
    }

    fn steps(&self) -> u64 {
        u64::from(self.rises) + u64::from(self.falls)
    }
}

#[derive(Debug, Clone, Copy)]
struct Block {
    /// Number of its first record.
    start: i64,
    /// `None`: its dates need no order.
    shape: Option<Shape>,
    /// Rows with a number above 12, and the order they leave.
    proof: Option<(Order, u32)>,
    /// It touches rows of its shape that prove the other order.
    mixed: bool,
    /// By [`Order`], in the order of [`Order::BOTH`].
    tracks: [Track; 2],
    settled: Option<Order>,
}

impl Block {
    fn new(start: i64, shape: Option<Shape>) -> Self {
        Self {
            start,
            shape,
            proof: None,
            mixed: false,
            tracks: [Track::default(); 2],
            settled: None,
        }
    }

    fn track(&self, order: Order) -> &Track {
        &self.tracks[order as usize]
    }

    fn append(&mut self, later: &Block) {
        for (track, later) in self.tracks.iter_mut().zip(&later.tracks) {
            track.append(later);
        }
    }

    /// First and last time, if they are certain.
    fn certain_ends(&self) -> Option<(i64, i64)> {
        match self.shape {
            None => self.tracks[0].ends,
            Some(_) => self.track(self.settled?).ends,
        }
    }
}

/// Evidence about the dates of a file, gathered record by record, and what follows from it.
#[derive(Debug, Clone, Default)]
pub(crate) struct DateOrder {
    blocks: Vec<Block>,
    /// The block being read; its end is the last row that proves its order.
    body: Option<Block>,
    /// Rows of the same shape after it that prove nothing.
    tail: Option<Block>,
    /// First record that belongs to no block, once there were too many.
    overflow: Option<i64>,
}

impl DateOrder {
    /// Takes the date of the next record; `None` if it has none. `record` is any number that rises: of the record or
    /// of its line.
    pub(crate) fn observe(&mut self, record: i64, reading: Option<Reading>) {
        if self.overflow.is_some() {
            return;
        }
        match reading {
            None => {}
            Some(Reading::Fixed { at_ms, .. }) => self.observe_fixed(record, at_ms),
            Some(Reading::Numeric(date)) => self.observe_numeric(record, &date),
        }
        if self.blocks.len() >= MAX_BLOCKS {
            self.overflow = Some(record + 1);
        }
    }

    fn observe_fixed(&mut self, record: i64, at_ms: i64) {
        self.begin_body(record, None);
        if let Some(body) = &mut self.body {
            body.tracks[0].append(&Track::at(at_ms, false));
        }
    }

    fn observe_numeric(&mut self, record: i64, date: &Numeric) {
        let times = Order::BOTH.map(|order| date.at_ms(order));
        let proof = match times {
            [None, None] => return,
            [Some(_), None] => Some(Order::DayFirst),
            [None, Some(_)] => Some(Order::MonthFirst),
            [Some(_), Some(_)] => None,
        };
        let mut row = Block::new(record, Some(date.shape));
        for (order, time) in Order::BOTH.into_iter().zip(times) {
            if let Some(at_ms) = time {
                row.tracks[order as usize] = Track::at(at_ms, date.is_first_of_month(order));
            }
        }
        self.begin_body(record, Some(date.shape));
        let (Some(body), tail) = (&mut self.body, &mut self.tail) else {
            return;
        };
        match (body.proof, proof) {
            (None, None) => body.append(&row),
            (None, Some(order)) => {
                body.append(&row);
                body.proof = Some((order, 1));
            }
            (Some(_), None) => match tail {
                Some(tail) => tail.append(&row),
                None => *tail = Some(row),
            },
            (Some((known, rows)), Some(order)) if known == order => {
                body.proof = Some((known, rows.saturating_add(1)));
                if let Some(tail) = tail.take() {
                    body.append(&tail);
                }
                body.append(&row);
            }
            (Some(_), Some(order)) => {
                body.mixed = true;
                self.close();
                row.proof = Some((order, 1));
                row.mixed = true;
                self.body = Some(row);
            }
        }
    }

    /// Makes `body` a block of that shape: the one being read, or a new one.
    fn begin_body(&mut self, record: i64, shape: Option<Shape>) {
        if self.body.is_some_and(|body| body.shape != shape) {
            self.close();
        }
        self.body.get_or_insert_with(|| Block::new(record, shape));
    }

    /// Ends the block being read. Its tail belongs to it unless the rows around it prove both orders.
    fn close(&mut self) {
        let Some(mut body) = self.body.take() else {
            return;
        };
        let tail = self.tail.take();
        match tail {
            Some(tail) if body.mixed => self.blocks.extend([body, tail]),
            Some(tail) => {
                body.append(&tail);
                self.blocks.push(body);
            }
            None => self.blocks.push(body),
        }
    }

    /// Settles every block that can be settled.
    pub(crate) fn decide(&mut self) {
        self.close();
        for block in &mut self.blocks {
            block.settled = settled_by_proof(block)
                .or_else(|| settled_by_direction(block))
                .or_else(|| settled_by_spacing(block));
        }
        // each pass may turn a settled block into the neighbour that settles the next one
        for _ in 0..MAX_PASSES {
            if !self.settle_by_neighbours() {
                break;
            }
        }
    }

    fn settle_by_neighbours(&mut self) -> bool {
        let mut changed = false;
        let forward = 0..self.blocks.len();
        for index in forward.clone().chain(forward.rev()) {
            let block = &self.blocks[index];
            if block.shape.is_none() || block.settled.is_some() {
                continue;
            }
            let before = index
                .checked_sub(1)
                .and_then(|i| self.blocks[i].certain_ends());
            let after = self.blocks.get(index + 1).and_then(Block::certain_ends);
            let settled = settled_by_neighbours(
                block,
                before.map(|(_, last)| last),
                after.map(|(first, _)| first),
            );
            changed |= settled.is_some();
            self.blocks[index].settled = settled;
        }
        changed
    }

    /// True if no row whose day and month may be swapped has an order.
    pub(crate) fn is_open(&self) -> bool {
        let mut shaped = self.blocks.iter().filter(|block| block.shape.is_some());
        shaped.clone().next().is_some() && shaped.all(|block| block.settled.is_none())
    }

    /// The order of a record's block; `None` if it is open. `record` is the number given to `observe`.
    pub(crate) fn of(&self, record: i64) -> Option<Order> {
        if self.overflow.is_some_and(|overflow| record >= overflow) {
            return None;
        }
        let after = self.blocks.partition_point(|block| block.start <= record);
        self.blocks[..after].last()?.settled
    }
}

/// One odd row between rows of the other order is more likely a slip than a block of its own.
fn settled_by_proof(block: &Block) -> Option<Order> {
    let (order, rows) = block.proof?;
    (!block.mixed || rows > 1).then_some(order)
}

fn settled_by_direction(block: &Block) -> Option<Order> {
    if block.proof.is_some() {
        return None;
    }
    let steadier = |steady: Order, rough: Order| {
        let (steady, rough) = (block.track(steady), block.track(rough));
        steady.breaks() * 20 <= steady.steps() && steady.breaks() * 5 + 2 <= rough.breaks()
    };
    match (
        steadier(Order::DayFirst, Order::MonthFirst),
        steadier(Order::MonthFirst, Order::DayFirst),
    ) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        _ => None,
    }
}

/// Evenly spaced rows under one order, months apart under the other: daily candles of the first days of a month are
/// not monthly ones. Where the other order puts every row on the first of a month, they may be.
fn settled_by_spacing(block: &Block) -> Option<Order> {
    if block.proof.is_some() {
        return None;
    }
    let spaced = |even: Order, wide: Order| {
        let (even, wide) = (block.track(even), block.track(wide));
        even.steps() >= 3
            && u64::from(even.even) * 10 >= (even.steps() - 1) * 8
            && even.walked_ms.saturating_mul(3).saturating_add(DAY_MS) < wide.walked_ms
            && wide.inside_months > 0
    };
    match (
        spaced(Order::DayFirst, Order::MonthFirst),
        spaced(Order::MonthFirst, Order::DayFirst),
    ) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        _ => None,
    }
}

fn settled_by_neighbours(block: &Block, before: Option<i64>, after: Option<i64>) -> Option<Order> {
    if before.is_none() && after.is_none() {
        return None;
    }
    let distance = |order: Order| {
        let (first, last) = block.track(order).ends?;
        let to_before = before.map_or(0, |before| before.abs_diff(first));
        let to_after = after.map_or(0, |after| after.abs_diff(last));
        i64::try_from(to_before.saturating_add(to_after)).ok()
    };
    let [day_first, month_first] = Order::BOTH.map(distance);
    if let Some((order, _)) = block.proof {
        let distance = if order == Order::DayFirst {
            day_first
        } else {
            month_first
        };
        return distance
            .filter(|&distance| distance <= CLOSE_MS)
            .map(|_| order);
    }
    let nearer = |near: i64, far: i64| near.saturating_mul(3).saturating_add(DAY_MS) < far;
    match (day_first?, month_first?) {
        (day, month) if nearer(day, month) => Some(Order::DayFirst),
        (day, month) if nearer(month, day) => Some(Order::MonthFirst),
        _ => None,
    }
}
