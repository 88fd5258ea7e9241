//! Events as they go over the wire.

use app::model::LiveEvent;
use axum::body::Bytes;

/// One server-sent event. Only alert transitions carry an id: a page that reconnects goes on after the last of them.
///
/// Made once and shared by all pages.
#[must_use]
pub fn frame(event: &LiveEvent) -> Bytes {
    let topic = event.topic();
    // JSON without line breaks, so that one `data` line holds it
    match (serde_json::to_string(event), event) {
        (Ok(json), LiveEvent::Alert(alert)) => format!(
            "id: {seq}\nevent: {topic}\ndata: {json}\n\n",
            seq = alert.seq
        ),
        (Ok(json), _) => format!("event: {topic}\ndata: {json}\n\n"),
        (Err(error), _) => {
            tracing::error!(%topic, %error, "an event could not be written as json");
            ": an event was lost\n\n".to_owned()
        }
    }
    .into()
}
