use super::*;

const AT_ONCE: Patience = Patience {
    for_ms: 0,
    keep_firing_ms: 0,
};
const PATIENT: Patience = Patience {
    for_ms: 60,
    keep_firing_ms: 100,
};

fn open(state: AlertState, severity: Severity) -> Open {
    Open {
        state,
        severity,
        since: 1000,
        found: stands(state),
        found_since: 1000,
        acknowledged: (state == AlertState::Acknowledged).then_some(severity),
        flapping: false,
    }
}

fn moved(from: Option<AlertState>, to: AlertState, severity: Severity) -> Step {
    Step::Move(Move::new(from, to, severity))
}

#[test]
fn the_life_of_an_alert() {
    use AlertState::{Acknowledged, Firing, Pending, Recovering, Resolved};
    use Finding::{Broken, Close, Holds, Unknown};
    use Severity::{Critical, Warn};
    let again = Step::Stay { again: true };
    let cases = [
        ("quiet", None, Holds, AT_ONCE, 1000, STAY),
        (
            "fires at once",
            None,
            Broken(Warn),
            AT_ONCE,
            1000,
            moved(Some(Pending), Firing, Warn),
        ),
        (
            "waits",
            None,
            Broken(Warn),
            PATIENT,
            1000,
            moved(None, Pending, Warn),
        ),
        (
            "still waits",
            Some(open(Pending, Warn)),
            Broken(Warn),
            PATIENT,
            1059,
            again,
        ),
        (
            "waited enough",
            Some(open(Pending, Warn)),
            Broken(Warn),
            PATIENT,
            1060,
            moved(Some(Pending), Firing, Warn),
        ),
        (
            "never fired",
            Some(open(Pending, Warn)),
            Holds,
            PATIENT,
            1001,
            moved(Some(Pending), Resolved, Warn),
        ),
        (
            "again",
            Some(open(Firing, Warn)),
            Broken(Warn),
            AT_ONCE,
            1001,
            again,
        ),
        (
            "worse",
            Some(open(Firing, Warn)),
            Broken(Critical),
            AT_ONCE,
            1001,
            moved(Some(Firing), Firing, Critical),
        ),
        (
            "taken",
            Some(open(Acknowledged, Warn)),
            Broken(Warn),
            AT_ONCE,
            1001,
            again,
        ),
        (
            "taken, worse",
            Some(open(Acknowledged, Warn)),
            Broken(Critical),
            AT_ONCE,
            1001,
            moved(Some(Acknowledged), Firing, Critical),
        ),
        (
            "taken, milder",
            Some(open(Acknowledged, Critical)),
            Broken(Warn),
            AT_ONCE,
            1001,
            moved(Some(Acknowledged), Acknowledged, Warn),
        ),
        (
            "over at once",
            Some(open(Firing, Warn)),
            Holds,
            AT_ONCE,
            1001,
            moved(Some(Firing), Resolved, Warn),
        ),
        (
            "recovers",
            Some(open(Firing, Warn)),
            Holds,
            PATIENT,
            1001,
            moved(Some(Firing), Recovering, Warn),
        ),
        (
            "recovers still",
            Some(open(Recovering, Warn)),
            Holds,
            PATIENT,
            1099,
            STAY,
        ),
        (
            "over",
            Some(open(Recovering, Warn)),
            Holds,
            PATIENT,
            1100,
            moved(Some(Recovering), Resolved, Warn),
        ),
        (
            "relapse",
            Some(open(Recovering, Warn)),
            Broken(Warn),
            PATIENT,
            1050,
            moved(Some(Recovering), Firing, Warn),
        ),
        (
            "not clear of it",
            Some(open(Firing, Warn)),
            Close,
            PATIENT,
            1001,
            STAY,
        ),
        (
            "clear enough by now",
            Some(open(Recovering, Warn)),
            Close,
            PATIENT,
            1100,
            moved(Some(Recovering), Resolved, Warn),
        ),
        ("close is no finding", None, Close, AT_ONCE, 1001, STAY),
        (
            "nothing judged resolves nothing",
            Some(open(Firing, Warn)),
            Unknown,
            AT_ONCE,
            9999,
            STAY,
        ),
    ];
    for (name, before, finding, patience, now_ms, expected) in cases {
        assert_eq!(step(before, finding, patience, now_ms), expected, "{name}");
    }
    let taken = Open {
        acknowledged: Some(Warn),
        ..open(Recovering, Warn)
    };
    assert_eq!(
        step(Some(taken), Broken(Warn), PATIENT, 1050),
        moved(Some(Recovering), Acknowledged, Warn),
        "taken once, taken still"
    );
}

