//! `assay alerts` and `assay incidents`

mod show;

use app::{
    backend::Backend,
    format::counted,
    model::{AlertState, AlertVm, IncidentVm, Opinion, format_utc},
};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Common, print_json};
use crate::{
    backend::{StoreBackend, titled},
    pipeline::{
        Engine,
        alerting::act::{give_back, say, take},
    },
};

/// Options of `alerts`.
#[derive(Debug, Args)]
pub struct AlertsArgs {
    #[command(subcommand)]
    action: Option<AlertAction>,
    #[command(flatten)]
    which: Which,
}

/// Which alerts are listed.
#[derive(Debug, Args)]
pub struct Which {
    /// Only alerts in this state; open ones unless given.
    #[arg(long, value_parser = ["open", "all", "pending", "firing", "acknowledged", "recovering", "resolved"])]
    state: Option<String>,
    /// Most alerts.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
}

/// Who does it.
#[derive(Debug, Args)]
pub struct By {
    /// Who does it; the name of the user unless given.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl By {
    /// The name that goes into the history.
    pub(super) fn name(self) -> String {
        self.by
            .or_else(|| std::env::var("USER").ok())
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(|| "operator".to_owned())
    }
}

/// What to do with alerts.
#[derive(Debug, Subcommand)]
pub enum AlertAction {
    /// Print alerts, the worst first
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Print an alert with its history and the rows that show it
    Show {
        /// Number of the alert.
        id: i64,
    },
    /// Take an alert: it is told no more until it is resolved or gets worse
    Ack {
        /// Number of the alert.
        id: i64,
        #[command(flatten)]
        by: By,
    },
    /// Give an alert back
    Unack {
        /// Number of the alert.
        id: i64,
        #[command(flatten)]
        by: By,
    },
    /// Say that something was wrong with the data: the time leaves the baselines
    Confirm {
        /// Number of the incident.
        incident: i64,
        #[command(flatten)]
        by: By,
    },
    /// Say that nothing was wrong with the data: it counts against the rule
    FalseAlarm {
        /// Number of the incident.
        incident: i64,
        #[command(flatten)]
        by: By,
    },
    /// Take back what was said of an incident
    Undo {
        /// Number of the incident.
        incident: i64,
        #[command(flatten)]
        by: By,
    },
}

/// Options of `incidents`.
#[derive(Debug, Args)]
pub struct IncidentsArgs {
    /// Print one incident with its history.
    id: Option<i64>,
    /// Most incidents.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1_000))]
    limit: i64,
}

/// Lists alerts, or does something with one.
pub(super) async fn run(
    engine: &Engine,
    args: AlertsArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let done = match args.action {
        None => list(engine, args.which, common).await,
        Some(AlertAction::List { which }) => list(engine, which, common).await,
        Some(AlertAction::Show { id }) => show::show(&backend(engine), id, common).await,
        Some(AlertAction::Ack { id, by }) => {
            let event = take(engine, id, &by.name()).await?;
            told(&event.alert, common)
        }
        Some(AlertAction::Unack { id, by }) => {
            let event = give_back(engine, id, &by.name()).await?;
            told(&event.alert, common)
        }
        Some(AlertAction::Confirm { incident, by }) => {
            opine(engine, incident, Some(Opinion::Confirmed), by, common).await
        }
        Some(AlertAction::FalseAlarm { incident, by }) => {
            opine(engine, incident, Some(Opinion::FalseAlarm), by, common).await
        }
        Some(AlertAction::Undo { incident, by }) => opine(engine, incident, None, by, common).await,
    };
    engine.store.close().await;
    done
}

/// Lists incidents, or prints one.
pub(super) async fn incidents(
    engine: &Engine,
    args: IncidentsArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let backend = backend(engine);
    let done = match args.id {
        Some(id) => incident(&backend, id, common).await,
        None => {
            let incidents = backend.incidents(args.limit).await?;
            if common.json {
                print_json(&json!({ "incidents": incidents })).map(|()| true)
            } else {
                incidents.iter().for_each(print_incident);
                println!("{}", counted(incidents.len() as i64, "incident"));
                Ok(true)
            }
        }
    };
    engine.store.close().await;
    done
}

