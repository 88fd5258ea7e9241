//! Sentiment computed from the text: VADER (Hutto and Gilbert 2014, "VADER: A Parsimonious Rule-based Model for Sentiment
//! Analysis of Social Media Text"), in the port `vader-parity`, which gives the numbers of the reference program.

use std::sync::LazyLock;

use vader_parity::SentimentIntensityAnalyzer;

/// Characters of the summary that are looked at: the first sentences carry the tone, and VADER is made for short texts.
const MAX_CHARS: usize = 600;

/// Reading the lexicon takes longer than judging an article.
static ANALYZER: LazyLock<SentimentIntensityAnalyzer> =
    LazyLock::new(SentimentIntensityAnalyzer::new);

/// Compound score of title and summary, −1 to 1 in steps of 0.0001; `None` without any letter.
pub(super) fn sentiment(title: &str, summary: &str) -> Option<f64> {
    let end = summary
        .char_indices()
        .nth(MAX_CHARS)
        .map_or(summary.len(), |(end, _)| end);
    let text = format!("{title}. {}", &summary[..end]);
    text.chars()
        .any(char::is_alphabetic)
        .then(|| ANALYZER.polarity_scores(&text).compound)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Constants computed once with Python's vaderSentiment 3.3.2.
    #[test]
    fn gives_the_numbers_of_the_reference_program() {
        for (title, summary, expected) in [
            (
                "Bitcoin price climbs for a third day",
                "Traders are happy about strong gains.",
                0.8555,
            ),
            (
                "Bitcoin crashes as fears of a ban grow",
                "Investors lost money, and the mood is terrible.",
                -0.8957,
            ),
            ("Ether holds steady", "", 0.0),
            (
                "NOT a good day for miners!!!",
                "Fees fell, but hash rate is great.",
                0.7797,
            ),
        ] {
            assert_eq!(sentiment(title, summary), Some(expected), "{title}");
        }
    }

    #[test]
    fn nothing_to_read_is_nothing_said() {
        assert_eq!(sentiment("", ""), None);
        assert_eq!(sentiment("123", "…"), None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "ä".repeat(100_000);
        assert_eq!(
            sentiment("great", &long),
            sentiment("great", &long[..2_000])
        );
    }
}
