//! Means, bands, correlations and tests; the distributions are those of `statrs`.

use statrs::{
    distribution::{ContinuousCDF, StudentsT},
    statistics::Statistics,
};

/// Level of every confidence band.
pub const CONFIDENCE: f64 = 0.95;
/// Level that corrected p-values are held against.
pub const ALPHA: f64 = 0.05;

/// A mean and its confidence band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The mean.
    pub mean: f64,
    /// Ends of the 95 % band (Student's t); `None` with fewer than 2 values.
    pub ends: Option<(f64, f64)>,
}

/// Mean and confidence band; `None` without values.
#[must_use]
pub fn band(values: &[f64]) -> Option<Band> {
    if values.is_empty() {
        return None;
    }
    let mean = values.mean();
    let ends = students_t(values.len(), 1).map(|t| {
        let reach = t.inverse_cdf(0.5 + CONFIDENCE / 2.0) * standard_error(values);
        (mean - reach, mean + reach)
    });
    Some(Band { mean, ends })
}

/// Two-sided p-value of the mean of `values` against `expected` (one-sample t test); `None` with fewer than 2 values or
/// without any spread.
#[must_use]
pub fn mean_p(values: &[f64], expected: f64) -> Option<f64> {
    let t = (values.mean() - expected) / standard_error(values);
    two_sided(t, students_t(values.len(), 1)?)
}

/// Pearson correlation; `None` with fewer than 3 pairs or where one side is constant.
#[must_use]
pub fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let spread = x.as_slice().std_dev() * y.as_slice().std_dev();
    let r = x.as_slice().covariance(y.as_slice()) / spread;
    (spread > 0.0 && r.is_finite()).then(|| r.clamp(-1.0, 1.0))
}

/// Two-sided p-value of a Pearson correlation of `n` pairs against none: t = r √((n − 2) / (1 − r²)).
#[must_use]
pub fn pearson_p(r: f64, n: usize) -> Option<f64> {
    if r.abs() >= 1.0 {
        return (n > 2).then_some(0.0);
    }
    let freedom = n.checked_sub(2)? as f64;
    two_sided(r * (freedom / (1.0 - r * r)).sqrt(), students_t(n, 2)?)
}

/// Size of the correlation of `n` pairs whose two-sided p-value is `p`: r = t / √(n − 2 + t²), the inverse of [`pearson_p`].
#[must_use]
pub fn pearson_limit(p: f64, n: usize) -> Option<f64> {
    let freedom = n.checked_sub(2)? as f64;
    let t = students_t(n, 2)?.inverse_cdf(1.0 - p / 2.0);
    let limit = t / (freedom + t * t).sqrt();
    limit.is_finite().then_some(limit)
}

/// p-values corrected for their number so that the chance of even one false finding stays below the level (Holm 1979, "A
/// Simple Sequentially Rejective Multiple Test Procedure"): the k-th smallest of m is multiplied by m − k + 1.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![1.0; p.len()];
    let mut floor = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        floor = floor.max((p.len() - rank) as f64 * p[index]).min(1.0);
        corrected[index] = floor;
    }
    corrected
}

fn standard_error(values: &[f64]) -> f64 {
    values.std_dev() / (values.len() as f64).sqrt()
}

/// Student's t with `n − lost` degrees of freedom; `None` if that leaves none.
fn students_t(n: usize, lost: usize) -> Option<StudentsT> {
    let freedom = n.checked_sub(lost).filter(|freedom| *freedom > 0)?;
    StudentsT::new(0.0, 1.0, freedom as f64).ok()
}

fn two_sided(t: f64, distribution: StudentsT) -> Option<f64> {
    t.is_finite()
        .then(|| (2.0 * distribution.sf(t.abs())).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn bands_need_two_values() {
        assert_eq!(band(&[]), None);
        assert_eq!(
            band(&[2.0]),
            Some(Band {
                mean: 2.0,
                ends: None
            })
        );
        // s = 1, n = 3: 2 ± 4.302652729911275 / √3
        let (low, high) = band(&[1.0, 2.0, 3.0]).unwrap().ends.unwrap();
        assert!(near(low, 2.0 - 4.302_652_729_911_275 / 3.0_f64.sqrt()));
        assert!(near(high, 2.0 + 4.302_652_729_911_275 / 3.0_f64.sqrt()));
    }

    #[test]
    fn holm_by_hand() {
        // sorted 0.01 0.02 0.03 0.5: ×4 = 0.04, ×3 = 0.06, ×2 = 0.06, ×1 = 0.5
        let corrected = holm(&[0.5, 0.01, 0.03, 0.02]);
        for (got, expected) in corrected.iter().zip([0.5, 0.04, 0.06, 0.06]) {
            assert!(near(*got, expected), "{corrected:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn constants_have_no_correlation_and_no_test() {
        assert_eq!(pearson(&[(1.0, 2.0), (1.0, 3.0), (1.0, 4.0)]), None);
        assert_eq!(pearson(&[(1.0, 2.0), (2.0, 3.0)]), None);
        assert_eq!(mean_p(&[1.0, 1.0], 0.0), None);
        assert_eq!(mean_p(&[1.0], 0.0), None);
        assert_eq!(
            pearson(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]).and_then(|r| pearson_p(r, 3)),
            Some(0.0)
        );
    }

    /// Constants computed once with `SciPy` 1.17.1: `pearsonr`, `ttest_1samp`, `t.interval`.
    #[test]
    fn agrees_with_scipy() {
        let x = [0.1, -0.4, 0.35, 0.8, -0.2, 0.05, 0.6, -0.7];
        let y = [0.02, -0.01, 0.015, 0.03, 0.005, -0.02, 0.01, -0.025];
        let pairs: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
        let r = pearson(&pairs).unwrap();
        assert!(near(r, 0.7920163068737944), "{r}");
        assert!(near(pearson_p(r, 8).unwrap(), 0.01912945505895759));
        let limit = pearson_limit(0.01912945505895759, 8).unwrap();
        assert!((limit - r).abs() < 1e-6, "{limit}");
        assert_eq!(pearson_limit(0.05, 2), None);
        assert!(near(mean_p(&y, 0.001).unwrap(), 0.7683498340690434));
        let (low, high) = band(&y).unwrap().ends.unwrap();
        assert!(near(low, -0.013284620394626155) && near(high, 0.019534620394626154));
    }
}
