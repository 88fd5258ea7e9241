//! Long series in few points, without hiding an extreme.

/// A place in a chart.
pub(super) type Point = (f64, f64);

/// Of the points in each stretch of `width` only the first, the lowest, the highest and the last: a line through them
/// covers the same pixels as a line through all (M4; Jugel and others, VLDB 2014). Points are in the order of x.
pub(super) fn thin(points: &[Point], width: f64) -> Vec<Point> {
    let bucket = |point: &Point| (point.0 / width).floor();
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| bucket(a) == bucket(b)) {
        let by_height = |(_, a): &(usize, &Point), (_, b): &(usize, &Point)| a.1.total_cmp(&b.1);
        let places = group.iter().enumerate();
        let mut keep = [
            Some(0),
            places.clone().min_by(by_height).map(|(place, _)| place),
            places.max_by(by_height).map(|(place, _)| place),
            Some(group.len() - 1),
        ];
        keep.sort_unstable();
        let mut before = None;
        for place in keep.into_iter().flatten() {
            if before != Some(place) {
                kept.push(group[place]);
            }
            before = Some(place);
        }
    }
    kept
}

/// Pieces of a series without a hole of more than `reach` between two times; a missing value ends a piece too.
pub(super) fn pieces(
    values: impl Iterator<Item = (i64, Option<f64>)>,
    reach: i64,
) -> Vec<Vec<(i64, f64)>> {
    let mut pieces: Vec<Vec<(i64, f64)>> = Vec::new();
    let mut open = false;
    for (at, value) in values {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if open && piece.last().is_some_and(|(last, _)| at - last <= reach) => {
                piece.push((at, value));
            }
            _ => pieces.push(vec![(at, value)]),
        }
        open = true;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_survive() {
        let mut points: Vec<Point> = (0..10_000).map(|n| (f64::from(n) / 10.0, 0.0)).collect();
        points[4321].1 = 9.0;
        points[4322].1 = -9.0;
        let thinned = thin(&points, 2.0);
        assert!(thinned.len() < 1100, "{}", thinned.len());
        assert!(thinned.contains(&points[4321]) && thinned.contains(&points[4322]));
        assert!(thinned.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(
            (thinned[0], thinned[thinned.len() - 1]),
            (points[0], points[9999])
        );
        assert!(thin(&[], 2.0).is_empty());
    }

    #[test]
    fn holes_are_not_bridged() {
        let values = [
            (0, Some(1.0)),
            (1, Some(2.0)),
            (5, Some(3.0)),
            (6, None),
            (7, Some(4.0)),
        ];
        assert_eq!(
            pieces(values.into_iter(), 2),
            [vec![(0, 1.0), (1, 2.0)], vec![(5, 3.0)], vec![(7, 4.0)]]
        );
    }
}
