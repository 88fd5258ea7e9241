//! The chart as a component: the server's picture, three canvases, a legend row.

use leptos::{html, prelude::*};

use super::draw::SMA_NAMES;
#[cfg(feature = "hydrate")]
use crate::model::Bar;
use crate::model::{SeriesVm, Step, format_utc_short};

/// What the legend row says of one candle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Legend {
    pub(super) at: String,
    pub(super) step: String,
    pub(super) open: String,
    pub(super) high: String,
    pub(super) low: String,
    pub(super) close: String,
    pub(super) change: String,
    pub(super) rises: bool,
    pub(super) volume: String,
    pub(super) averages: [String; 3],
    pub(super) quality: String,
    pub(super) worst: i64,
    /// Bits of the numbers it was made of: the same bits, the same texts.
    pub(super) key: [u64; 6],
}

impl Legend {
    /// What tells one candle's legend from another's.
    #[cfg(feature = "hydrate")]
    pub(super) fn key(bar: &Bar, step_ms: i64) -> [u64; 6] {
        [
            bar.opened_at.cast_unsigned(),
            step_ms.cast_unsigned(),
            bar.close.to_bits(),
            bar.high.to_bits() ^ bar.low.to_bits().rotate_left(1),
            bar.volume.to_bits(),
            (bar.flagged ^ (bar.worst << 32) ^ (bar.observed << 40)).cast_unsigned(),
        ]
    }
}

/// A wish to see the newest `span_ms`; `serial` grows with every wish, so that the same one can be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RangeRequest {
    /// Number of the wish; 0 for none.
    pub serial: u32,
    /// Length in milliseconds; `i64::MAX` for everything.
    pub span_ms: i64,
}

/// Sizes of the server's picture in pixels: wide, phone. The style sheet gives the stage the same proportions.
const SIZES: [[(u32, u32); 2]; 2] = [[(960, 480), (390, 420)], [(960, 360), (390, 300)]];

/// A candle chart of one series. `initial_svg_url` is the picture's address without theme and size
/// (`/chart/price.svg?instrument=…&venue=…&step=1h`); it is shown until the canvas has drawn, and stays without
/// JavaScript.
#[component]
pub fn Chart(
    /// What to show.
    series: SeriesVm,
    /// Step in milliseconds; keys 1 to 7 set it too.
    step_ms: RwSignal<i64>,
    /// The server's picture, without theme and size.
    initial_svg_url: String,
    /// Lower, and with a shorter legend.
    #[prop(optional)]
    compact: bool,
    /// Ranges the page asks for.
    #[prop(optional)]
    range: Option<RwSignal<RangeRequest>>,
) -> impl IntoView {
    let root = NodeRef::<html::Figure>::new();
    let stage = NodeRef::<html::Div>::new();
    let canvases = [(); 3].map(|()| NodeRef::<html::Canvas>::new());
    let legend = RwSignal::new(None::<Legend>);
    let spoken = RwSignal::new(String::new());
    let label = describe(&series, step_ms.get_untracked());
    start(Parts {
        root,
        stage,
        canvases,
        series,
        step_ms,
        legend,
        spoken,
        range,
    });

    let sizes = SIZES[usize::from(compact)];
    let [base, live, overlay] = canvases;
    view! {
        <figure class="chart" class:chart-compact=compact node_ref=root>
            <LegendRow legend/>
            <div
                class="chart-stage"
                node_ref=stage
                tabindex="0"
                role="application"
                aria-roledescription="candle chart"
                aria-label=label.clone()
                aria-keyshortcuts="ArrowLeft ArrowRight Plus Minus Home End A"
            >
                <Picture base=initial_svg_url.clone() theme="dark" sizes label=label.clone()/>
                <Picture base=initial_svg_url theme="light" sizes label=label.clone()/>
                <canvas class="chart-layer" node_ref=base aria-hidden="true"></canvas>
                <canvas class="chart-layer" node_ref=live aria-hidden="true"></canvas>
                <canvas class="chart-layer" node_ref=overlay aria-hidden="true"></canvas>
            </div>
            <p class="sr-only" role="status" aria-live="polite">{move || spoken.get()}</p>
        </figure>
    }
}

fn describe(series: &SeriesVm, step_ms: i64) -> String {
    let step = Step::of(step_ms).map_or("", |step| step.name);
    let simulated = if series.simulated {
        ", simulated data"
    } else {
        ""
    };
    format!(
        "{} at {}, {step} candles, data from {} to {} UTC{simulated}",
        series.instrument,
        series.venue,
        format_utc_short(series.first_at),
        format_utc_short(series.last_at),
    )
}

/// The server's picture in one theme; the style sheet shows the one that fits, and the other is never loaded.
#[component]
fn Picture(
    base: String,
    theme: &'static str,
    sizes: [(u32, u32); 2],
    label: String,
) -> impl IntoView {
    let [wide, phone] = sizes.map(|(width, height)| {
        let joint = if base.contains('?') { '&' } else { '?' };
        format!("{base}{joint}theme={theme}&w={width}&h={height}")
    });
    let (width, height) = sizes[0];
    view! {
        <picture class=format!("chart-first chart-first-{theme}")>
            <source media="(max-width: 640px)" srcset=phone/>
            <img src=wide alt=label width=width.to_string() height=height.to_string() loading="lazy"/>
        </picture>
    }
}

