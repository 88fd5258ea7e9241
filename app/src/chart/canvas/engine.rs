//! What the chart knows, and how a frame is made of it. No events and no requests in here.

use std::collections::HashMap;

use super::{
    overlay,
    surface::{Layer, Size},
};
use crate::{
    chart::{
        cache::{TileCache, TileKey},
        draw::{Scene, draw_base, draw_live},
        gaps::{Gap, gaps},
        hit,
        layout::{Layout, name_room, plot_width},
        palette::Palette,
        step::{USUAL_CANDLE_PX, auto_step, drawn_step, usual_candles},
        viewport::{Bounds, PriceRange, View},
    },
    live::LiveBars,
    model::{Bar, SeriesVm, Step, bucket_start},
    theme::Theme,
};

/// What browser tests see.
#[derive(serde::Serialize)]
struct State {
    from: Option<f64>,
    to: Option<f64>,
    step_ms: i64,
    candles_drawn: usize,
    last_close: Option<f64>,
    frames: u64,
    crosshair: Option<i64>,
    gaps: usize,
    loading: bool,
}

/// What must be drawn again; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dirty {
    Nothing,
    Overlay,
    Base,
}

/// Where the crosshair is, in device pixels.
pub(super) struct Crosshair {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) dot_y: i32,
    pub(super) price: f64,
    pub(super) opened_at: i64,
}

/// A tile to ask for.
pub(super) struct Wanted {
    pub(super) key: TileKey,
    pub(super) version: i64,
}

pub(super) struct Engine {
    pub(super) series: SeriesVm,
    /// The step the reader chose; a coarser one is drawn when its candles would be too narrow.
    pub(super) chosen_step: i64,
    pub(super) step_ms: i64,
    view: Option<View>,
    size: Option<Size>,
    pub(super) layout: Layout,
    pub(super) palette: Palette,
    base: Layer,
    live: Layer,
    pub(super) overlay: Layer,
    pub(super) cache: TileCache,
    bars: Vec<Bar>,
    gaps: Vec<Gap>,
    unknown: Vec<(i64, i64)>,
    prices: PriceRange,
    /// Newest bar of each step that the event stream brought.
    newest: HashMap<i64, Bar>,
    last: Option<Bar>,
    last_at: i64,
    live_version: i64,
    /// Pointer in CSS pixels of the stage.
    pub(super) pointer: Option<(f64, f64)>,
    /// Candle chosen with the keyboard.
    pub(super) picked: Option<i64>,
    pub(super) dirty: Dirty,
    frames: u64,
}

impl Engine {
    pub(super) fn new(series: SeriesVm, step_ms: i64, [base, live, overlay]: [Layer; 3]) -> Self {
        Self {
            chosen_step: step_ms,
            step_ms,
            view: None,
            size: None,
            layout: Layout::new(0.0, 0.0, 1.0),
            palette: Palette::of(Theme::Dark),
            base,
            live,
            overlay,
            cache: TileCache::default(),
            bars: Vec::new(),
            gaps: Vec::new(),
            unknown: Vec::new(),
            prices: PriceRange::fit([]),
            newest: HashMap::new(),
            last: None,
            last_at: series.last_at,
            live_version: series.version,
            pointer: None,
            picked: None,
            dirty: Dirty::Nothing,
            frames: 0,
            series,
        }
    }

    pub(super) fn bounds(&self) -> Bounds {
        let step = self.chosen_step.max(self.series.finest_step_ms).max(1);
        Bounds {
            first: bucket_start(self.series.first_at, step) as f64,
            last: (bucket_start(self.last_at, step) + step) as f64,
            step: step as f64,
        }
    }

    /// Width of the plot in CSS pixels.
    pub(super) fn plot_width(&self) -> f64 {
        plot_width(self.size.map_or(0.0, |size| size.width))
    }

    /// Share of the view left free at the right for the names of lines.
    pub(super) fn room(&self) -> f64 {
        name_room(self.plot_width())
    }

    pub(super) fn view(&self) -> Option<View> {
        self.view
    }

    pub(super) fn set_view(&mut self, view: View) {
        self.view = Some(view.clamp(&self.bounds()));
        self.dirty = Dirty::Base;
    }

