//! Plain types that the server, the page and the event stream share.
//!
//! Times are `i64` milliseconds since the epoch, UTC. Prices are in the instrument's quote currency, volumes in
//! its base currency, unless a name says otherwise.

mod alert;
#[cfg(feature = "ssr")]
pub mod analysis;
mod article;
#[cfg(feature = "ssr")]
pub mod batch;
mod book;
mod candle;
mod check;
mod event;
mod html;
mod incident;
mod landing;
mod minute;
mod mood;
mod outcome;
#[cfg(feature = "ssr")]
pub mod pipeline;
mod quote;
mod reconcile;
mod rule;
mod run;
mod score;
mod series;
mod source;
mod time;
mod trade;
mod view;

pub use alert::{AlertDetailVm, AlertEventVm, AlertState, AlertVm, TransitionVm};
pub use article::Article;
pub use book::{Book, BookVm, Level};
pub use candle::{Bar, Candle, GoldBar, Held, flag};
pub use check::{CheckState, CheckVm, Severity};
pub use event::{LiveEvent, Topic};
pub use html::Html;
pub use incident::{IncidentDetailVm, IncidentEventVm, IncidentVm, NoticeVm, Opinion, SilenceVm};
pub use landing::{Dataset, LandingState, LandingVm, Pipeline, QuarantineVm, Reject};
pub use minute::{Minute, MinuteBook, MinutePrices};
pub use mood::Mood;
pub use outcome::{Baseline, Counts, Evidence, Outcome};
pub use quote::{Quote, QuoteVm};
pub use reconcile::{Cover, Difference, DifferenceVm, MinuteSide, ReconcileDayVm, ReconcileVm};
pub use rule::{RecallVm, RecordVm, RuleDetailVm, RuleVm, TrialVm};
pub use run::{RunState, RunVm};
pub use score::{ScoreCostVm, ScoreDetailVm, ScoreOf, ScoreVm, ScoreboardVm, TimelineVm};
pub use series::{GOLD_STEPS, SeriesVm, Step};
pub use source::{
    ConsensusVm, GapCause, GapState, GapVm, SourceEventKind, SourceEventVm, StreamVm, VenuePriceVm,
};
pub use time::{
    DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, bucket_start, format_age, format_utc, format_utc_short,
};
pub use trade::{Side, TapeVm, Trade};
#[cfg(feature = "ssr")]
pub use view::QualityVm;
pub use view::{
    BatchesVm, FeedVm, KpiVm, LayerVm, MarketVm, OverviewVm, PipelinePageVm, QualityPageVm, Verdict,
};
