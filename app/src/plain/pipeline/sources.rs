//! Live sources side by side.

use leptos::prelude::*;

use super::head;
use crate::{
    components::{
        panel::SimulatedBadge,
        status::{Level, of_feed, of_stream},
    },
    format,
    model::{FeedVm, StreamVm, pipeline::PipelineVm},
    plain::parts::{ago, cut, status},
};

pub(super) fn sources(vm: &PipelineVm) -> AnyView {
    let note = match vm.feeds.len() {
        0 => String::new(),
        1 => "1 source".to_owned(),
        count => format!("{count} sources"),
    };
    if vm.feeds.is_empty() {
        return view! {
            {head("Sources", "sources", note)}
            <p class="empty">"No live source is configured: only files are read. Start with: assay serve --live auto"</p>
        }
        .into_any();
    }
    let rows: Vec<AnyView> = vm.feeds.iter().map(|feed| row(vm, feed)).collect();
    view! {
        {head("Sources", "sources", note)}
        <div class="table-scroll" tabindex="0" role="region" aria-label="Sources">
            <table class="fold source-table">
                <thead>
                    <tr>
                        <th scope="col">"Source"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Book"</th>
                        <th scope="col" class="number">"Last data"</th>
                        <th scope="col" class="number">"Msg/s"</th>
                        <th scope="col" class="number">"Latency p50 / p99"</th>
                        <th scope="col" class="number">"Reconnects"</th>
                        <th scope="col" class="number">"Conflated"</th>
                        <th scope="col" class="number">"Rejected"</th>
                        <th scope="col">"Polls"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="cell-note">
            "Latency: from the venue's time to receipt; below it from receipt to silver, and from silver to this page. \
            Conflated quotes are left out because newer ones waited; trades never are."
        </p>
    }
    .into_any()
}

fn row(vm: &PipelineVm, feed: &FeedVm) -> AnyView {
    let now = vm.server_now;
    let primary = vm
        .primaries
        .iter()
        .find(|primary| primary.instrument == feed.instrument && primary.venue == feed.venue)
        .map(|primary| {
            let title = format!("Its series is shown by default. {}", primary.reason);
            view! { <span class="badge badge-primary" title=title>"primary"</span> }
        });
    let stream = feed.stream.as_ref();
    let state = stream.map_or_else(|| of_feed(&feed.state), |stream| of_stream(&stream.state));
    let error = match stream {
        Some(stream) if !stream.error.is_empty() => &stream.error,
        _ => &feed.error,
    };
    let last_at = stream
        .and_then(|stream| stream.last_at)
        .max(feed.last_ok_at);
    let count = |of: fn(&StreamVm) -> i64| {
        stream.map_or_else(
            || format::UNKNOWN.to_owned(),
            |stream| format::integer(of(stream)),
        )
    };
    let rate = stream.map_or_else(
        || format::UNKNOWN.to_owned(),
        |stream| format::decimal(stream.messages_per_second, 1),
    );
    let polls = format!(
        "{} answers, {} errors",
        format::integer(feed.polls),
        format::integer(feed.errors)
    );
    view! {
        <tr data-testid="source-row" data-venue=feed.venue.clone() data-state=stream.map_or(&feed.state, |stream| &stream.state).clone()>
            <td class="fold-head name">
                <span class="cell-title">{feed.venue.clone()}</span>
                " " <span class="cell-note">{feed.instrument.clone()}</span>
                {primary}
                {feed.simulated.then(|| view! { <SimulatedBadge/> })}
            </td>
            <td data-label="State" class="name">
                {status(state)}
                {(!error.is_empty()).then(|| view! { <p class="cell-note">{cut(error)}</p> })}
                {stream.and_then(|stream| stream.connected_at).map(|at| view! {
                    <p class="cell-note">"since " {ago(Some(at), now)}</p>
                })}
            </td>
            <td data-label="Book">{stream.map_or_else(|| format::UNKNOWN.into_any(), |stream| book(&stream.book))}</td>
            <td class="number" data-label="Last data">{ago(last_at, now)}</td>
            <td class="number num" data-label="Msg/s">{rate}</td>
            <td class="number num" data-label="Latency">{stream.map_or_else(|| format::UNKNOWN.into_any(), latency)}</td>
            <td class="number num" data-label="Reconnects">{count(|stream| stream.reconnects)}</td>
            <td class="number num" data-label="Conflated">{count(|stream| stream.conflated)}</td>
            <td class="number num" data-label="Rejected">{count(|stream| stream.rejected)}</td>
            <td data-label="Polls">
                {stream.is_some().then(|| status(of_feed(&feed.state)))}
                <p class="cell-note num">{polls}</p>
                <p class="cell-note">"next " {ago(feed.next_at, now)}</p>
            </td>
        </tr>
    }
    .into_any()
}

fn book(state: &str) -> AnyView {
    match state {
        "" => format::UNKNOWN.into_any(),
        state => status(of_book(state)).into_any(),
    }
}

fn of_book(state: &str) -> (Level, &'static str) {
    match state {
        "synced" => (Level::Ok, "Synced"),
        "syncing" => (Level::Info, "Syncing"),
        "lost" => (Level::Crit, "Lost"),
        _ => (Level::Unknown, "Unknown"),
    }
}

fn latency(stream: &StreamVm) -> AnyView {
    let line = |name: &'static str, span: Option<(f64, f64)>| {
        span.map(|(median, most)| {
            view! { <p class="cell-note">{format!("{name} {} / {} ms", ms(median), ms(most))}</p> }
        })
    };
    let network = stream.network_ms.map_or_else(
        || format::UNKNOWN.to_owned(),
        |(median, most)| format!("{} / {} ms", ms(median), ms(most)),
    );
    view! {
        <span>
            {network}
            {line("to silver", stream.refine_ms)}
            {line("to page", stream.publish_ms)}
        </span>
    }
    .into_any()
}

/// A venue's clock may be ahead of ours: less than nothing is shown as nothing.
fn ms(value: f64) -> String {
    format::decimal(value.max(0.0), if value < 10.0 { 1 } else { 0 })
}
