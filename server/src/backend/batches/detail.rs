//! One batch.

use std::collections::BTreeMap;

use app::{
    backend::BackendError,
    model::{
        CheckState, Evidence,
        analysis::{CheckEvidenceVm, CountVm},
        batch::{BatchVm, SchemaVm},
    },
};

use super::bins::Scale;
use crate::{
    backend::{StoreBackend, analysis::health, described, logged},
    pipeline::{
        read::{LandingReader, head, open, unpack},
        refine::entity,
    },
    quality::profile::FileProfile,
    refine::inspect::{inspect, words},
    store::StoreError,
};

/// Rows that show a finding.
const EVIDENCE: usize = 10;
/// Quarantined rows that are shown.
const SET_APART: i64 = 20;

impl StoreBackend {
    /// One landing with everything that is known of it.
    ///
    /// # Errors
    /// When there is no such landing or the store cannot be read.
    pub async fn batch(&self, id: i64) -> Result<BatchVm, BackendError> {
        let known = self.read_batch(id).await.map_err(|error| logged(&error))?;
        let missing = || BackendError::NotFound(format!("batch {id}"));
        let (mut vm, _) = known.ok_or_else(missing)?;
        vm.evidence = self.evidence(id, &vm.batch.origin).await;
        Ok(vm)
    }

    /// The batch without the evidence for its format, and its profile where one is stored that this program can read.
    pub(super) async fn read_batch(
        &self,
        id: i64,
    ) -> Result<Option<(BatchVm, Option<FileProfile>)>, StoreError> {
        let store = &self.store;
        let (Some(mut batch), Some(landing)) = (store.batch(id).await?, store.landing(id).await?)
        else {
            return Ok(None);
        };
        let runs = store.runs_of_batch(id).await?;
        batch.took_ms = runs
            .iter()
            .rev()
            .find_map(|run| Some(run.finished_at? - run.started_at));
        let record = store.file_record(id).await?;
        let profile: Option<FileProfile> = record
            .as_ref()
            .and_then(|record| serde_json::from_str(&record.profile).ok());
        let rules = self.hub.rules().now();
        let ids = rules.iter().map(|rule| rule.id);
        let mut checks = Vec::new();
        for (check, evidence) in store.results_of_batch(id, &entity(&landing), ids).await? {
            let mut evidence: Evidence = serde_json::from_str(&evidence)?;
            evidence.rows.truncate(EVIDENCE);
            checks.push(CheckEvidenceVm {
                check: described(check, &rules),
                evidence,
            });
        }
        checks.sort_by(|a, b| {
            rank(a.check.state)
                .cmp(&rank(b.check.state))
                .then_with(|| a.check.check_id.cmp(&b.check.check_id))
        });
        let vm = BatchVm {
            server_now: self.clock.now_ms(),
            evidence: String::new(),
            schema: profile.as_ref().map(schema),
            profile: record.as_ref().and_then(health::profile),
            histograms: profile
                .iter()
                .flat_map(|profile| &profile.distributions)
                .filter_map(|(name, values)| Some(Scale::of(&[values])?.histogram(name, values)))
                .collect(),
            checks,
            reasons: reasons(store.set_apart_by_rules(id).await?)?,
            set_apart: store.first_set_apart(id, SET_APART).await?,
            before: store.batch_before(id).await?,
            runs,
            batch,
        };
        Ok(Some((vm, profile)))
    }

    /// What the first bytes of a landing seem to be; empty where they cannot be read any more.
    async fn evidence(&self, id: i64, name: &str) -> String {
        let (reader, _) = open(&self.store, id);
        let name = name.to_owned();
        let inspected = tokio::task::spawn_blocking(move || {
            let head = head(unpack::<LandingReader>(reader)?)?;
            Ok::<_, std::io::Error>(words(&inspect(&name, &head)))
        });
        match inspected.await {
            Ok(Ok(text)) => text,
            _ => String::new(),
        }
    }
}

/// The worst first.
const fn rank(state: CheckState) -> u8 {
    match state {
        CheckState::Critical => 0,
        CheckState::Error => 1,
        CheckState::Failed => 2,
        CheckState::Warn => 3,
        CheckState::NoData => 4,
        CheckState::NotEvaluated => 5,
        CheckState::Pass => 6,
    }
}

fn schema(profile: &FileProfile) -> SchemaVm {
    let schema = &profile.schema;
    SchemaVm {
        format: schema.format.clone(),
        separator: match schema.separator {
            '\t' => "tab".to_owned(),
            ',' => "comma".to_owned(),
            ';' => "semicolon".to_owned(),
            other => format!("{other:?}"),
        },
        columns: schema.columns.clone(),
    }
}

/// Rows by single rule and state: a row that broke two counts for both.
fn reasons(by_rules: Vec<(String, String, i64)>) -> Result<Vec<CountVm>, StoreError> {
    let mut by_name: BTreeMap<String, i64> = BTreeMap::new();
    for (rules, state, rows) in by_rules {
        for rule in serde_json::from_str::<Vec<String>>(&rules)? {
            let name = match state.as_str() {
                "open" => rule,
                state => format!("{rule}, {state}"),
            };
            *by_name.entry(name).or_insert(0) += rows;
        }
    }
    let mut reasons: Vec<CountVm> = by_name
        .into_iter()
        .map(|(name, count)| CountVm { name, count })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    Ok(reasons)
}
