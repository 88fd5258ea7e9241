//! The stream of one symbol.

mod book;
mod candles;
mod channels;
mod checksum;
mod recent;

use app::model::GapCause;
use serde::{Deserialize, Serialize};

use self::{
    book::{ProvenBook, SavedBook},
    candles::Newest,
    channels::{Channels, Order},
    recent::Recent,
};
use super::{
    messages::{
        ChannelFrame, Event, Kind, parse_candle_list, parse_channel_frame, parse_event,
        parse_quote, parse_trade, parse_trade_list,
    },
    requests::Requests,
};
use crate::{
    refine::ladder::Ladder,
    source::{
        message::{MessageError, not_restored, restored, shortened},
        resubscribe::Resubscribe,
        session::{Channel, FrameFacts, Session, StreamEvent},
    },
};

/// The venue stops or restarts this connection's server.
const RESTARTS: i64 = 20_051;
/// Maintenance begins and ends.
const CLOSES: i64 = 20_060;
const OPENS: i64 = 20_061;
/// Unknown pair, unknown channel.
const FOR_GOOD: [i64; 2] = [10_001, 10_302];
/// Subscribed or unsubscribed twice: nothing is lost by it.
const HARMLESS: [i64; 2] = [10_301, 10_401];
/// Version of the protocol that is spoken here.
const VERSION: f64 = 2.0;

/// Reads a connection.
#[derive(Debug)]
pub struct BitfinexSession {
    requests: Requests,
    wanted: Vec<Channel>,
    channels: Channels,
    recent: Recent,
    newest: Newest,
    book: ProvenBook,
    again: Resubscribe,
}

/// What [`Session::save`] keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    channels: Channels,
    recent: Recent,
    newest: Newest,
    book: Option<SavedBook>,
    again: Resubscribe,
}

impl BitfinexSession {
    /// For a symbol and these channels.
    #[must_use]
    pub fn new(requests: Requests, channels: &[Channel]) -> Self {
        Self {
            requests,
            wanted: channels.to_vec(),
            channels: Channels::default(),
            recent: Recent::default(),
            newest: Newest::default(),
            book: ProvenBook::default(),
            again: Resubscribe::default(),
        }
    }

    /// The channel an event is about, if it is one of this symbol.
    fn channel_of(&self, event: &Event<'_>) -> Option<Channel> {
        let is_ours = || event.symbol.as_deref() == Some(self.requests.symbol());
        match event.channel.as_deref()? {
            "trades" if is_ours() => Some(Channel::Trades),
            "ticker" if is_ours() => Some(Channel::Quotes),
            "book" if is_ours() => Some(Channel::Book),
            "candles" if event.key.as_deref() == Some(&self.requests.candle_key()) => {
                Some(Channel::Candles)
            }
            _ => None,
        }
    }

    fn event(&mut self, event: &Event<'_>, out: &mut Vec<StreamEvent>) {
        match &*event.event {
            "info" => info(event, out),
            "conf" if event.status.as_deref() != Some("OK") => {
                // without numbers and checksums no book can be proven
                out.push(StreamEvent::Refused {
                    channel: None,
                    reason: "the venue does not number its messages".to_owned(),
                    for_good: false,
                });
            }
            "subscribed" => {
                let (Some(channel), Some(chan_id)) = (self.channel_of(event), event.chan_id) else {
                    return;
                };
                self.channels.opened(chan_id, channel);
                out.push(StreamEvent::Subscribed(channel));
            }
            "unsubscribed" => self.channels.closed(event.chan_id),
            "error" => {
                let code = event.code.unwrap_or(0);
                if HARMLESS.contains(&code) {
                    return;
                }
                let words = event.msg.as_deref().unwrap_or("");
                out.push(StreamEvent::Refused {
                    channel: self.channel_of(event),
                    reason: format!("{} (error {code})", shortened(words)),
                    for_good: FOR_GOOD.contains(&code) || words.contains("invalid"),
                });
            }
            _ => {}
        }
    }

    fn channel_frame(
        &mut self,
        frame: ChannelFrame<'_>,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        // numbers run over all channels of the connection
        let order = self.channels.order(frame.seq);
        if let Order::Leap(reason) = &order {
            self.lost(reason.clone(), received_at, out);
        }
        let Some(channel) = self.channels.of(frame.chan_id) else {
            return Ok(FrameFacts::default());
        };
        let is_trade = channel == Channel::Trades;
        if matches!(frame.kind, Kind::Heartbeat | Kind::Other)
            || (order == Order::Again && !is_trade)
        {
            return Ok(FrameFacts::default());
        }
        let mut facts = FrameFacts {
            channel: Some(channel),
            exchange_at: frame.at,
        };
        match channel {
            Channel::Trades => self.trades(frame, &mut facts, out)?,
            Channel::Quotes => {
                let observed_at = frame.at.unwrap_or(received_at);
                match parse_quote(frame.payload, observed_at) {
                    Ok(quote) => out.push(StreamEvent::Quote(quote)),
                    Err(error) => {
                        out.push(reject("quote.contract", frame.payload, error.to_string()));
                    }
                }
            }
            Channel::Candles => {
                for row in parse_candle_list(frame.payload)? {
                    if let Err(reason) = self.newest.take(row, out) {
                        out.push(reject("candle.contract", row, reason));
                    }
                }
            }
            Channel::Book => self.book(&frame, received_at, out)?,
        }
        Ok(facts)
    }

