//! Everything the server promises, by behaviour. One program: linked thirty times over, the tests would take minutes
//! longer.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

#[path = "support/command.rs"]
mod command;
#[path = "support/exchange.rs"]
mod exchange;
#[path = "support/receiver.rs"]
mod receivers;
#[path = "support/server.rs"]
mod server_on_loopback;
#[path = "support/stream.rs"]
mod streams;
#[path = "support/pipeline.rs"]
mod support;

mod alert_life;
mod analysis;
mod backfill;
mod batches;
mod cancel;
mod check_command;
mod concurrent;
mod consensus;
mod conservation;
mod corpus;
mod crash;
mod disk_full;
mod elsewhere;
mod events_resume;
mod export;
mod extras;
mod gaps;
mod hostile;
mod idempotent;
mod inbox;
mod incidents;
mod late_rows;
mod live_auto;
mod live_checks;
mod live_faults;
mod notify;
mod outage;
mod own_rules;
mod paths;
mod quarantine;
mod real_files;
mod reconcile;
mod records;
mod refused;
mod report;
mod retention;
mod rollup;
mod roundtrip;
mod rules;
mod rules_on_trial;
mod schedule;
mod scores;
mod sessions;
mod silences;
mod stream_crash;
mod stream_links;
mod stream_proof;
mod stream_proof_recorded;
mod stream_proof_sockets;
mod stream_replay;
mod stream_rows;
mod transitions;
mod upload;
mod web;
