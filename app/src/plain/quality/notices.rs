//! What was told outside, and the channels it goes through.

use leptos::prelude::*;

use super::parts::head;
use crate::{
    components::status::{Level, of_severity},
    links::encode,
    model::{NoticeVm, Severity, batch::Standing},
    plain::parts::{status, when},
};

/// A channel of the configuration, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelVm {
    /// Its name.
    pub name: String,
    /// webhook, slack or email.
    pub kind: String,
    /// What is milder is not told.
    pub min_severity: Severity,
    /// Whether it gets the daily digest.
    pub has_digest: bool,
    /// Why nothing can be sent; empty: it is ready.
    pub problem: String,
}

/// The panel of channels, with a button that sends a test.
pub(super) fn channels(channels: &[ChannelVm], reader: Standing) -> AnyView {
    let body = if channels.is_empty() {
        view! { <p class="empty">"No channel is configured: nobody is told. Add [notify.channel.NAME] to the configuration."</p> }
            .into_any()
    } else {
        let items: Vec<AnyView> = channels.iter().map(|one| channel(one, reader)).collect();
        view! { <ul class="rows">{items}</ul> }.into_any()
    };
    view! {
        <section class="panel" aria-labelledby="channels">
            {head("Channels", "channels", ().into_any())}
            {body}
        </section>
    }
    .into_any()
}

fn channel(channel: &ChannelVm, reader: Standing) -> AnyView {
    let state = if channel.problem.is_empty() {
        (Level::Ok, "Ready")
    } else {
        (Level::Crit, "Cannot send")
    };
    let digest = if channel.has_digest {
        ", and the daily digest"
    } else {
        ""
    };
    let words = format!(
        "{}: {} or worse{digest}",
        channel.kind,
        of_severity(Some(channel.min_severity)).1.to_lowercase()
    );
    let test = (reader == Standing::Operator).then(|| {
        let action = format!("/quality/channels/{}/test", encode(&channel.name));
        let label = format!("Send a test to {}", channel.name);
        view! { <form method="post" action=action class="act row-end"><button class="button" aria-label=label>"Send a test"</button></form> }
    });
    view! {
        <li class="row" data-testid="channel" data-channel=channel.name.clone()>
            <div class="row-main">{status(state)}<span class="cell-title">{channel.name.clone()}</span>{test}</div>
            <p class="row-meta"><span>{words}</span></p>
            {(!channel.problem.is_empty()).then(|| view! { <p class="cell-note">{channel.problem.clone()}</p> })}
        </li>
    }
    .into_any()
}

/// Notices, or `without` where there are none.
pub(super) fn list(notices: &[NoticeVm], without: &'static str) -> AnyView {
    if notices.is_empty() {
        return view! { <p class="empty">{without}</p> }.into_any();
    }
    let items: Vec<AnyView> = notices
        .iter()
        .map(|notice| {
            let state = match notice.state.as_str() {
                "sent" => (Level::Ok, "Sent"),
                "waiting" => (Level::Info, "Waiting"),
                "given_up" => (Level::Crit, "Given up"),
                _ => (Level::Unknown, "Unknown"),
            };
            let tries = (notice.attempts > 1).then(|| format!(" after {} tries", notice.attempts));
            let error = (!notice.error.is_empty()).then(|| view! { <p class="cell-note">{notice.error.clone()}</p> });
            view! {
                <li class="row" data-testid="notice">
                    <div class="row-main">{status(state)}<span class="row-end">{when(notice.sent_at.or(Some(notice.created_at)))}</span></div>
                    <p class="row-summary">{notice.subject.clone()}</p>
                    <p class="row-meta"><span>{format!("{} to {}", notice.kind, notice.channel)}{tries}</span></p>
                    {error}
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="rows">{items}</ul> }.into_any()
}
