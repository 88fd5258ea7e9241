//! Articles of one landing into silver and quarantine.

use std::sync::Arc;

use app::model::{Article, Counts, Dataset, Outcome, Pipeline, Reject};

use crate::{
    quality::{
        article::{Sameness, duplicates, noted},
        outcome::{RejectTally, hard_rules},
        rows::{Broken, Fate, Landed, Row, RowRule, RowRules},
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

/// Some hundred records of a news landing, parsed.
#[derive(Debug, Default)]
pub struct ArticleChunk {
    /// Articles.
    pub articles: Vec<Article>,
    /// Records that could not be used.
    pub rejects: Vec<Reject>,
    /// What is remarkable about articles that are kept: the rule is the check, the reason the title.
    pub notes: Vec<Reject>,
    /// What rules of one's own found.
    pub own: Landed,
    /// Lines of articles that those rules mark.
    pub flagged: Vec<i64>,
    /// All-empty records, which are dropped.
    pub blank: i64,
    /// Bytes of the landing read so far.
    pub bytes_done: i64,
}

impl ArticleChunk {
    /// Takes a sound article of this line and text, unless a rule of one's own sets it apart; true if it is kept.
    pub fn keep(
        &mut self,
        article: Article,
        rules: &[RowRule],
        (line_no, raw): (i64, &str),
        received_at: i64,
    ) -> bool {
        let row = Row::of_article(&article, received_at);
        let name = (article.title.as_str(), article.published_at);
        match self.own.push(rules, &row, name) {
            Fate::Apart(Broken { rules, reason }) => {
                self.rejects.push(Reject {
                    line_no,
                    raw: raw.to_owned(),
                    rules,
                    reason,
                });
                return false;
            }
            Fate::Flagged => self.flagged.push(line_no),
            Fate::Kept => {}
        }
        self.articles.push(article);
        true
    }
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
    sentiments: Sameness,
    own: Landed,
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
            article
                .sentiment_given
                .into_iter()
                .for_each(|score| self.sentiments.push(score));
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
        lines.extend(&chunk.flagged);
        lines.sort_unstable();
        lines.dedup();
        self.counts.flagged += lines.len() as i64;
        self.own.merge(chunk.own);
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
    pub async fn finish(
        &mut self,
        tx: &mut Tx,
        entity: &str,
        rules: &Arc<RuleBook>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let linked = link_duplicates(tx, self.landing_id).await?;
        let mut outcomes = hard_rules(
            entity,
            Pipeline::Batch,
            true,
            rules,
            &self.counts,
            &self.rejects,
        );
        let dup = rules.enabled("article.dup");
        outcomes.extend(dup.map(|rule| duplicates(rule, entity, &self.counts, linked)));
        let notes = NOTES.iter().filter_map(|id| rules.enabled(id));
        outcomes.extend(notes.map(|rule| noted(rule, entity, &self.counts, &self.notes)));
        let constant = rules.enabled("article.sentiment_constant");
        outcomes.extend(constant.map(|rule| self.sentiments.result(rule, entity)));
        outcomes.extend(self.by_own_rules(rules, entity, Pipeline::Batch));
        Ok(outcomes)
    }

    /// What rules of one's own found that set nothing apart.
    #[must_use]
    pub fn by_own_rules(
        &self,
        rules: &Arc<RuleBook>,
        entity: &str,
        pipeline: Pipeline,
    ) -> Vec<Outcome> {
        let rules = RowRules::of(rules).of_dataset(Dataset::Article.as_str());
        self.own.results(&rules, entity, pipeline)
    }
}

/// Checks on articles that are kept.
const NOTES: [&str; 4] = [
    news::ENCODING,
    news::PLACEHOLDER,
    news::SENTIMENT,
    news::URL,
];