    fn trades(
        &mut self,
        frame: ChannelFrame<'_>,
        facts: &mut FrameFacts,
        out: &mut Vec<StreamEvent>,
    ) -> Result<(), MessageError> {
        if frame.kind == Kind::Trade {
            let traded_at = self.trade(frame.payload, false, out);
            facts.exchange_at = frame.at.or(traded_at);
        } else if frame.kind == Kind::Data {
            for row in parse_trade_list(frame.payload)? {
                self.trade(row, true, out);
            }
        }
        Ok(())
    }

    fn trade(&mut self, row: &str, history: bool, out: &mut Vec<StreamEvent>) -> Option<i64> {
        match parse_trade(row) {
            Ok(trade) => {
                if self.recent.is_new(trade.trade_id) {
                    out.push(StreamEvent::Trade { trade, history });
                }
                Some(trade.traded_at)
            }
            Err(reason) => {
                out.push(reject("trade.contract", row, reason));
                None
            }
        }
    }

    fn book(
        &mut self,
        frame: &ChannelFrame<'_>,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<(), MessageError> {
        match self.book.take(frame, out) {
            Ok(None) => Ok(()),
            Ok(Some((cause, reason))) => {
                self.book.lose(cause, reason, out);
                self.want_anew(Channel::Book, received_at);
                Ok(())
            }
            Err(error) => {
                self.broken(&error, received_at, out);
                Err(error)
            }
        }
    }

    /// Messages are missing, maybe trades among them: a new subscription begins with the book and the newest trades.
    fn lost(&mut self, reason: String, received_at: i64, out: &mut Vec<StreamEvent>) {
        self.book.lose(GapCause::Sequence, reason, out);
        self.want_anew(Channel::Book, received_at);
        self.want_anew(Channel::Trades, received_at);
    }

    fn broken(&mut self, error: &MessageError, received_at: i64, out: &mut Vec<StreamEvent>) {
        let reason = format!("a frame that may have held a change cannot be read: {error}");
        self.lost(reason, received_at, out);
    }

    fn want_anew(&mut self, channel: Channel, received_at: i64) {
        if self.channels.want_anew(channel) {
            self.again.lost(received_at);
        }
    }

    fn subscribe_again(&mut self, received_at: i64, out: &mut Vec<StreamEvent>) {
        if !self.again.is_due(received_at) {
            return;
        }
        for (chan_id, channel) in self.channels.renew() {
            out.push(StreamEvent::Send(self.requests.unsubscribe(chan_id)));
            out.push(StreamEvent::Send(self.requests.subscribe(channel)));
        }
    }

    fn read(
        &mut self,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        if text.trim_start().starts_with('[') {
            let frame = parse_channel_frame(text)
                .inspect_err(|error| self.broken(error, received_at, out))?;
            return self.channel_frame(frame, received_at, out);
        }
        let event = parse_event(text).inspect_err(|error| self.broken(error, received_at, out))?;
        self.event(&event, out);
        Ok(FrameFacts::default())
    }
}

fn info(event: &Event<'_>, out: &mut Vec<StreamEvent>) {
    let words = shortened(event.msg.as_deref().unwrap_or("maintenance"));
    let reconnect = |why: &str| StreamEvent::Reconnect(format!("{why}: {words}"));
    match event.code {
        Some(RESTARTS) => out.push(reconnect("the venue restarts")),
        Some(CLOSES) => out.push(StreamEvent::Status { open: false, words }),
        Some(OPENS) => {
            out.push(StreamEvent::Status {
                open: true,
                words: words.clone(),
            });
            // what was subscribed before maintenance may be silent after it
            out.push(reconnect("maintenance is over"));
        }
        Some(_) => {}
        None => {
            if let Some(version) = event.version.filter(|version| *version != VERSION) {
                out.push(StreamEvent::Refused {
                    channel: None,
                    reason: format!("the venue speaks version {version} of its protocol"),
                    for_good: true,
                });
            }
            if let Some(platform) = event.platform {
                let open = platform.status == 1;
                let words = if open { "operative" } else { "maintenance" };
                out.push(StreamEvent::Status {
                    open,
                    words: words.to_owned(),
                });
            }
        }
    }
}

fn reject(rule: &'static str, raw: &str, reason: String) -> StreamEvent {
    StreamEvent::Reject {
        rule,
        raw: raw.to_owned(),
        reason,
    }
}

impl Session for BitfinexSession {
    fn hello(&mut self) -> Vec<String> {
        let subscribe = |channel: &Channel| self.requests.subscribe(*channel);
        std::iter::once(self.requests.conf())
            .chain(self.wanted.iter().map(subscribe))
            .collect()
    }

    fn frame(
        &mut self,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let facts = self.read(text, received_at, out);
        self.subscribe_again(received_at, out);
        facts
    }

    fn book(&self) -> Option<&Ladder> {
        self.book.ladder()
    }

    fn save(&self) -> String {
        let saved = Saved {
            channels: self.channels.clone(),
            recent: self.recent.clone(),
            newest: self.newest.clone(),
            book: self.book.saved(),
            again: self.again,
        };
        // texts and numbers only: nothing in it can fail
        serde_json::to_string(&saved).unwrap_or_default()
    }

    fn restore(&mut self, saved: &str) -> Result<(), MessageError> {
        let saved: Saved = restored(saved)?;
        self.book = ProvenBook::restored(saved.book.as_ref()).map_err(not_restored)?;
        self.channels = saved.channels;
        self.recent = saved.recent;
        self.newest = saved.newest;
        self.again = saved.again;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
