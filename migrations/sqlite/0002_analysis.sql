-- Summaries and trends.

-- Σ of the squared log returns of the finest candles in the bar
alter table gold_candle add column realised_variance real not null default 0;