    /// The newest candles at their usual width.
    pub(super) fn reset_view(&mut self) {
        let candles = usual_candles(self.plot_width()) as f64;
        self.set_view(View::newest(&self.bounds(), candles, self.room()));
    }

    pub(super) fn resize(&mut self, size: Size) {
        if self.size == Some(size) {
            return;
        }
        let before = self.size.replace(size);
        self.layout = Layout::new(size.width, size.height, size.scale);
        let pixels = (
            self.layout.whole.width().unsigned_abs(),
            self.layout.whole.height().unsigned_abs(),
        );
        for layer in [&self.base, &self.live, &self.overlay] {
            layer.resize(pixels);
        }
        match (self.view, before) {
            (Some(view), Some(before)) => {
                // The right edge stays, candles keep their width.
                let factor = plot_width(size.width) / plot_width(before.width);
                self.set_view(view.zoom(factor, 1.0, &self.bounds()));
            }
            _ => self.reset_view(),
        }
        self.dirty = Dirty::Base;
    }

    pub(super) fn recolour(&mut self, palette: Palette) {
        self.palette = palette;
        for layer in [&self.base, &self.live, &self.overlay] {
            layer.forget_widths();
        }
        self.dirty = Dirty::Base;
    }

    /// Shows another step; candles keep their width and the right edge its place.
    pub(super) fn choose_step(&mut self, step_ms: i64) {
        if step_ms == self.chosen_step || step_ms < 1 {
            return;
        }
        self.chosen_step = step_ms;
        self.last = None;
        self.picked = None;
        if let Some(view) = self.view {
            let share = if view.follows(&self.bounds()) {
                1.0
            } else {
                0.5
            };
            let span = self.plot_width() / USUAL_CANDLE_PX * step_ms as f64;
            let view = view.zoom(span / view.span(), share, &self.bounds());
            if share < 1.0 {
                self.set_view(view);
            } else {
                self.reset_view();
            }
        }
    }

    /// Shows the newest `span_ms` (everything, if that is longer) and returns the step that suits it.
    pub(super) fn show_range(&mut self, span_ms: i64) -> i64 {
        let all = (self.last_at - self.series.first_at).max(1);
        let span = span_ms.clamp(1, all) as f64;
        let finest = self.series.finest_step_ms;
        self.chosen_step = auto_step(span, self.plot_width(), 4.0, finest);
        self.last = None;
        self.picked = None;
        let bounds = self.bounds();
        self.set_view(View::newest(
            &bounds,
            span / bounds.step / (1.0 - self.room()),
            self.room(),
        ));
        self.chosen_step
    }

    pub(super) fn merge_live(&mut self, news: &LiveBars) {
        if news.instrument != self.series.instrument || news.venue != self.series.venue {
            return;
        }
        let before = self.bounds();
        for (step_ms, bar) in &news.bars {
            self.cache.merge(*step_ms, *bar);
            let begun = self
                .newest
                .insert(*step_ms, *bar)
                .is_none_or(|known| known.opened_at < bar.opened_at);
            if begun && *step_ms == self.step_ms {
                // The candle before may have changed once more after its last event: its tile is loaded again.
                self.live_version = news.version;
            }
            self.last_at = self.last_at.max(bar.opened_at);
        }
        if let Some(view) = self.view
            && view.follows(&before)
        {
            self.view = Some(view.pan(self.bounds().last - before.last));
        }
        self.dirty = Dirty::Base;
    }

    /// Takes a tile that has arrived.
    pub(super) fn take_tile(&mut self, wanted: &Wanted, generation: u64, bars: Vec<Bar>) {
        if self
            .cache
            .finish(wanted.key, generation, wanted.version, bars)
        {
            if let Some(bar) = self.newest.get(&wanted.key.step_ms) {
                self.cache.merge(wanted.key.step_ms, *bar);
            }
            self.dirty = Dirty::Base;
        }
    }

