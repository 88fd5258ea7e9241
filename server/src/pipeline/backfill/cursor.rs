//! How far a backfill has come, across restarts.

use serde::{Deserialize, Serialize};

use crate::{
    pipeline::Engine,
    store::{Tx, checkpoint::move_checkpoint},
};

/// What the checkpoint holds: `from` to before `next` has been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Covered {
    from: i64,
    next: i64,
}

/// The cursor of a backfill.
#[derive(Debug)]
pub(super) struct Cursor {
    name: String,
    epoch: i64,
    from: i64,
    to: i64,
    /// Where to go on, in milliseconds.
    pub(super) next: i64,
}

impl Cursor {
    /// Takes the cursor of a series up, behind what an earlier backfill that was cut off had taken of this range.
    pub(super) async fn take(
        engine: &Engine,
        name: String,
        from: i64,
        to: i64,
    ) -> anyhow::Result<Self> {
        let taken = engine
            .store
            .take_checkpoint(&name, engine.clock.now_ms())
            .await?;
        let covered = serde_json::from_str::<Covered>(&taken.resume_from).ok();
        let (from, next) = go_on(covered, from, to);
        Ok(Self {
            name,
            epoch: taken.epoch,
            from,
            to,
            next,
        })
    }

    /// First time after the range.
    pub(super) const fn end(&self) -> i64 {
        self.to
    }

    /// Moves on in the transaction of the rows. At the end of the range nothing is left to remember: the same backfill
    /// then asks everything again.
    pub(super) async fn move_to(
        &mut self,
        tx: &mut Tx,
        next: i64,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let covered = Covered {
            from: self.from,
            next,
        };
        let resume_from = if next >= self.to {
            String::new()
        } else {
            serde_json::to_string(&covered)?
        };
        anyhow::ensure!(
            move_checkpoint(tx, &self.name, self.epoch, &resume_from, now_ms).await?,
            "another backfill of the same series has taken over"
        );
        self.next = next;
        Ok(())
    }
}

/// Start of the covered stretch, and where to go on.
fn go_on(covered: Option<Covered>, from: i64, to: i64) -> (i64, i64) {
    match covered {
        Some(covered) if covered.from <= from && from < covered.next => {
            (covered.from, covered.next.min(to))
        }
        _ => (from, from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backfill_goes_on_only_where_its_range_was_covered() {
        let covered = Some(Covered { from: 10, next: 50 });
        for (name, covered, from, to, expected) in [
            ("the first", None, 10, 90, (10, 10)),
            ("the same again", covered, 10, 90, (10, 50)),
            ("the same with a later end", covered, 10, 99, (10, 50)),
            ("a part of it", covered, 20, 90, (10, 50)),
            ("all of it was taken", covered, 10, 40, (10, 40)),
            ("begins earlier", covered, 5, 90, (5, 5)),
            ("begins later", covered, 50, 90, (50, 50)),
        ] {
            assert_eq!(go_on(covered, from, to), expected, "{name}");
        }
    }
}
