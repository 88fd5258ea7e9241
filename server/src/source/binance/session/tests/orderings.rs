//! Snapshots and changes in every order that a network makes of them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{super::book::DepthBook, *};

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// A change of the book comes; numbers it takes, price (bids lie below 50), size.
    Change(i64, u32, u32),
    /// A change happens and never comes.
    Miss(i64, u32, u32),
    /// The newest change comes once more.
    Twice,
    /// A snapshot comes that is so many changes old.
    Answer(usize),
    /// Another session takes over.
    Restore,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1_i64..4, 40_u32..60, 0_u32..4).prop_map(|(ids, price, size)| Step::Change(ids, price, size)),
        1 => (1_i64..4, 40_u32..60, 0_u32..4).prop_map(|(ids, price, size)| Step::Miss(ids, price, size)),
        1 => Just(Step::Twice),
        3 => (0_usize..6).prop_map(Step::Answer),
        1 => Just(Step::Restore),
    ];
    proptest::collection::vec(step, 1..60)
}

/// The venue's book at every number it has had.
struct Truth {
    id: i64,
    levels: BTreeMap<u32, u32>,
    past: Vec<(i64, BTreeMap<u32, u32>)>,
}

impl Truth {
    fn change(&mut self, ids: i64, price: u32, size: u32) -> String {
        let first = self.id + 1;
        self.id += ids;
        if size == 0 {
            self.levels.remove(&price);
        } else {
            self.levels.insert(price, size);
        }
        self.past.push((self.id, self.levels.clone()));
        let level = format!(r#"["{price}","{size}"]"#);
        if price < 50 {
            depth(first, self.id, &level, "")
        } else {
            depth(first, self.id, "", &level)
        }
    }

    fn answer(&self, age: usize) -> String {
        let (id, levels) = &self.past[self.past.len().saturating_sub(age + 1)];
        let side = |is_bid: bool| {
            let levels = levels.iter().filter(|(price, _)| (**price < 50) == is_bid);
            let levels: Vec<String> = levels
                .map(|(price, size)| format!(r#"["{price}","{size}"]"#))
                .collect();
            levels.join(",")
        };
        let (bids, asks) = (side(true), side(false));
        format!(r#"{{"lastUpdateId":{id},"bids":[{bids}],"asks":[{asks}]}}"#)
    }

    fn at(&self, id: i64) -> Option<Ladder> {
        let (_, levels) = self.past.iter().find(|(past, _)| *past == id)?;
        let mut ladder = Ladder::default();
        for (price, size) in levels {
            let side = if *price < 50 { Side::Buy } else { Side::Sell };
            ladder.set(side, (*price).into(), (*size).into());
        }
        Some(ladder)
    }
}

proptest! {
    /// A book that is said to be trustworthy is the venue's book at that number, whatever came in whatever order.
    #[test]
    fn a_trusted_book_is_the_venues_book(steps in steps()) {
        // one level that stays: a snapshot without any is refused
        let levels = BTreeMap::from([(30, 1)]);
        let mut truth = Truth { id: 100, past: vec![(100, levels.clone())], levels };
        let (mut session, mut newest) = (session(), None);
        let mut waits = false;
        for step in steps {
            let mut out = Vec::new();
            let came = matches!(step, Step::Change(..));
            match step {
                Step::Change(ids, price, size) => {
                    let text = truth.change(ids, price, size);
                    session.frame(&text, 0, &mut out).unwrap();
                    newest = Some(text);
                }
                Step::Miss(ids, price, size) => {
                    let _ = truth.change(ids, price, size);
                }
                Step::Twice => {
                    if let Some(text) = &newest {
                        session.frame(text, 0, &mut out).unwrap();
                    }
                }
                Step::Answer(age) if waits => {
                    waits = false;
                    session.snapshot(truth.answer(age).as_bytes(), 0, &mut out).unwrap();
                }
                Step::Answer(_) => {}
                Step::Restore => {
                    let saved = session.save();
                    session = super::session();
                    session.restore(&saved).unwrap();
                }
            }
            waits |= out.contains(&StreamEvent::WantSnapshot);
            match &session.book {
                DepthBook::Synced { last_id, ladder } => {
                    let venues = truth.at(*last_id);
                    prop_assert_eq!(Some(ladder), venues.as_ref());
                }
                DepthBook::Waiting(_) => prop_assert!(waits || !came, "nobody would bring a snapshot"),
            }
        }
        // whatever happened: a change and a new snapshot lead back to the venue's book
        let mut out = Vec::new();
        let text = truth.change(1, 45, 1);
        session.frame(&text, 0, &mut out).unwrap();
        waits |= out.contains(&StreamEvent::WantSnapshot);
        prop_assert!(waits || session.book().is_some());
        if waits {
            session.snapshot(truth.answer(0).as_bytes(), 0, &mut out).unwrap();
        }
        prop_assert_eq!(session.book().cloned(), truth.at(truth.id));
    }
}
