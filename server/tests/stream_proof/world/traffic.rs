//! What goes over the wires between the exchange and the refiners.

use app::model::bucket_start;
use server::{
    pipeline::live::stream::{Line, LineKind, QUOTE_MS, Refiner, RefinerConfig, WATERMARK_MS},
    simulator::{BOOK_TICK_MS, Out, Protocol},
    source::{
        link::{Conn, LinkInput},
        session::{BookChange, Channel, FrameFacts, StreamEvent},
    },
};

use super::{
    super::{rest::Rest, wire::Parcel},
    Event, World, split,
};

impl World {
    pub(super) fn send(&mut self, conn: Conn, what: Out) {
        let delay_ms = self.delay.draw(&mut self.rng);
        let now = self.now;
        let Some(wire) = self.wire(conn) else {
            return;
        };
        wire.sent.push(now);
        wire.sent.retain(|at| now - at < 1_000);
        let count = wire.sent.len();
        let at = wire.departure(now, delay_ms);
        self.at(at, Event::ToExchange(conn, what));
        if self.protocol == Protocol::Binance && count > 5 {
            self.wrong(&format!("{count} messages to the venue within a second"));
        }
    }

    pub(super) fn handshake(&mut self, conn: Conn) {
        let (delay_ms, now) = (self.delay.draw(&mut self.rng), self.now);
        let url = self.venue.stream_url(&self.channels);
        let (path, query) = split(&url);
        let answer = self.exchange.connect(path, query, now);
        let Some(wire) = self.wires.get_mut(&conn) else {
            return;
        };
        let at = wire.arrival(now, delay_ms);
        match answer {
            Ok(far) => {
                wire.far = Some(far);
                self.at(at, Event::Opened(conn));
                self.at(now, Event::Due(conn));
            }
            Err(answer) => {
                let retry_after_ms = Rest::retry_after_ms(&answer);
                let reason = format!("HTTP {}", answer.status);
                let turned = Event::Turned(conn, reason, Some(answer.status), retry_after_ms);
                self.at(at, turned);
            }
        }
    }

    pub(super) fn opened(&mut self, conn: Conn) {
        if !self.wires.contains_key(&conn) {
            return;
        }
        let config = RefinerConfig {
            symbol: self.symbol.clone(),
            channels: self.channels.clone(),
            quote_ms: QUOTE_MS,
            watermark_ms: WATERMARK_MS,
        };
        let mut refiner = Refiner::new(self.venue.session(&self.channels), config);
        let hello = refiner.hello();
        let keep_alive = refiner.session().keep_alive();
        if let Some(wire) = self.wire(conn) {
            wire.near = Some(refiner);
        }
        self.input(LinkInput::Opened {
            conn,
            hello,
            keep_alive,
        });
    }

    /// The exchange speaks, and says when it wants to speak next.
    pub(super) fn due(&mut self, conn: Conn) {
        let now = self.now;
        let Some(far) = self.wire(conn).and_then(|wire| wire.far.as_mut()) else {
            return;
        };
        let said = far.due(now);
        let next = far.next_due();
        if next < i64::MAX {
            self.at(next.max(now + 1), Event::Due(conn));
        }
        self.said(conn, said);
    }

    pub(super) fn reach(&mut self, conn: Conn, what: Out) {
        let now = self.now;
        let Some(far) = self.wire(conn).and_then(|wire| wire.far.as_mut()) else {
            return;
        };
        let said = match what {
            Out::Text(text) => far.receive(&text, now),
            Out::Ping(payload) => far.pong(&payload, now),
            Out::Close { .. } | Out::Drop => Vec::new(),
        };
        self.said(conn, said);
    }

    pub(super) fn said(&mut self, conn: Conn, said: Vec<Out>) {
        let now = self.now;
        for what in said {
            let delay_ms = self.delay.draw(&mut self.rng);
            let Some(wire) = self.wires.get_mut(&conn) else {
                return;
            };
            let at = wire.arrival(now, delay_ms);
            let parcel = match what {
                Out::Text(text) => {
                    *wire.under_way.entry(now).or_default() += 1;
                    Parcel::Text(text, now)
                }
                Out::Ping(payload) => Parcel::Ping(payload),
                Out::Close { code, reason } => {
                    wire.far = None;
                    Parcel::End(format!("closed with {code}: {reason}"))
                }
                Out::Drop => {
                    wire.far = None;
                    Parcel::End("reset by peer".to_owned())
                }
            };
            self.at(at, Event::ToUs(conn, parcel));
        }
    }

