//! State of the data, as the report shows it.

use std::collections::{BTreeMap, HashMap};

use app::model::{
    DAY_MS, Evidence, Pipeline,
    analysis::{
        CheckEvidenceVm, CountVm, DistributionVm, HealthVm, LandingProfileVm, MonthVm, Period,
        ProfileOfFileVm,
    },
};

use super::super::{described, facts::Facts, titled};
use crate::{
    analysis::period::end,
    quality::{dataset::month_name, histogram::Distribution, profile::FileProfile, rule::RuleBook},
    store::{Store, StoreError, analysis::FileRecord},
};

/// Results, rows of evidence each, files and months of a file that are shown.
const CHECKS: i64 = 200;
const EVIDENCE: usize = 10;
const FILES: i64 = 50;
const MONTHS: usize = 240;
const RULES: usize = 20;

pub async fn health(store: &Store, rules: &RuleBook, facts: Facts) -> Result<HealthVm, StoreError> {
    let checks = store.latest_checks(None, CHECKS).await?;
    let mut evidence: HashMap<(String, String), String> = store
        .evidence_of_findings(CHECKS)
        .await?
        .into_iter()
        .map(|(check_id, entity, evidence)| ((check_id, entity), evidence))
        .collect();
    let mut shown = Vec::new();
    for check in checks {
        let text = evidence.remove(&(check.check_id.clone(), check.entity.clone()));
        let mut evidence: Evidence = match text {
            Some(text) => serde_json::from_str(&text)?,
            None => Evidence::default(),
        };
        evidence.rows.truncate(EVIDENCE);
        shown.push(CheckEvidenceVm {
            check: described(check, rules),
            evidence,
        });
    }
    let counts = store.checks_by_state().await?;
    let mut records: HashMap<i64, FileRecord> = store
        .file_records(FILES * 4)
        .await?
        .into_iter()
        .map(|record| (record.landing_id, record))
        .collect();
    let landings = store
        .landings(Some(Pipeline::Batch), None, FILES)
        .await?
        .into_iter()
        .map(|landing| {
            let record = records.remove(&landing.id);
            let profile = record.as_ref().and_then(profile);
            let (verdict_word, verdict_reason) =
                record.map_or_else(Default::default, |record| (record.verdict, record.reason));
            LandingProfileVm {
                landing,
                verdict_word,
                verdict_reason,
                profile,
            }
        })
        .collect();
    let open_alert_count = facts.open_alerts();
    Ok(HealthVm {
        layers: facts.layers(),
        open_alert_count,
        checks: shown,
        check_counts: [
            "critical",
            "error",
            "failed",
            "warn",
            "no_data",
            "not_evaluated",
            "pass",
        ]
        .into_iter()
        .filter_map(|state| {
            let (_, count) = counts.iter().find(|(name, _)| name == state)?;
            Some(CountVm {
                name: state.to_owned(),
                count: *count,
            })
        })
        .collect(),
        landings,
        quarantined: facts.quarantined(),
        quarantine_reasons: reasons(&store.quarantine_by_rules(None).await?)?,
        open_alerts: titled(facts.alerts, rules)
            .into_iter()
            .filter(|alert| alert.state.is_open())
            .collect(),
    })
}

/// Rows by single rule: a row that broke two counts for both.
pub fn reasons(by_rules: &[(String, i64)]) -> Result<Vec<CountVm>, StoreError> {
    let mut by_rule: BTreeMap<String, i64> = BTreeMap::new();
    for (rules, rows) in by_rules {
        for rule in serde_json::from_str::<Vec<String>>(rules)? {
            *by_rule.entry(rule).or_insert(0) += rows;
        }
    }
    let mut reasons: Vec<CountVm> = by_rule
        .into_iter()
        .map(|(name, count)| CountVm { name, count })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    reasons.truncate(RULES);
    Ok(reasons)
}

/// The profile of a file; `None` if another version of this program wrote it.
pub fn profile(record: &FileRecord) -> Option<ProfileOfFileVm> {
    let profile: FileProfile = serde_json::from_str(&record.profile).ok()?;
    let skip = profile.months.len().saturating_sub(MONTHS);
    Some(ProfileOfFileVm {
        dataset: record.dataset,
        first_at: profile.first_at,
        last_at: profile.last_at,
        step_ms: record.step_ms,
        months: profile
            .months
            .iter()
            .skip(skip)
            .map(|(month, rows)| MonthVm {
                month: month_name(*month),
                rows: *rows,
                expected: expected(&profile, record.step_ms, *month),
            })
            .collect(),
        distributions: profile
            .distributions
            .iter()
            .map(|(name, values)| distribution(name, values))
            .collect(),
    })
}

/// Candles of a month between the ends of the file; 0 where that means nothing.
fn expected(profile: &FileProfile, step_ms: i64, month: i64) -> i64 {
    match (profile.first_at, profile.last_at) {
        (Some(first), Some(last)) if (1..=DAY_MS).contains(&step_ms) => {
            let to = end(Period::Month, month).min(last + step_ms);
            (to - month.max(first)) / step_ms
        }
        _ => 0,
    }
}

fn distribution(name: &str, values: &Distribution) -> DistributionVm {
    DistributionVm {
        name: name.to_owned(),
        count: i64::try_from(values.count).unwrap_or(i64::MAX),
        min: values.min,
        q01: values.quantile(0.01),
        q25: values.quantile(0.25),
        q50: values.quantile(0.5),
        q75: values.quantile(0.75),
        q99: values.quantile(0.99),
        max: values.max,
    }
}
