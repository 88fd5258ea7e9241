//! `GET /report`: the analysis as one page, `?download=1` as a file.

use std::sync::Arc;

use app::{
    model::analysis::AnalysisVm,
    model::format_utc_short,
    report::{Options, POLICY, document},
    theme::Theme,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::{
    AppState,
    api::{ApiError, ApiQuery},
    statics::tagged,
};
use crate::{backend::analysis::analysis, store::analysis::ReportStamp};

/// A report of the same data is not made again for so long; its times and ages still follow the clock.
const KEPT_MS: i64 = 10 * 60_000;
/// Live data changes all the time: a report this young is good enough, however many ask for it.
const YOUNG_MS: i64 = 5_000;

/// The newest report and the pages drawn of it, at most one for each theme and the file.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<Report>>);

#[derive(Debug)]
struct Report {
    stamp: ReportStamp,
    vm: Arc<AnalysisVm>,
    pages: Vec<(Options, Bytes)>,
}

/// How it is wanted.
#[derive(Debug, Deserialize)]
pub struct ReportQuery {
    download: Option<String>,
}

/// Answers with the page. Requests wait for each other: the analysis is read once for all of them.
pub async fn report(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<ReportQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let download = query
        .download
        .is_some_and(|wish| !matches!(wish.as_str(), "" | "0" | "false"));
    let theme = headers
        .get(header::COOKIE)
        .and_then(|cookies| Theme::from_cookie_header(cookies.to_str().ok()?));
    let options = if download {
        Options::default()
    } else {
        Options { theme, links: true }
    };
    let (vm, html) = page(&state, options).await?;
    let digest = Sha256::digest(&html);
    let mut response = (
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::VARY, "cookie, accept-encoding"),
        ],
        html,
    )
        .into_response();
    let policy = format!("{POLICY}; frame-ancestors 'none'");
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if download {
        let day: String = format_utc_short(vm.generated_at).chars().take(10).collect();
        let place = format!("attachment; filename=\"assay-report-{day}.html\"");
        if let Ok(place) = HeaderValue::try_from(place) {
            response
                .headers_mut()
                .insert(header::CONTENT_DISPOSITION, place);
        }
    }
    Ok(tagged(
        response,
        &digest,
        headers.get(header::IF_NONE_MATCH),
    ))
}

async fn page(state: &AppState, options: Options) -> Result<(Arc<AnalysisVm>, Bytes), ApiError> {
    let mut kept = state.report.0.lock().await;
    let now = state.web.clock.now_ms();
    let stamp = state.web.store.report_stamp().await?;
    let good = kept.as_ref().is_some_and(|report| {
        let age = now - report.vm.generated_at;
        (0..YOUNG_MS).contains(&age) || (report.stamp == stamp && (0..KEPT_MS).contains(&age))
    });
    if !good {
        let vm = Arc::new(analysis(&state.web.store, &state.web.hub.rules().now(), now).await?);
        *kept = Some(Report {
            stamp,
            vm,
            pages: Vec::new(),
        });
    }
    let Some(report) = kept.as_mut() else {
        return Err(ApiError::Failed("the report could not be kept".to_owned()));
    };
    if let Some((_, html)) = report.pages.iter().find(|(drawn, _)| *drawn == options) {
        return Ok((Arc::clone(&report.vm), html.clone()));
    }
    let vm = Arc::clone(&report.vm);
    let html = tokio::task::spawn_blocking(move || Bytes::from(document(&vm, &options)))
        .await
        .map_err(|error| ApiError::Failed(format!("the report could not be drawn: {error}")))?;
    report.pages.push((options, html.clone()));
    Ok((Arc::clone(&report.vm), html))
}