fn backend(engine: &Engine) -> StoreBackend {
    StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    )
}

async fn list(engine: &Engine, which: Which, common: &Common) -> anyhow::Result<bool> {
    let store = &engine.store;
    let alerts = match which.state.as_deref() {
        Some("all") => store.alerts(which.limit).await?,
        None | Some("open") => {
            let mut alerts = store.alerts(which.limit).await?;
            alerts.retain(|alert| alert.state.is_open());
            alerts
        }
        Some(state) => match AlertState::parse(state) {
            Some(state) => store.alerts_in(state, which.limit).await?,
            None => Vec::new(),
        },
    };
    let alerts = titled(alerts, &engine.hub.rules().now());
    if common.json {
        print_json(&json!({ "alerts": alerts }))?;
        return Ok(true);
    }
    alerts.iter().for_each(print_alert);
    println!("{}", counted(alerts.len() as i64, "alert"));
    Ok(true)
}

async fn incident(backend: &StoreBackend, id: i64, common: &Common) -> anyhow::Result<bool> {
    let detail = backend.incident(id).await?;
    if common.json {
        print_json(&detail)?;
        return Ok(true);
    }
    print_incident(&detail.incident);
    for event in &detail.timeline {
        println!(
            "  {} by {}: {}",
            format_utc(event.at),
            plain(&event.actor),
            plain(&event.words)
        );
    }
    detail.alerts.iter().for_each(print_alert);
    Ok(true)
}

async fn opine(
    engine: &Engine,
    id: i64,
    opinion: Option<Opinion>,
    by: By,
    common: &Common,
) -> anyhow::Result<bool> {
    say(engine, id, opinion, &by.name()).await?;
    let detail = backend(engine).incident(id).await?;
    if common.json {
        print_json(&detail.incident)?;
    } else {
        print_incident(&detail.incident);
    }
    Ok(true)
}

fn told(alert: &AlertVm, common: &Common) -> anyhow::Result<bool> {
    if common.json {
        print_json(alert)?;
    } else {
        print_alert(alert);
    }
    Ok(true)
}

fn print_alert(alert: &AlertVm) {
    let mut flags = String::new();
    if alert.silenced {
        flags.push_str(", silenced");
    }
    if let Some(check) = &alert.inhibited_by {
        flags.push_str(&format!(", explained by {check}"));
    }
    if alert.flapping {
        flags.push_str(", comes and goes");
    }
    if let Some(by) = &alert.acknowledged_by {
        flags.push_str(&format!(", acknowledged by {}", plain(by)));
    }
    println!(
        "{} [{}, {}{flags}] {} {} since {}: {}",
        alert.id,
        alert.severity,
        alert.state,
        alert.check_id,
        plain(&alert.entity),
        format_utc(alert.opened_at),
        plain(&alert.summary)
    );
}

fn print_incident(incident: &IncidentVm) {
    let until = match incident.resolved_at {
        Some(at) => format!("to {}", format_utc(at)),
        None => "open".to_owned(),
    };
    let opinion = match incident.opinion {
        Some(opinion) => format!(", {opinion} by {}", plain(&incident.opinion_by)),
        None => String::new(),
    };
    let repair = if incident.repair.is_empty() {
        String::new()
    } else {
        format!("; {}", incident.repair)
    };
    println!(
        "{} [{}{opinion}] {} from {} {until}: {} ({}: {}{repair})",
        incident.id,
        incident.severity,
        plain(&incident.scope),
        format_utc(incident.opened_at),
        plain(&incident.title),
        counted(incident.alerts, "alert"),
        incident.checks.join(" ")
    );
}

/// Names and words are somebody else's: no control character of them reaches the terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
