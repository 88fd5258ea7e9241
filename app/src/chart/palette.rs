//! Colours of the chart, and what a quality mark looks like.
//!
//! The server draws with the literal colours of a theme; the browser reads the page's design tokens of the same
//! names. Up and down differ in form too (hollow and filled), and marks in shape, so that nothing hangs on colour.

use plotters::style::RGBColor;

use crate::theme::Theme;

/// The colours, named as the design tokens are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Ground.
    pub surface: RGBColor,
    /// Bold labels.
    pub text: RGBColor,
    /// Labels.
    pub text_muted: RGBColor,
    /// Lines of the grid.
    pub grid: RGBColor,
    /// Edges of panes.
    pub border: RGBColor,
    /// Candles that closed higher.
    pub up: RGBColor,
    /// Candles that closed lower.
    pub down: RGBColor,
    /// Moving averages of 20, 50 and 200 closes.
    pub sma: [RGBColor; 3],
    /// Nothing found.
    pub ok: RGBColor,
    /// Worth a look.
    pub warn: RGBColor,
    /// Wrong.
    pub crit: RGBColor,
    /// For the record.
    pub info: RGBColor,
    /// Nothing known.
    pub unknown: RGBColor,
}

const fn hex(rgb: u32) -> RGBColor {
    RGBColor((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

impl Palette {
    /// The colours of a theme.
    #[must_use]
    pub const fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => Self {
                surface: hex(0x13_1929),
                text: hex(0xe7_ebf3),
                text_muted: hex(0x9a_a7bd),
                grid: hex(0x1e_2739),
                border: hex(0x24_2d42),
                up: hex(0x56_b4e9),
                down: hex(0xe8_702a),
                sma: [hex(0xe6_c229), hex(0xd9_8bbd), hex(0x36_c2a1)],
                ok: hex(0x3d_dc97),
                warn: hex(0xf2_c14e),
                crit: hex(0xff_6b6b),
                info: hex(0x62_b6ff),
                unknown: hex(0x9a_a7bd),
            },
            Theme::Light => Self {
                surface: hex(0xff_ffff),
                text: hex(0x16_1b26),
                text_muted: hex(0x5b_6678),
                grid: hex(0xe9_ecf1),
                border: hex(0xe1_e5eb),
                up: hex(0x0b_6bb5),
                down: hex(0xc2_500a),
                sma: [hex(0x8a_6500), hex(0x9b_3f83), hex(0x00_735c)],
                ok: hex(0x0a_7a4b),
                warn: hex(0x8a_5a00),
                crit: hex(0xc2_2e2e),
                info: hex(0x12_61b5),
                unknown: hex(0x5b_6678),
            },
        }
    }

    /// Colour of a mark.
    #[must_use]
    pub const fn mark(&self, mark: Mark) -> RGBColor {
        match mark {
            Mark::Info => self.info,
            Mark::Warn => self.warn,
            Mark::Error | Mark::Critical => self.crit,
        }
    }

    /// Replaces the colours that `token` gives as `#rgb` or `#rrggbb`; others stay.
    #[must_use]
    pub fn with_tokens(mut self, token: impl Fn(&str) -> Option<String>) -> Self {
        let [sma_20, sma_50, sma_200] = &mut self.sma;
        let slots = [
            ("--surface", &mut self.surface),
            ("--text", &mut self.text),
            ("--text-muted", &mut self.text_muted),
            ("--grid", &mut self.grid),
            ("--border", &mut self.border),
            ("--up", &mut self.up),
            ("--down", &mut self.down),
            ("--sma20", sma_20),
            ("--sma50", sma_50),
            ("--sma200", sma_200),
            ("--ok", &mut self.ok),
            ("--warn", &mut self.warn),
            ("--crit", &mut self.crit),
            ("--info", &mut self.info),
            ("--unknown", &mut self.unknown),
        ];
        for (name, slot) in slots {
            if let Some(colour) = token(name).as_deref().and_then(parse) {
                *slot = colour;
            }
        }
        self
    }
}

/// Reads `#rgb` and `#rrggbb`.
fn parse(text: &str) -> Option<RGBColor> {
    let digits = text.trim().strip_prefix('#')?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some(hex(value)),
        3 => {
            let wide = |shift: u32| ((value >> shift & 0xf) * 0x11) as u8;
            Some(RGBColor(wide(8), wide(4), wide(0)))
        }
        _ => None,
    }
}

/// A finding of a bar, by the worst severity in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// ● For the record.
    Info,
    /// ▲ Worth a look.
    Warn,
    /// ◆ Wrong.
    Error,
    /// ■ Wrong, act now.
    Critical,
}

impl Mark {
    /// The mark of `Bar::worst`; `None` when nothing was found.
    #[must_use]
    pub const fn of(worst: i64) -> Option<Self> {
        match worst {
            ..=0 => None,
            1 => Some(Self::Info),
            2 => Some(Self::Warn),
            3 => Some(Self::Error),
            4.. => Some(Self::Critical),
        }
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_replace_the_colours_they_name() {
        let palette = Palette::of(Theme::Dark).with_tokens(|name| match name {
            "--up" => Some(" #010203".to_owned()),
            "--down" => Some("#fff".to_owned()),
            "--grid" => Some("rgb(1 2 3)".to_owned()),
            "--ok" => Some("#é".to_owned()),
            _ => None,
        });
        assert_eq!(palette.up, RGBColor(1, 2, 3));
        assert_eq!(palette.down, RGBColor(255, 255, 255));
        assert_eq!(palette.grid, Palette::of(Theme::Dark).grid);
        assert_eq!(palette.ok, Palette::of(Theme::Dark).ok);
    }
}
