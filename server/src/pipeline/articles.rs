//! Articles of one landing into silver and quarantine.

use app::model::{Article, CheckState, Counts, Dataset, Outcome, Pipeline, Reject};

use crate::{
    quality::{
        outcome::{RejectTally, hard_rules, passed},
        rule::RuleBook,
    },
    refine::news,
    store::{
        StoreError, Tx,
        article::{insert_articles, link_duplicates},
        count::{Change, count},
        quarantine::insert_rejects,
    },
};

/// Share of duplicates above which a file is worth a look.
const DUPLICATES_WARN: f64 = 0.2;

/// Some hundred records of a news landing, parsed.
#[derive(Debug, Default)]
pub struct ArticleChunk {
    /// Articles.
    pub articles: Vec<Article>,
    /// Records that could not be used.
    pub rejects: Vec<Reject>,
    /// What is remarkable about articles that are kept: the rule is the check, the reason the title.
    pub notes: Vec<Reject>,
    /// All-empty records, which are dropped.
    pub blank: i64,
    /// Bytes of the landing read so far.
    pub bytes_done: i64,
}

/// The articles of one landing on their way.
#[derive(Debug, Default)]
pub struct ArticleWork {
    landing_id: i64,
    /// Rows so far.
    pub counts: Counts,
    /// Rejects so far.
    pub rejects: RejectTally,
    /// Notes so far.
    pub notes: RejectTally,
    /// All-empty records so far.
    pub blank: i64,
    /// First and last publication.
    pub range: Option<(i64, i64)>,
}

impl ArticleWork {
    /// Begins with a landing.
    #[must_use]
    pub fn begin(landing_id: i64) -> Self {
        Self {
            landing_id,
            ..Self::default()
        }
    }

    /// Writes the next records of the landing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn apply(
        &mut self,
        tx: &mut Tx,
        chunk: ArticleChunk,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let inserted = insert_articles(tx, self.landing_id, &chunk.articles).await?;
        self.counts.rows += (chunk.articles.len() + chunk.rejects.len()) as i64;
        self.counts.accepted += inserted;
        self.counts.deduplicated += chunk.articles.len() as i64 - inserted;
        self.counts.quarantined += chunk.rejects.len() as i64;
        for article in &chunk.articles {
            let at = article.published_at;
            self.range = Some(
                self.range
                    .map_or((at, at), |(first, last)| (first.min(at), last.max(at))),
            );
        }
        for reject in &chunk.rejects {
            self.rejects.add(reject);
        }
        for note in &chunk.notes {
            self.notes.add(note);
        }
        let mut lines: Vec<i64> = chunk.notes.iter().map(|note| note.line_no).collect();
        lines.dedup();
        self.counts.flagged += lines.len() as i64;
        self.blank += chunk.blank;
        insert_rejects(
            tx,
            self.landing_id,
            Dataset::Article,
            &chunk.rejects,
            now_ms,
        )
        .await?;
        let newest_at = chunk
            .articles
            .iter()
            .map(|article| article.published_at)
            .max();
        count(
            tx,
            "silver",
            "article",
            Change {
                rows: inserted,
                rejects: 0,
                newest_at,
            },
            now_ms,
        )
        .await?;
        if !chunk.rejects.is_empty() {
            let rejected = chunk.rejects.len() as i64;
            count(
                tx,
                "silver",
                "quarantine",
                Change {
                    rows: rejected,
                    rejects: rejected,
                    newest_at: None,
                },
                now_ms,
            )
            .await?;
        }
        Ok(())
    }

    /// Links duplicates and judges the landing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&mut self, tx: &mut Tx, entity: &str) -> Result<Vec<Outcome>, StoreError> {
        let linked = link_duplicates(tx, self.landing_id).await?;
        let mut outcomes = hard_rules(
            entity,
            Pipeline::Batch,
            true,
            RuleBook::shipped(),
            &self.counts,
            &self.rejects,
        );
        outcomes.push(duplicates(entity, &self.counts, linked));
        outcomes.extend(NOTES.map(|check_id| noted(check_id, entity, &self.counts, &self.notes)));
        Ok(outcomes)
    }
}

/// Checks on articles that are kept.
const NOTES: [&str; 4] = [
    news::ENCODING,
    news::PLACEHOLDER,
    news::SENTIMENT,
    news::URL,
];
/// Share of unreadable sentiments above which a file is worth a look.
const SENTIMENT_WARN: f64 = 0.01;

/// What was mended is a number to know; what was made up, or lost in number, is a finding.
fn noted(check_id: &'static str, entity: &str, counts: &Counts, notes: &RejectTally) -> Outcome {
    let tally = notes.rules.get(check_id).cloned().unwrap_or_default();
    let share = tally.critical as f64 / counts.rows.max(1) as f64;
    let is_finding = match check_id {
        news::PLACEHOLDER => tally.critical > 0,
        news::SENTIMENT => share > SENTIMENT_WARN,
        _ => false,
    };
    let summary = format!("{} of {} articles", tally.critical, counts.rows);
    let pass = passed(check_id, entity, Pipeline::Batch, counts.rows, summary);
    Outcome {
        state: if is_finding {
            CheckState::Warn
        } else {
            pass.state
        },
        failed: if is_finding { tally.critical } else { 0 },
        value: Some(share),
        evidence: tally.evidence,
        ..pass
    }
}

fn duplicates(entity: &str, counts: &Counts, linked: i64) -> Outcome {
    let repeated = linked + counts.deduplicated;
    let share = repeated as f64 / counts.rows.max(1) as f64;
    let summary = format!(
        "{linked} articles repeat an earlier one and are linked to it, {} records are repeated to the letter",
        counts.deduplicated
    );
    let pass = passed("article.dup", entity, Pipeline::Batch, counts.rows, summary);
    if share <= DUPLICATES_WARN {
        return Outcome {
            value: Some(share),
            ..pass
        };
    }
    Outcome {
        state: CheckState::Warn,
        failed: repeated,
        value: Some(share),
        ..pass
    }
}