#[test]
fn time_alone_moves_what_waits() {
    use AlertState::{Firing, Pending, Recovering, Resolved};
    let to = |open, now| tick(open, PATIENT, now).map(|(change, _)| change.to);
    let warn = Severity::Warn;
    assert_eq!(to(open(Pending, warn), 1059), None);
    assert_eq!(to(open(Pending, warn), 1060), Some(Firing));
    assert_eq!(to(open(Recovering, warn), 1099), None);
    assert_eq!(to(open(Recovering, warn), 1100), Some(Resolved));
    assert_eq!(to(open(Firing, warn), i64::MAX), None);
}

#[test]
fn what_comes_and_goes_is_held_until_it_is_quiet() {
    use AlertState::{Firing, Resolved};
    let warn = Severity::Warn;
    let goes = Move::new(Some(Firing), Resolved, warn);
    assert_eq!(steady(goes, 2), goes, "the third turn");
    let held = steady(goes, 3);
    assert_eq!((held.to, held.flapping), (Firing, true), "the fourth");
    let came = steady(Move::new(Some(AlertState::Pending), Firing, warn), 3);
    assert_eq!((came.to, came.flapping), (Firing, true));

    let flapping = |found| Open {
        flapping: true,
        found,
        ..open(Firing, warn)
    };
    assert_eq!(
        step(Some(flapping(true)), Finding::Holds, AT_ONCE, 2000),
        STAY
    );
    let quiet = 1000 + FLAP_WITHIN_MS;
    assert_eq!(tick(flapping(true), AT_ONCE, quiet - 1), None);
    let after = |found| {
        tick(flapping(found), AT_ONCE, quiet).map(|(change, _)| (change.to, change.flapping))
    };
    assert_eq!(after(true), Some((Firing, false)), "it stands");
    assert_eq!(after(false), Some((Resolved, false)), "it is over");
}

#[test]
fn only_what_is_told_can_be_taken() {
    use AlertState::{Acknowledged, Firing, Pending, Recovering, Resolved};
    let warn = Severity::Warn;
    let take = |state| acknowledge(open(state, warn)).map(|change| change.to);
    assert_eq!(take(Firing), Ok(Acknowledged));
    assert_eq!(take(Recovering), Ok(Recovering));
    assert_eq!(take(Pending), Err(Refused::Pending));
    assert_eq!(take(Resolved), Err(Refused::Resolved));
    let give = |state| unacknowledge(open(state, warn)).map(|change| change.to);
    assert_eq!(give(Acknowledged), Ok(Firing));
    assert_eq!(give(Firing), Err(Refused::Free));
}

#[test]
fn an_alert_ends_only_within_the_clear_threshold() {
    let text = "dataset = \"feed\"\nlayer = \"bronze\"\n[check.share]\ntitle = \"t\"\ndimension = \"validity\"\n\
                rule = \"share\"\nwarn = 0.01\nclear = 0.005\n";
    let rules = crate::quality::rule::file::parse("feed.toml", text).unwrap();
    let finding = |value| {
        let passed = rules[0].passed("a/b/live", app::model::Pipeline::Live, 10, String::new());
        Finding::of(&Outcome { value, ..passed }, Some(&rules[0]))
    };
    assert_eq!(finding(Some(0.007)), Finding::Close);
    assert_eq!(finding(Some(0.005)), Finding::Holds);
    assert_eq!(finding(None), Finding::Holds);
}
