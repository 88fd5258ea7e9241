//! Archives with several data files: each is taken on its own.

use super::{
    FileReport, IngestOptions,
    ingest::{Work, ingest_input, take},
    look::Look,
};
use crate::{
    pipeline::{Engine, input::Input, progress::Watcher},
    refine::sniff::Refusal,
};

/// Takes the data files of an archive one by one. The report sums them up and holds one of each.
pub(super) async fn ingest_members(
    engine: &Engine,
    archive: &Input,
    members: Vec<Input>,
    options: &IngestOptions,
    watcher: Option<Watcher>,
) -> anyhow::Result<FileReport> {
    let mut reports: Vec<FileReport> = Vec::with_capacity(members.len());
    for member in members {
        let origin = member.origin();
        match ingest_input(engine, member, options, watcher.clone()).await {
            Ok(report) => {
                let is_over = report.state == "cancelled";
                reports.push(report);
                if is_over {
                    break;
                }
            }
            // a member that does not unpack spoils the archive; what came before it is sound and stays
            Err(error) if super::is_broken(&error) => {
                let refusal = Refusal {
                    reason: format!("the archive is damaged at {origin}: {error:#}"),
                    first_lines: "(none)".to_owned(),
                };
                let look = Look::refused(archive.clone(), refusal)?;
                let work = Work::of(look, options).await?;
                let mut report = take(engine, work, watcher).await?;
                report.members = reports;
                return Ok(report);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(sum(archive, reports))
}

fn sum(archive: &Input, members: Vec<FileReport>) -> FileReport {
    let mut whole = FileReport::empty(archive.origin(), "done", None);
    let refused = members.iter().filter(|member| !member.is_good()).count();
    for member in &members {
        whole.rows += member.rows;
        whole.accepted += member.accepted;
        whole.deduplicated += member.deduplicated;
        whole.quarantined += member.quarantined;
        whole.flagged += member.flagged;
        whole.seconds += member.seconds;
        whole.first = [whole.first, member.first].into_iter().flatten().min();
        whole.last = whole.last.max(member.last);
    }
    if let Some(first) = members.iter().find(|member| member.is_good()) {
        whole.dataset = first.dataset;
        whole.format.clone_from(&first.format);
    }
    if members.iter().any(|member| member.state == "cancelled") {
        whole.state = "cancelled";
        whole.reason = Some("cancelled; ingest it again to take in the rest".to_owned());
    } else if refused > 0 {
        whole.state = "refused";
        whole.reason = Some(format!(
            "{refused} of the {} files in the archive were refused; the others are taken",
            members.len()
        ));
    } else if members
        .iter()
        .all(|member| member.state == "already_landed")
    {
        whole.state = "already_landed";
    }
    whole.members = members;
    whole
}
