//! What the driver does for its link.

use app::model::SourceEventKind;

use super::{Driver, Live, SNAPSHOT_PATIENCE_MS};
use crate::{
    pipeline::live::stream::{
        batch::NoticeKind,
        connection::Connection,
        line::{Line, LineKind},
        sink::SinkClosed,
    },
    source::{
        Urgency,
        link::{Conn, LinkAction, LinkInput, LinkNotice},
        venue::Question,
    },
};

impl Driver {
    /// Tells the link and does what it says. An action may be news to the link itself, so this goes on until it has
    /// nothing to say.
    pub(super) async fn input(&mut self, input: LinkInput<'_>) -> Result<(), SinkClosed> {
        let now_ms = self.now_ms();
        let mut actions = Vec::new();
        self.link.handle(input, now_ms, &mut actions);
        let mut actions = std::collections::VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            if let Some(failed) = self.act(action).await? {
                let mut more = Vec::new();
                self.link.handle(failed, now_ms, &mut more);
                actions.extend(more);
            }
        }
        Ok(())
    }

    /// Does what the link says; gives what it has to be told of it.
    async fn act(&mut self, action: LinkAction) -> Result<Option<LinkInput<'static>>, SinkClosed> {
        match action {
            LinkAction::Open(conn) => return Ok(self.open(conn)),
            LinkAction::Send(conn, text) => {
                let at = self.now_ms();
                let Some(live) = self.live.get_mut(&conn) else {
                    return Ok(None);
                };
                if let Some(buffer) = &mut live.buffer {
                    let line = Line {
                        at,
                        kind: LineKind::Sent,
                        text: text.clone(),
                    };
                    buffer.tell(line);
                }
                if !live.connection.send(text) {
                    let reason = "the socket takes no frames".to_owned();
                    self.part(conn, &reason).await?;
                    return Ok(Some(LinkInput::Closed { conn, reason }));
                }
            }
            LinkAction::Close(conn, reason) => {
                tracing::info!(
                    source = self.record.entity(),
                    conn,
                    reason,
                    "a connection is closed"
                );
                self.part(conn, &reason).await?;
            }
            LinkAction::AskSnapshot(conn) => self.ask(conn),
            LinkAction::Lead(leader) => self.lead(leader).await?,
            LinkAction::Notice(notice, words) => {
                tracing::info!(source = self.record.entity(), ?notice, words, "a stream");
                self.notice(kind_of(notice), words).await?;
            }
        }
        Ok(None)
    }

    fn open(&mut self, conn: Conn) -> Option<LinkInput<'static>> {
        let wait_ms = self.asker.budget().take_connect(self.now_ms());
        if wait_ms > 0 {
            return Some(LinkInput::OpenFailed {
                conn,
                reason: "the venue takes no more connections now".to_owned(),
                status: None,
                retry_after_ms: Some(wait_ms),
            });
        }
        let connection = Connection::open(
            &self.sockets,
            self.record.url.clone(),
            conn,
            self.reports.clone(),
            self.engine.clock.clone(),
        );
        let live = Live {
            connection,
            buffer: None,
        };
        self.live.insert(conn, live);
        None
    }

    fn ask(&mut self, conn: Conn) {
        let buffer = self.live.get(&conn).and_then(|live| live.buffer.as_ref());
        let session = buffer.map(|buffer| buffer.refiner.session());
        let Some((session, url)) = session.and_then(|s| Some((s, s.snapshot_url()?))) else {
            return;
        };
        let question = Question {
            url,
            weight: session.snapshot_weight(),
        };
        let asker = self.asker.clone();
        self.questions.spawn(async move {
            let answer = asker.ask(&question, Urgency::Live, SNAPSHOT_PATIENCE_MS);
            (conn, answer.await)
        });
    }
}

const fn kind_of(notice: LinkNotice) -> NoticeKind {
    match notice {
        LinkNotice::Connected => NoticeKind::Connected,
        LinkNotice::Disconnected { alone, since } => NoticeKind::Disconnected { alone, since },
        LinkNotice::Silent { since } => NoticeKind::Silent { since },
        LinkNotice::RolledOver => NoticeKind::Event(SourceEventKind::RolledOver),
        LinkNotice::BookLost => NoticeKind::Event(SourceEventKind::BookLost),
        LinkNotice::BookSynced => NoticeKind::Event(SourceEventKind::BookSynced),
        LinkNotice::Blocked => NoticeKind::Event(SourceEventKind::Blocked),
    }
}