#[component]
fn LegendRow(legend: RwSignal<Option<Legend>>) -> impl IntoView {
    let text = move |pick: fn(&Legend) -> &str| {
        move || {
            legend.with(|legend| {
                legend
                    .as_ref()
                    .map_or_else(|| "–".to_owned(), |legend| pick(legend).to_owned())
            })
        }
    };
    let rises = move || legend.with(|legend| legend.as_ref().map(|legend| legend.rises));
    let [sma_20, sma_50, sma_200]: [fn(&Legend) -> &str; 3] = [
        |legend| &legend.averages[0],
        |legend| &legend.averages[1],
        |legend| &legend.averages[2],
    ];
    view! {
        <figcaption class="chart-legend" aria-hidden="true">
            <span class="legend-time">{text(|legend| &legend.at)}" UTC "{text(|legend| &legend.step)}</span>
            <span class="legend-item"><i>"O"</i><b>{text(|legend| &legend.open)}</b></span>
            <span class="legend-item"><i>"H"</i><b>{text(|legend| &legend.high)}</b></span>
            <span class="legend-item"><i>"L"</i><b>{text(|legend| &legend.low)}</b></span>
            <span class="legend-item"><i>"C"</i><b>{text(|legend| &legend.close)}</b></span>
            <span
                class="legend-item legend-change"
                class:is-up=move || rises() == Some(true)
                class:is-down=move || rises() == Some(false)
            >
                <b>{text(|legend| &legend.change)}</b>
            </span>
            <span class="legend-item"><i>"Vol"</i><b>{text(|legend| &legend.volume)}</b></span>
            <span class="legend-item legend-average sma20"><i>{SMA_NAMES[0]}</i><b>{text(sma_20)}</b></span>
            <span class="legend-item legend-average sma50"><i>{SMA_NAMES[1]}</i><b>{text(sma_50)}</b></span>
            <span class="legend-item legend-average sma200"><i>{SMA_NAMES[2]}</i><b>{text(sma_200)}</b></span>
            <span
                class="legend-item legend-quality"
                data-worst=move || legend.with(|legend| legend.as_ref().map_or(0, |legend| legend.worst)).to_string()
            >
                <i>"Quality"</i><b>{text(|legend| &legend.quality)}</b>
            </span>
        </figcaption>
    }
}

/// What [`start`] needs; on the server, nothing of it is used.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "only the browser has canvases")
)]
struct Parts {
    root: NodeRef<html::Figure>,
    stage: NodeRef<html::Div>,
    canvases: [NodeRef<html::Canvas>; 3],
    series: SeriesVm,
    step_ms: RwSignal<i64>,
    legend: RwSignal<Option<Legend>>,
    spoken: RwSignal<String>,
    range: Option<RwSignal<RangeRequest>>,
}

#[cfg(not(feature = "hydrate"))]
fn start(parts: Parts) {
    // The server draws no canvas: the picture's address is all it gives.
    drop(parts);
}

#[cfg(feature = "hydrate")]
fn start(parts: Parts) {
    use super::canvas::{Handle, Mount};

    let running = StoredValue::new_local(None::<std::rc::Rc<Handle>>);
    let with = move |act: &dyn Fn(&std::rc::Rc<Handle>)| {
        running.try_with_value(|handle| handle.as_ref().map(act));
    };
    Effect::new(move |started: Option<bool>| {
        if started == Some(true) {
            return true;
        }
        let elements = (
            parts.root.get(),
            parts.stage.get(),
            parts.canvases[0].get(),
            parts.canvases[1].get(),
            parts.canvases[2].get(),
        );
        let (Some(root), Some(stage), Some(base), Some(live), Some(overlay)) = elements else {
            return false;
        };
        let handle = Handle::start(Mount {
            root,
            stage: stage.into(),
            canvases: [base, live, overlay],
            series: parts.series.clone(),
            step: parts.step_ms,
            legend: parts.legend,
            spoken: parts.spoken,
        });
        running.try_set_value(handle);
        true
    });
    Effect::new(move |_| {
        if let Some(step_ms) = parts.step_ms.try_get() {
            with(&|handle| handle.choose_step(step_ms));
        }
    });
    if let Some(range) = parts.range {
        Effect::new(move |_| {
            if let Some(range) = range.try_get().filter(|range| range.serial > 0) {
                with(&|handle| handle.show_range(range.span_ms));
            }
        });
    }
    if let Some(live) = use_context::<crate::live::Live>() {
        Effect::new(move |_| {
            live.bars.try_with(|news| {
                for news in news {
                    with(&|handle| handle.merge_live(news));
                }
            });
        });
    }
    on_cleanup(move || {
        running.try_set_value(None);
    });
}
