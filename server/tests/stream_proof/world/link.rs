//! What the link is told, and what it wants.

use server::{
    pipeline::live::stream::LineKind,
    simulator::Out,
    source::link::{Conn, LinkAction, LinkInput},
};

use super::{
    super::{
        rest::{Asked, Why},
        wire::Wire,
    },
    Event, World,
};

impl World {
    pub(super) fn input(&mut self, input: LinkInput<'_>) {
        let mut actions = Vec::new();
        let base = self.lives * 1_000_000;
        let input = renumbered(input, base);
        self.link.handle(input, self.now, &mut actions);
        for action in actions {
            self.act(action);
        }
    }

    pub(super) fn act(&mut self, action: LinkAction) {
        match action {
            LinkAction::Open(conn) => {
                let conn = self.number(conn);
                self.record.opened.push(self.now);
                self.wires.insert(conn, Wire::new(self.now));
                let at = self.now + self.delay.draw(&mut self.rng);
                self.at(at, Event::Handshake(conn));
            }
            LinkAction::Send(conn, text) => {
                let conn = self.number(conn);
                self.note(conn, LineKind::Sent, text.clone());
                self.send(conn, Out::Text(text));
            }
            LinkAction::Close(conn, _) => self.close(self.number(conn)),
            LinkAction::AskSnapshot(conn) => {
                let conn = self.number(conn);
                self.record.snapshots.push(self.now);
                let near = self.wires.get(&conn).and_then(|wire| wire.near.as_ref());
                match near.and_then(|near| near.session().snapshot_url()) {
                    Some(url) => {
                        let weight = self.venue.depth().weight;
                        self.ask(Asked::new(Why::Snapshot(conn), url, weight, self.now));
                    }
                    None => self.wrong("a snapshot is asked for that nobody wants"),
                }
            }
            LinkAction::Lead(_) => {}
            LinkAction::Notice(notice, words) => {
                // rows of before come before
                self.flush_all();
                self.ledger.notice(notice, self.now);
                self.record.notices.push((self.now, notice, words));
            }
        }
    }
}

/// The link counts its connections from 1 in every life.
fn renumbered(input: LinkInput<'_>, base: Conn) -> LinkInput<'_> {
    // an event of an earlier life is not told to the link at all: its wire is gone
    match input {
        LinkInput::Tick => LinkInput::Tick,
        LinkInput::Opened {
            conn,
            hello,
            keep_alive,
        } => LinkInput::Opened {
            conn: conn - base,
            hello,
            keep_alive,
        },
        LinkInput::OpenFailed {
            conn,
            reason,
            status,
            retry_after_ms,
        } => LinkInput::OpenFailed {
            conn: conn - base,
            reason,
            status,
            retry_after_ms,
        },
        LinkInput::Frame {
            conn,
            facts,
            events,
        } => LinkInput::Frame {
            conn: conn - base,
            facts,
            events,
        },
        LinkInput::Snapshot { conn, answer } => LinkInput::Snapshot {
            conn: conn - base,
            answer,
        },
        LinkInput::Closed { conn, reason } => LinkInput::Closed {
            conn: conn - base,
            reason,
        },
    }
}
