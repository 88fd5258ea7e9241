-- what rules have proven on data of this database: how often they would have raised an alert, what they caught of faults
-- that were put in; what was published with the program stands in data/checks/RECORD.md
create table rule_record (
    check_id text not null,
    -- history:BTC-USD/bitfinex, file:NAME
    corpus text not null,
    days real not null,
    alerts integer not null,
    alerts_per_day real not null,
    -- JSON: recall by kind of fault
    recall text not null,
    measured_at integer not null,
    primary key (check_id, corpus)
) strict, without rowid;
