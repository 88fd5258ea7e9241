//! Frames of subscribed channels.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::read;
use crate::source::message::MessageError;

/// Numbers of messages are below, times in milliseconds above it.
const FIRST_TIME: i64 = 1_000_000_000_000;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `[17,[…]]`: a snapshot or an update.
    Data,
    /// `[17,"hb"]`: nothing happened for a while.
    Heartbeat,
    /// `[17,"cs",-1234567]`: the checksum of the book as it is now.
    Checksum,
    /// `[17,"te",[…]]` at once, `[17,"tu",[…]]` somewhat later: the same trade.
    Trade,
    /// Something else, such as `fte`.
    Other,
}

/// `[CHANNEL, payload, number of the message, time]`; the last two as flags ask for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelFrame<'a> {
    /// Number the subscription was given.
    pub chan_id: i64,
    /// What it is.
    pub kind: Kind,
    /// What it says; empty for a heartbeat.
    pub payload: &'a str,
    /// Number of the message on this connection, each one more than the last.
    pub seq: Option<i64>,
    /// The venue's time of it in milliseconds.
    pub at: Option<i64>,
}

/// Reads a frame that is an array.
///
/// ```
/// use server::source::bitfinex::messages::{Kind, parse_channel_frame};
/// let frame = parse_channel_frame(r#"[232961,"te",[670002570,1618677535660,-0.5,60410],77,1618677535671]"#)?;
/// assert_eq!((frame.kind, frame.seq, frame.at), (Kind::Trade, Some(77), Some(1_618_677_535_671)));
/// assert_eq!(frame.payload, "[670002570,1618677535660,-0.5,60410]");
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is none.
pub fn parse_channel_frame(text: &str) -> Result<ChannelFrame<'_>, MessageError> {
    read(text.as_bytes(), "a frame of a channel")
}

impl<'de: 'a, 'a> Deserialize<'de> for ChannelFrame<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Parts)
    }
}

struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = ChannelFrame<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of channel and payload")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let missing = |place| A::Error::invalid_length(place, &self);
        let chan_id = list.next_element()?.ok_or_else(|| missing(0))?;
        let first: &'de RawValue = list.next_element()?.ok_or_else(|| missing(1))?;
        let kind = match first.get() {
            "\"hb\"" => Kind::Heartbeat,
            "\"cs\"" => Kind::Checksum,
            "\"te\"" | "\"tu\"" => Kind::Trade,
            text if text.starts_with('"') => Kind::Other,
            _ => Kind::Data,
        };
        let payload = match kind {
            Kind::Data => first.get(),
            Kind::Heartbeat => "",
            Kind::Checksum | Kind::Trade | Kind::Other => {
                let second: Option<&'de RawValue> = list.next_element()?;
                second.ok_or_else(|| missing(2))?.get()
            }
        };
        let mut frame = ChannelFrame {
            chan_id,
            kind,
            payload,
            seq: None,
            at: None,
        };
        while let Some(more) = list.next_element::<&'de RawValue>()? {
            match more.get().parse() {
                Ok(seq @ 0..FIRST_TIME) => frame.seq = frame.seq.or(Some(seq)),
                Ok(at) if at >= FIRST_TIME => frame.at = frame.at.or(Some(at)),
                _ => {}
            }
        }
        Ok(frame)
    }
}