    /// Draws what is dirty; true once there is something to see.
    pub(super) fn frame(&mut self) -> bool {
        let dirty = std::mem::replace(&mut self.dirty, Dirty::Nothing);
        let (Some(view), true) = (self.view, dirty > Dirty::Nothing) else {
            return false;
        };
        self.frames += 1;
        if dirty == Dirty::Base {
            self.gather(&view);
            self.draw(view);
        }
        overlay::draw(self);
        !self.bars.is_empty() || self.unknown.is_empty()
    }

    fn gather(&mut self, view: &View) {
        let finest = self.series.finest_step_ms;
        let wanted = drawn_step(self.chosen_step, view.span(), self.plot_width(), finest);
        self.step_ms = wanted;
        self.collect(view, wanted);
        if self.bars.is_empty() && !self.unknown.is_empty() {
            // Coarser candles first: they are fewer and stand for the same prices.
            let (coarser, finer): (Vec<_>, Vec<_>) = Step::ALL
                .into_iter()
                .map(|step| step.step_ms)
                .filter(|step| *step != wanted && *step >= finest)
                .partition(|step| *step > wanted);
            let too_many = |step: &i64| view.span() / *step as f64 > 4000.0;
            for step in coarser.into_iter().chain(finer.into_iter().rev()) {
                if too_many(&step) {
                    continue;
                }
                self.collect(view, step);
                if !self.bars.is_empty() {
                    self.step_ms = step;
                    break;
                }
            }
        }
        let step = self.step_ms;
        if let Some(last) = self
            .bars
            .last()
            .filter(|bar| bar.opened_at >= bucket_start(self.last_at, step))
        {
            self.last = Some(*last);
        }
        let covered = (
            self.series.first_at.max(view.from() as i64),
            (bucket_start(self.last_at, step) + step).min(view.to() as i64),
        );
        let visible = Scene::visible(&self.bars, step, view);
        self.gaps = gaps(visible, step, covered, &self.unknown);
        self.prices = PriceRange::fit(visible);
    }

    fn collect(&mut self, view: &View, step_ms: i64) {
        self.bars.clear();
        self.unknown.clear();
        let (from, to) = self.reach(view, step_ms);
        if from < to {
            self.cache
                .collect(step_ms, (from, to), &mut self.bars, &mut self.unknown);
        }
    }

    /// The visible time and two candles at either side, within the series.
    fn reach(&self, view: &View, step_ms: i64) -> (i64, i64) {
        let beside = step_ms * 2;
        (
            (view.from() as i64 - beside).max(bucket_start(self.series.first_at, step_ms)),
            (view.to() as i64 + beside).min(bucket_start(self.last_at, step_ms) + step_ms),
        )
    }

    fn draw(&self, view: View) {
        let forming = self
            .last
            .filter(|_| self.series.live)
            .map(|last| last.opened_at);
        let scene = Scene {
            bars: &self.bars,
            step_ms: self.step_ms,
            view,
            prices: self.prices,
            layout: self.layout,
            palette: &self.palette,
            gaps: &self.gaps,
            forming,
            message: if self.unknown.is_empty() {
                "No candles in this range"
            } else {
                "Loading…"
            },
        };
        // The canvas backend cannot fail.
        let _ = draw_base(&self.base.area(), &scene);
        self.live.clear();
        if let Some(last) = &self.last {
            let _ = draw_live(&self.live.area(), &scene, last);
        }
    }

    /// Tiles to ask for now: the visible ones and one beside them on each side; and those that should be here.
    pub(super) fn wanted(&self, now_ms: f64) -> (Vec<Wanted>, impl Fn(TileKey) -> bool + use<>) {
        let mut wanted = Vec::new();
        let mut near = (0, -1);
        let step_ms = self.view.map_or(0, |view| {
            let finest = self.series.finest_step_ms;
            drawn_step(self.chosen_step, view.span(), self.plot_width(), finest)
        });
        if let Some(view) = &self.view {
            let (from, to) = self.reach(view, step_ms);
            let index = |at: i64| TileKey::of(at, step_ms).index;
            let (first, last) = (index(self.series.first_at), index(self.last_at));
            let visible = (index(from), index(to.saturating_sub(1)));
            near = ((visible.0 - 1).max(first), (visible.1 + 1).min(last));
            let indices = (visible.0..=visible.1).chain([visible.0 - 1, visible.1 + 1]);
            for index in indices.filter(|index| (first..=last).contains(index)) {
                let key = TileKey { step_ms, index };
                let version = if index == last {
                    self.live_version
                } else {
                    self.series.version
                };
                if self.cache.wants(key, version, now_ms) {
                    wanted.push(Wanted { key, version });
                }
            }
        }
        (wanted, move |key: TileKey| {
            key.step_ms == step_ms && (near.0..=near.1).contains(&key.index)
        })
    }

