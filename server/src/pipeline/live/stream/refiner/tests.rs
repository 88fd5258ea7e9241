use app::model::{GapCause, Side, Trade};
use proptest::prelude::*;

use super::*;
use crate::refine::ladder::Ladder;

const T0: i64 = 1_790_000_040_000;

/// Speaks a protocol of words: `t <id> <at> <price>`, `q <at> <price>`, `c <minute> <close> <final>`, `b <price>`,
/// `lost`; anything else is out of shape.
#[derive(Debug, Default)]
struct Words {
    book: Option<Ladder>,
}

impl Session for Words {
    fn hello(&mut self) -> Vec<String> {
        vec!["hello".to_owned()]
    }

    fn frame(
        &mut self,
        text: &str,
        _received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let words: Vec<&str> = text.split(' ').collect();
        let number = |index: usize| words[index].parse::<f64>().unwrap();
        let int = |index: usize| words[index].parse::<i64>().unwrap();
        match words[0] {
            "t" => out.push(StreamEvent::Trade {
                trade: Trade {
                    trade_id: int(1),
                    traded_at: int(2),
                    price: number(3),
                    size: 1.0,
                    side: Side::Buy,
                },
                history: false,
            }),
            "q" => out.push(StreamEvent::Quote(quote(int(1), number(2)))),
            "c" => out.push(StreamEvent::Candle(Candle {
                opened_at: int(1),
                open: number(2),
                high: number(2),
                low: number(2),
                close: number(2),
                volume: 1.0,
                quote_volume: None,
                trades: None,
                is_final: words[3] == "1",
                flags: 0,
            })),
            "b" => {
                let one = || "1".parse().unwrap();
                let bid = words[1].parse().unwrap();
                let ask = (number(1) + 1.0).to_string().parse().unwrap();
                let is_new = self.book.is_none();
                self.book = Some(Ladder::of([(bid, one())], [(ask, one())]));
                let observed_at = None;
                out.push(StreamEvent::Book(if is_new {
                    BookChange::Synced { observed_at }
                } else {
                    BookChange::Updated { observed_at }
                }));
            }
            "lost" => {
                self.book = None;
                out.push(StreamEvent::Book(BookChange::Lost {
                    cause: GapCause::Sequence,
                    reason: "7 follows 5".to_owned(),
                }));
            }
            _ => {
                return Err(MessageError::Json("no word".to_owned()));
            }
        }
        Ok(FrameFacts::default())
    }

    fn book(&self) -> Option<&Ladder> {
        self.book.as_ref()
    }

    fn save(&self) -> String {
        let best = self.book.as_ref().and_then(Ladder::best);
        best.map_or(String::new(), |(bid, _)| bid.to_string())
    }

    fn restore(&mut self, saved: &str) -> Result<(), MessageError> {
        self.book = None;
        if !saved.is_empty() {
            self.frame(&format!("b {saved}"), 0, &mut Vec::new())?;
        }
        Ok(())
    }
}

fn quote(observed_at: i64, last: f64) -> Quote {
    Quote {
        observed_at,
        last,
        bid: None,
        ask: None,
        open_24h: None,
        high_24h: None,
        low_24h: None,
        volume_24h: None,
        quote_volume_24h: None,
    }
}

fn refiner() -> Refiner {
    let config = RefinerConfig {
        symbol: "BTCUSD".to_owned(),
        channels: Channel::ALL.to_vec(),
        quote_ms: QUOTE_MS,
        watermark_ms: WATERMARK_MS,
    };
    let mut refiner = Refiner::new(Box::new(Words::default()), config);
    assert_eq!(refiner.hello(), ["hello"]);
    refiner
}

fn frame(at: i64, text: impl Into<String>) -> Line {
    Line {
        at,
        kind: LineKind::Frame,
        text: text.into(),
    }
}

fn feed(refiner: &mut Refiner, lines: &[Line]) {
    for line in lines {
        let _ = refiner.line(line, &mut Vec::new());
    }
}

fn join(mut all: StreamRows, more: StreamRows) -> StreamRows {
    all.trades.extend(more.trades);
    all.quotes.extend(more.quotes);
    all.conflated += more.conflated;
    all.candles.extend(more.candles);
    all.superseded += more.superseded;
    all.books.extend(more.books);
    all.rejects.extend(more.rejects);
    all.trust.extend(more.trust);
    all.pulses.extend(more.pulses);
    all
}

#[test]
fn a_trade_is_late_when_the_venues_time_has_passed_its_minute() {
    let mut refiner = refiner();
    let minute = bucket_start(T0, MINUTE_MS);
    let trades = [
        (1, 59_999, false),
        (2, 69_999, false),
        (3, 59_998, false),
        (4, 70_000, false),
        (5, 59_997, true),
        (6, 60_000, false),
    ];
    for (id, at, _) in trades {
        let text = format!("t {id} {} 100", minute + at);
        feed(&mut refiner, &[frame(minute + 70_000 + id, text)]);
    }
    let rows = refiner.take();
    let late: Vec<bool> = rows.trades.iter().map(|trade| trade.row.late).collect();
    assert_eq!(late, trades.map(|(_, _, late)| late));
    assert_eq!(rows.trades[2].line_no, 3);
}

