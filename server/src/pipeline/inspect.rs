//! Looking at a file without taking it. Blocking.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use anyhow::Context;

use super::{
    input::Input,
    read::{HEAD_BYTES, head},
};
use crate::refine::{
    container::{Container, Unpacked},
    inspect::{Inspection, inspect_as, inspect_text},
};

/// One report, or one of each data file in an archive.
///
/// # Errors
/// When a file cannot be read; what would be refused is no error.
pub fn inspect_file(input: Input, format: Option<&str>) -> anyhow::Result<Vec<Inspection>> {
    let name = input.origin();
    let context = || format!("cannot read {name}");
    let inputs = match input.members() {
        Ok(members) if members.is_empty() => vec![input],
        Ok(members) => members,
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => vec![input],
        Err(error) => return Err(error).with_context(context),
    };
    inputs
        .into_iter()
        .map(|input| one(&input, format).with_context(context))
        .collect()
}

fn one(input: &Input, format: Option<&str>) -> std::io::Result<Inspection> {
    let mut bytes = Vec::new();
    input.open()?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
    let size = input.bytes()?;
    let name = input.origin();
    let mut report = match input.open_text().and_then(head) {
        // the archive's own words are better than what its first bytes tell
        Err(error) => Inspection {
            refusal: Some(format!("the archive cannot be unpacked: {error}")),
            ..inspect_as(&name, &bytes, Some(size), format)
        },
        Ok(text) => {
            let container = Container::of(&bytes);
            let unpacked = Unpacked {
                container,
                member: None,
                is_whole: (text.len() as u64) < HEAD_BYTES,
                text,
            };
            let text_bytes = (container == Container::Plain).then_some(size);
            inspect_text(&name, &unpacked, text_bytes, format)
        }
    };
    if !report.is_whole && input.is_file() && report.container == "plain" {
        let mut file = File::open(input.path())?;
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
        let mut tail = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut tail)?;
        report.reach(&bytes, &tail);
    }
    Ok(report)
}

/// The end of a plain file is looked at for its last time.
const TAIL_BYTES: u64 = 64 * 1024;
