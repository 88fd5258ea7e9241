//! Lines cut at a pane's edges: neither plotters nor its SVG backend clips.

use plotters_backend::BackendCoord;

use crate::chart::layout::Rect;

/// The part of a line inside the rectangle (edges included), by Liang and Barsky.
pub(super) fn segment(
    rect: &Rect,
    from: BackendCoord,
    to: BackendCoord,
) -> Option<(BackendCoord, BackendCoord)> {
    let point = |(x, y): BackendCoord| (f64::from(x), f64::from(y));
    let ((x0, y0), (x1, y1)) = (point(from), point(to));
    let (dx, dy) = (x1 - x0, y1 - y0);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (slope, room) in [
        (-dx, x0 - f64::from(rect.x0)),
        (dx, f64::from(rect.x1) - x0),
        (-dy, y0 - f64::from(rect.y0)),
        (dy, f64::from(rect.y1) - y0),
    ] {
        if slope == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if slope < 0.0 {
            enter = enter.max(room / slope);
        } else {
            leave = leave.min(room / slope);
        }
    }
    let at = |share: f64| {
        (
            (x0 + dx * share).round() as i32,
            (y0 + dy * share).round() as i32,
        )
    };
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECT: Rect = Rect {
        x0: 10,
        y0: 20,
        x1: 110,
        y1: 70,
    };

    #[test]
    fn lines_are_cut_where_they_leave() {
        let cases = [
            ("inside", (20, 30), (100, 60), Some(((20, 30), (100, 60)))),
            ("through", (0, 30), (200, 30), Some(((10, 30), (110, 30)))),
            ("above", (0, 0), (200, 10), None),
            ("diagonal", (60, 0), (60, 500), Some(((60, 20), (60, 70)))),
        ];
        for (name, from, to, expected) in cases {
            assert_eq!(segment(&RECT, from, to), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_left_outside(a in any::<(i16, i16)>(), b in any::<(i16, i16)>()) {
            let wide = |(x, y): (i16, i16)| (i32::from(x) * 1000, i32::from(y) * 1000);
            if let Some((from, to)) = segment(&RECT, wide(a), wide(b)) {
                for (x, y) in [from, to] {
                    prop_assert!((9..=111).contains(&x) && (19..=71).contains(&y));
                }
            }
        }
    }
}
