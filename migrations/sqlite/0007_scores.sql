-- Scores over time: a row when something has changed, and one an hour.

create table score (
    -- overall, layer, dimension, dataset, venue, check
    kind text not null,
    -- empty for the whole
    name text not null,
    at integer not null,
    -- null: nothing could be judged
    score real,
    evaluated integer not null,
    total integer not null,
    -- why it is not higher; empty if nothing caps it
    cap text not null,
    primary key (kind, name, at)
) strict, without rowid;

-- history of checks over the last hours, whatever the check
create index check_result_at on check_result (evaluated_at);
