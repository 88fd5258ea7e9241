//! `GET /chart/price.svg`: the chart as a picture, for pages without JavaScript and for the first moment of others.

use app::{
    chart::{SvgOptions, price_svg as draw},
    model::{HOUR_MS, Step},
    theme::Theme,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    AppState,
    api::{ApiError, ApiQuery, time},
    tiles,
};
use crate::store::view::Window;

/// Most bars of one chart.
const MOST_BARS: i64 = 2_000;

/// What to draw.
#[derive(Debug, Deserialize)]
pub struct PriceQuery {
    #[serde(default)]
    instrument: String,
    #[serde(default)]
    venue: String,
    step: Option<String>,
    theme: Option<String>,
    w: Option<u32>,
    h: Option<u32>,
    from: Option<String>,
    to: Option<String>,
}

/// Draws it.
pub async fn price_svg(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<PriceQuery>,
) -> Result<Response, ApiError> {
    let width = bounded("w", query.w.unwrap_or(960), 200, 2400)?;
    let height = bounded("h", query.h.unwrap_or(420), 120, 1600)?;
    let series = tiles::series(&state, &query.instrument, &query.venue).await?;
    let step_ms = match query.step.as_deref() {
        None | Some("") => HOUR_MS.max(series.vm.finest_step_ms),
        Some(step) => step_named(step)?,
    };
    let end = series.vm.last_at.saturating_add(1);
    let from = query.from.as_deref().map(time).transpose()?;
    let to = query.to.as_deref().map(time).transpose()?;
    let options = SvgOptions {
        width,
        height,
        step_ms,
        theme: query
            .theme
            .as_deref()
            .and_then(Theme::parse)
            .unwrap_or(Theme::Light),
        title: format!("{} at {}", series.vm.instrument, series.vm.venue),
        from,
        to,
        forming: series.vm.live,
    };
    let newest = i64::try_from(options.bars_wanted()).unwrap_or(MOST_BARS);
    let window = Window {
        from_ms: from.unwrap_or(i64::MIN),
        to_ms: to.unwrap_or(end).min(end),
        limit: if from.is_some() { MOST_BARS } else { newest },
    };
    let bars = state.web.store.bars(series.key, step_ms, window).await?;
    let svg = draw(&bars, &options);
    Ok((
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ),
        ],
        svg,
    )
        .into_response())
}

/// The step of that name, in milliseconds.
pub fn step_named(name: &str) -> Result<i64, ApiError> {
    Step::named(name).map(|step| step.step_ms).ok_or_else(|| {
        let names = Step::ALL.map(|step| step.name).join(", ");
        ApiError::BadRequest(format!("step {name:?} is not known, use one of {names}"))
    })
}

fn bounded(name: &str, value: u32, least: u32, most: u32) -> Result<u32, ApiError> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(ApiError::BadRequest(format!(
            "{name} is {value}, but must lie between {least} and {most}"
        )))
    }
}
