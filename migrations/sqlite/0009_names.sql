-- Checks are named after what they are about: results and alerts of before go on under the new names.

update check_result set check_id = 'trade.candle_match' where check_id = 'candle.trades_agree';
update check_latest set check_id = 'trade.candle_match' where check_id = 'candle.trades_agree';
update alert set check_id = 'trade.candle_match' where check_id = 'candle.trades_agree';

update check_result set check_id = 'rec.restated' where check_id = 'candle.restated';
update check_latest set check_id = 'rec.restated' where check_id = 'candle.restated';
update alert set check_id = 'rec.restated' where check_id = 'candle.restated';

-- files of news and files of candles have rules of their own; a result knows its landing, an alert the results of its
-- entity
update check_result set check_id = case check_id when 'dataset.schema_drift' then 'article.schema_drift' else 'article.drift' end
where check_id in ('dataset.schema_drift', 'dataset.distribution_drift')
    and landing_id in (select id from bronze_landing where dataset = 'article');
update check_result set check_id = case check_id when 'dataset.schema_drift' then 'candle.schema_drift' else 'candle.drift' end
where check_id in ('dataset.schema_drift', 'dataset.distribution_drift');

update check_latest set check_id = coalesce(
    (select r.check_id from check_result r where r.id = check_latest.result_id),
    case check_id when 'dataset.schema_drift' then 'candle.schema_drift' else 'candle.drift' end
)
where check_id in ('dataset.schema_drift', 'dataset.distribution_drift');

update alert set check_id = case check_id when 'dataset.schema_drift' then 'article.schema_drift' else 'article.drift' end
where check_id in ('dataset.schema_drift', 'dataset.distribution_drift')
    and exists (
        select 1 from check_result r where r.entity = alert.entity and r.check_id in ('article.schema_drift', 'article.drift')
    );
update alert set check_id = case check_id when 'dataset.schema_drift' then 'candle.schema_drift' else 'candle.drift' end
where check_id in ('dataset.schema_drift', 'dataset.distribution_drift');