    /// The candle under the pointer or chosen with the keyboard.
    pub(super) fn hovered(&self) -> Option<&Bar> {
        let view = self.view?;
        let visible = Scene::visible(&self.bars, self.step_ms, &view);
        let at = match (self.pointer, self.picked) {
            (Some((x, _)), _) if x <= self.plot_width() => view.time_at(x, self.plot_width()),
            (None, Some(picked)) => picked as f64 + self.step_ms as f64 / 2.0,
            _ => return None,
        };
        visible.get(hit::nearest(visible, self.step_ms, at)?)
    }

    /// Where the crosshair is to be drawn.
    pub(super) fn crosshair(&self) -> Option<Crosshair> {
        let view = self.view?;
        let bar = self.hovered()?;
        let (width, height) = (
            f64::from(self.layout.price.width()),
            f64::from(self.layout.price.height()),
        );
        let middle = bar.opened_at as f64 + self.step_ms as f64 / 2.0;
        let y = match self.pointer {
            Some((_, y)) => (y * self.layout.scale).clamp(0.0, height),
            None => self.prices.y_of(bar.close, height),
        };
        let price = self.prices.price_at(y, height);
        let dot = hit::magnet(bar, price);
        Some(Crosshair {
            x: view.x_of(middle, width).floor() as i32,
            y: y as i32,
            dot_y: self.prices.y_of(dot, height) as i32,
            price,
            opened_at: bar.opened_at,
        })
    }

    /// The candle the legend speaks of: the hovered one, else the newest.
    pub(super) fn spoken_of(&self) -> Option<&Bar> {
        self.hovered()
            .or(self.last.as_ref())
            .or_else(|| self.bars.last())
    }

    /// Moves the keyboard's choice by so many candles, and the view after it.
    pub(super) fn pick(&mut self, by: i64) {
        let Some(view) = self.view else { return };
        let current = self
            .picked
            .or_else(|| self.hovered().map(|bar| bar.opened_at));
        let visible = Scene::visible(&self.bars, self.step_ms, &view);
        let place = current
            .and_then(|at| self.bars.iter().position(|bar| bar.opened_at == at))
            .or_else(|| {
                let last = visible.last()?;
                self.bars
                    .iter()
                    .position(|bar| bar.opened_at == last.opened_at)
            });
        self.pointer = None;
        self.dirty = self.dirty.max(Dirty::Overlay);
        let Some(place) = place else { return };
        let target = if current.is_none() {
            place
        } else {
            let most = self.bars.len().saturating_sub(1) as i64;
            (place as i64).saturating_add(by).clamp(0, most) as usize
        };
        let Some(at) = self.bars.get(target).map(|bar| bar.opened_at) else {
            return;
        };
        self.picked = Some(at);
        let (from, to) = (at as f64, (at + self.step_ms) as f64);
        if from < view.from() {
            self.set_view(view.pan(from - view.from() - view.span() * 0.1));
        } else if to > view.to() {
            self.set_view(view.pan(to - view.to() + view.span() * 0.1));
        }
    }

    /// What browser tests ask for.
    pub(super) fn state(&self) -> String {
        let view = self.view;
        let drawn = view.map_or(0, |view| {
            Scene::visible(&self.bars, self.step_ms, &view).len()
        });
        let state = State {
            from: view.map(|view| view.from()),
            to: view.map(|view| view.to()),
            step_ms: self.step_ms,
            candles_drawn: drawn,
            last_close: self.last.map(|bar| bar.close),
            frames: self.frames,
            crosshair: self.crosshair().map(|cross| cross.opened_at),
            gaps: self.gaps.len(),
            loading: !self.unknown.is_empty(),
        };
        serde_json::to_string(&state).unwrap_or_default()
    }
}