#[test]
fn what_cannot_be_is_set_apart() {
    let mut refiner = refiner();
    feed(
        &mut refiner,
        &[
            frame(T0, format!("t 1 {T0} -5")),
            frame(T0, format!("t 1 {} 5", T0 + 60_001)),
            frame(T0, "t 1 5 5"),
            frame(T0, format!("q {T0} 0")),
            frame(T0, "x".repeat(100_000)),
        ],
    );
    let rows = refiner.take();
    let rules: Vec<&str> = rows.rejects.iter().map(|row| row.reject.rules[0]).collect();
    let trade = "trade.contract";
    assert_eq!(
        rules,
        [trade, trade, trade, "quote.contract", "feed.contract"]
    );
    let last = &rows.rejects[4];
    assert_eq!((last.reject.raw.len(), last.reject.line_no), (MAX_RAW, 5));
    assert_eq!(rows.count(), 5);
}

#[test]
fn books_are_sampled_once_a_second_and_their_losses_told() {
    let mut refiner = refiner();
    let at = bucket_start(T0, 1_000);
    let lines: Vec<Line> = [(0, "b 10"), (900, "b 11"), (1_000, "b 12"), (1_100, "lost")]
        .into_iter()
        .chain([(2_500, "b 13"), (2_600, "b 14")])
        .map(|(ms, text)| frame(at + ms, text))
        .collect();
    feed(&mut refiner, &lines);
    let rows = refiner.take();
    let bids: Vec<f64> = rows.books.iter().map(|book| book.row.best_bid).collect();
    assert_eq!(bids, [10.0, 12.0, 13.0]);
    let lost: Vec<bool> = rows
        .trust
        .iter()
        .map(|trust| trust.lost.is_some())
        .collect();
    assert_eq!(lost, [false, true, false]);
}

#[test]
fn a_long_run_ends_and_the_next_goes_on_from_its_state() {
    let mut first = refiner();
    assert!(first.rows.begins.is_some());
    feed(
        &mut first,
        &[frame(T0, "b 10"), frame(T0 + 10, format!("q {T0} 7"))],
    );
    feed(&mut first, &[frame(T0 + 20, format!("q {} 8", T0 + 1))]);
    feed(&mut first, &[frame(T0 + 15 * MINUTE_MS, "b 11")]);
    let rows = first.take();
    assert!(rows.ends && rows.begins.is_some());
    assert_eq!(rows.quotes.len(), 2, "none is left behind");
    let state = first.rows.begins.clone().unwrap();
    let mut again = Refiner::restored(Box::new(Words::default()), &state).unwrap();
    assert_eq!(again.session().book(), first.session().book());
    let lines = [
        frame(T0 + 15 * MINUTE_MS + 100, "b 12"),
        frame(T0 + 15 * MINUTE_MS + 1_100, "b 13"),
    ];
    feed(&mut first, &lines);
    feed(&mut again, &lines);
    let rows = first.take();
    assert_eq!(rows.books.len(), 1, "the second had its book");
    assert_eq!(
        StreamRows {
            begins: None,
            ..rows
        },
        again.take()
    );
    assert!(Refiner::restored(Box::new(Words::default()), "{}").is_err());
    assert!(matches!(
        Refiner::open("mtgox", &state),
        Err(RunError::Venue(_))
    ));
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let one = (0..700_i64, 0..7_u8, 0..200_i64, any::<bool>());
    prop::collection::vec(one, 1..60).prop_map(|steps| {
        let mut at = T0;
        let line = |(wait, kind, number, flag): (i64, u8, i64, bool)| {
            at += wait;
            let text = match kind {
                0 | 1 => format!("t {number} {} {}", at - number * 1_000, 100 + number),
                2 | 3 => format!("q {} {}", at - number, 100 + number),
                4 => format!(
                    "c {} {} {}",
                    bucket_start(at, MINUTE_MS),
                    100 + number,
                    u8::from(flag)
                ),
                5 => format!("b {}", 100 + number),
                _ if flag => "lost".to_owned(),
                _ if number % 3 == 0 => return Line::quotes_every(at, number * 10),
                _ => "nonsense".to_owned(),
            };
            frame(at, text)
        };
        steps.into_iter().map(line).collect()
    })
}

proptest! {
    #[test]
    fn any_batching_gives_the_same_rows(lines in lines(), cuts in prop::collection::vec(any::<bool>(), 60)) {
        let mut whole = refiner();
        feed(&mut whole, &lines);
        let expected = whole.finish();
        let mut cut = refiner();
        let mut rows = StreamRows::default();
        let mut read = 0;
        for (line, is_cut) in lines.iter().zip(&cuts) {
            feed(&mut cut, std::slice::from_ref(line));
            if *is_cut {
                rows = join(rows, cut.take());
            }
            read += 1;
        }
        prop_assert_eq!(read, lines.len());
        rows = join(rows, cut.finish());
        let expected = StreamRows { begins: None, ends: false, ..expected };
        prop_assert_eq!(rows, expected);
    }

    #[test]
    fn every_row_is_counted_once(lines in lines()) {
        let mut refiner = refiner();
        feed(&mut refiner, &lines);
        let rows = refiner.finish();
        let read = lines
            .iter()
            .filter(|line| line.kind == LineKind::Frame && !line.text.starts_with('b') && line.text != "lost")
            .count();
        prop_assert_eq!(rows.count() - rows.books.len() as i64, read as i64);
    }
}
