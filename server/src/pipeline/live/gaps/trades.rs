//! Missing trades, page by page.

use std::sync::Arc;

use app::model::{MINUTE_MS, bucket_start, format_age, format_utc};

use super::{Course, GapWorker, MAX_PAGES, TradePage, later};
use crate::{
    pipeline::live::stream::{PageTaken, PageWork},
    source::{
        Answer,
        message::{ParsedTrades, TradeCursor},
        venue::TradeGap,
    },
    store::{
        gap::Gap,
        trade::{count_ids, trade_ids},
    },
};

/// Trades are asked for as far back as this; candles fill what is older.
const LONGEST_MS: i64 = 24 * 60 * MINUTE_MS;
/// Times of trades with known numbers may lie this far outside the gap.
const AROUND_MS: i64 = MINUTE_MS;

impl GapWorker {
    pub(super) async fn fill_trades(&self, gap: &Gap) -> anyhow::Result<Course> {
        let Some(to_at) = gap.to_at else {
            return Ok(Course::Later("it still grows".to_owned(), None));
        };
        if gap.attempts == 1 {
            let minutes = (
                bucket_start(gap.from_at, MINUTE_MS),
                bucket_start(to_at, MINUTE_MS),
            );
            self.note_missing_candles(gap, minutes).await?;
        }
        let now_ms = self.engine.clock.now_ms();
        let reach_ms = self
            .client
            .facts()
            .trades_reach_ms
            .unwrap_or(i64::MAX)
            .min(LONGEST_MS);
        let reached = now_ms.saturating_sub(reach_ms).min(to_at);
        let beyond = (gap.from_at < reached).then(|| {
            format!(
                "trades before {} are not to be had: they are asked for {} back at most",
                format_utc(reached),
                format_age(reach_ms)
            )
        });
        if reached >= to_at && beyond.is_some() {
            return Ok(Course::Recorded(beyond.unwrap_or_default()));
        }
        let asked = TradeGap {
            from_at: gap.from_at.max(reached),
            to_at,
            from_id: gap.from_id.filter(|_| beyond.is_none()),
            to_id: gap.to_id,
        };
        let (pages, taken) = match self.pages(gap, &asked).await? {
            Ok(done) => done,
            Err(course) => return Ok(course),
        };
        if let Some(words) = beyond {
            return Ok(Course::Recorded(words));
        }
        if let (Some(from_id), Some(to_id)) = (gap.from_id, gap.to_id) {
            let range = (gap.from_at - AROUND_MS, to_at + AROUND_MS);
            let mut tx = self.engine.store.snapshot().await?;
            let there = count_ids(&mut tx, gap.names, range, (from_id, to_id)).await?;
            let missing = (to_id - from_id - 1).saturating_sub(there);
            if missing > 0 {
                return Ok(Course::Incomplete(format!(
                    "the venue does not tell {missing} of the missing trades"
                )));
            }
        } else if taken.rows == 0 && self.knows_one_at(gap).await? {
            // an answer without any row is no proof that nothing was traded: the trade before the gap lacks too
            let words = "the venue tells no trade at all, not even a known one".to_owned();
            return Ok(Course::Incomplete(words));
        }
        Ok(Course::Filled(format!(
            "{} trades in {pages} pages",
            taken.new
        )))
    }

    /// True if a trade is known at the beginning of a gap, which an answer should have too.
    async fn knows_one_at(&self, gap: &Gap) -> anyhow::Result<bool> {
        let mut tx = self.engine.store.snapshot().await?;
        let known = trade_ids(&mut tx, gap.names, gap.from_at, gap.from_at + 1).await?;
        Ok(!known.is_empty())
    }

    /// Asks page by page; gives the number of pages and what they brought, or what keeps it from going on.
    async fn pages(
        &self,
        gap: &Gap,
        asked: &TradeGap,
    ) -> anyhow::Result<Result<(usize, PageTaken), Course>> {
        let format = TradePage {
            symbol: self.symbol.clone(),
            gap: *asked,
        }
        .format(self.client.facts().name);
        let mut cursor: Option<TradeCursor> = None;
        let mut taken = PageTaken::default();
        for page in 1..=MAX_PAGES {
            let question = self.client.trades(asked, cursor.as_ref());
            let answer = match self.asker.ask(&question).await {
                Ok(answer) => answer,
                Err(error) => {
                    if let Some(answer) = error.answer() {
                        let refused = Err(error.to_string());
                        self.hand_over(gap, &format, answer.clone(), refused)
                            .await?;
                    }
                    return Ok(Err(later(&error)));
                }
            };
            let parsed = self
                .client
                .read_trades(asked, &answer.body, answer.received_at_ms)
                .map_err(|error| error.to_string());
            let next = match &parsed {
                Ok(parsed) => Ok(parsed.next.clone()),
                Err(reason) => Err(reason.clone()),
            };
            let page_taken = self.hand_over(gap, &format, answer, parsed).await?;
            taken.new += page_taken.new;
            taken.rows += page_taken.rows;
            match next {
                Err(reason) => return Ok(Err(Course::Later(reason, None))),
                Ok(None) => return Ok(Ok((page, taken))),
                Ok(Some(next)) if cursor.as_ref() == Some(&next) => {
                    let words = format!("the venue gives the same page again: {}", next.0);
                    return Ok(Err(Course::Later(words, None)));
                }
                Ok(Some(next)) => cursor = Some(next),
            }
        }
        Ok(Err(Course::Recorded(format!(
            "more than {MAX_PAGES} pages of trades are missing"
        ))))
    }

    async fn hand_over(
        &self,
        gap: &Gap,
        format: &str,
        answer: Answer,
        parsed: Result<ParsedTrades, String>,
    ) -> anyhow::Result<PageTaken> {
        let page = PageWork {
            source: Arc::clone(&self.source),
            gap_id: gap.id,
            format: format.to_owned(),
            answer,
            parsed,
            taken: PageTaken::default(),
        };
        self.sink.page(page).await
    }
}