    pub(super) fn receive(&mut self, conn: Conn, parcel: Parcel) {
        if self.wires.get(&conn).is_none_or(|wire| wire.near.is_none()) {
            return;
        }
        match parcel {
            Parcel::Text(text, sent_at) => {
                self.record.frames += 1;
                if let Some(wire) = self.wire(conn) {
                    wire.arrived(sent_at);
                }
                let mut events = Vec::new();
                let facts = self.line(conn, LineKind::Frame, text, sent_at, &mut events);
                self.input(LinkInput::Frame {
                    conn,
                    facts,
                    events: &events,
                });
            }
            // a socket answers by itself, and echoes what was sent
            Parcel::Ping(payload) => self.send(conn, Out::Ping(payload)),
            Parcel::End(reason) => {
                self.close(conn);
                self.input(LinkInput::Closed { conn, reason });
            }
        }
    }

    pub(super) fn snapshot(
        &mut self,
        conn: Conn,
        asked_at: i64,
        answer: Result<String, Option<i64>>,
    ) {
        if self.wires.get(&conn).is_none_or(|wire| wire.near.is_none()) {
            return;
        }
        let before = self.record.unreadable.len();
        let mut events = Vec::new();
        let answer = answer.map(|body| {
            self.line(conn, LineKind::Answer, body, asked_at, &mut events);
        });
        let read = self.record.unreadable.len() == before;
        let answer = match answer {
            Ok(()) if read => Ok(&events[..]),
            Ok(()) => Err(None),
            Err(retry_after_ms) => Err(retry_after_ms),
        };
        self.input(LinkInput::Snapshot { conn, answer });
    }

    pub(super) fn note(&mut self, conn: Conn, kind: LineKind, text: String) {
        let now = self.now;
        if let Some(near) = self.wire(conn).and_then(|wire| wire.near.as_mut()) {
            let line = Line {
                at: now,
                kind,
                text,
            };
            near.line(&line, &mut Vec::new()).unwrap();
        }
    }

    /// Lets the refiner read a line; follows which of the exchange's books ours should be.
    pub(super) fn line(
        &mut self,
        conn: Conn,
        kind: LineKind,
        text: String,
        sent_at: i64,
        events: &mut Vec<StreamEvent>,
    ) -> FrameFacts {
        let line = Line {
            at: self.now,
            kind,
            text,
        };
        let Some(wire) = self.wires.get_mut(&conn) else {
            return FrameFacts::default();
        };
        let Some(near) = wire.near.as_mut() else {
            return FrameFacts::default();
        };
        let read = near.line(&line, events);
        let about_book = read
            .as_ref()
            .is_ok_and(|facts| facts.channel == Some(Channel::Book));
        if about_book || kind == LineKind::Answer {
            wire.told_at = wire.told_at.max(sent_at);
        }
        for event in &*events {
            match event {
                StreamEvent::Book(BookChange::Lost { cause, .. }) => {
                    wire.book_at = None;
                    wire.lost = Some(*cause);
                }
                StreamEvent::Book(_) => {
                    wire.book_at = Some(bucket_start(wire.told_at, BOOK_TICK_MS));
                    wire.lost = None;
                }
                _ => {}
            }
        }
        read.unwrap_or_else(|error| {
            if self.record.unreadable.len() < 1_000 {
                self.record.unreadable.push(error.to_string());
            }
            FrameFacts::default()
        })
    }

    pub(super) fn close(&mut self, conn: Conn) {
        if let Some(mut near) = self.wires.remove(&conn).and_then(|wire| wire.near) {
            let rows = near.finish();
            self.ledger.rows(&rows, self.now);
        }
    }

    pub(super) fn flush_all(&mut self) {
        for wire in self.wires.values_mut() {
            if let Some(near) = wire.near.as_mut() {
                let rows = near.take();
                self.ledger.rows(&rows, self.now);
            }
        }
    }
}
