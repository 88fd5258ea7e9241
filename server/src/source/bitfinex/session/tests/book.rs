//! The book: followed, lost and asked for anew.

use super::*;

#[test]
fn the_book_follows_levels_by_count_and_sign() {
    let mut session = running();
    for (seq, level) in ["[6000,0,1]", "[6001,0,-1]", "[5000,1,7]", "[9999,0,-1]"]
        .iter()
        .enumerate()
    {
        let events = say(
            &mut session,
            &format!("[3,{level},{},1618677545200]", seq + 5),
        );
        assert!(
            matches!(events[..], [StreamEvent::Book(BookChange::Updated { .. })]),
            "{level}"
        );
    }
    let book = session.book().unwrap();
    let (bid, ask) = book.best().unwrap();
    assert_eq!(
        (bid.to_string(), ask.to_string(), book.len()),
        ("5999.5".into(), "6002".into(), 3)
    );
}

#[test]
fn a_wrong_checksum_gives_the_book_up_and_subscribes_it_anew() {
    let mut session = running();
    let right = checksum(session.book().unwrap());
    assert_eq!(right, 1_519_918_017, "worked out apart from this code");
    assert!(
        say(
            &mut session,
            &format!(r#"[3,"cs",{right},5,1618677545200]"#)
        )
        .is_empty()
    );
    let events = say(
        &mut session,
        &format!(r#"[3,"cs",{},6,1618677545200]"#, right - 1),
    );
    assert_eq!(lost(&events), Some(GapCause::Checksum));
    assert_eq!(sent(&events)[0], r#"{"event":"unsubscribe","chanId":3}"#);
    assert!(sent(&events)[1].contains(r#""channel":"book""#) && sent(&events).len() == 2);
    assert!(session.book().is_none());
    // the old subscription still talks for a moment
    assert!(say(&mut session, "[3,[6000,1,9],7,1618677545200]").is_empty());
    assert!(say(&mut session, r#"[3,"cs",1,8,1618677545200]"#).is_empty());
    say(
        &mut session,
        r#"{"event":"unsubscribed","status":"OK","chanId":3}"#,
    );
    assert_eq!(
        say(&mut session, &subscribed(9, "book")),
        [StreamEvent::Subscribed(Channel::Book)]
    );
    let again = say(&mut session, &format!("[9,{BOOK},9,1618677545300]"));
    assert!(matches!(
        again[..],
        [StreamEvent::Book(BookChange::Synced { .. })]
    ));
    assert_eq!(session.book(), running().book());
}

#[test]
fn a_leap_in_the_numbers_asks_for_the_book_and_the_newest_trades_again() {
    let mut session = running();
    assert!(say(&mut session, r#"[2,"hb",5,1618677545200]"#).is_empty());
    let events = say(
        &mut session,
        "[2,[60400,1,60406,1,-1,-0.1,60410,10,62408,60057],7,1618677545200]",
    );
    assert_eq!(lost(&events), Some(GapCause::Sequence));
    assert_eq!(sent(&events).len(), 4, "{events:?}");
    assert!(
        events
            .iter()
            .any(|event| matches!(event, StreamEvent::Quote(_))),
        "the frame itself is read"
    );
    let trade = say(
        &mut session,
        r#"[1,"te",[13,1618677442821,-0.5,60410],8,1618677545144]"#,
    );
    assert_eq!(
        trades(&trade),
        [(13, false)],
        "trades of the old subscription count"
    );
    let leap = say(&mut session, r#"[2,"hb",10,1618677545200]"#);
    assert!(leap.is_empty(), "a new subscription is under way already");
    say(&mut session, &subscribed(21, "trades"));
    let newest = say(
        &mut session,
        "[21,[[14,1618677442822,1,60411],[13,1618677442821,-0.5,60410]],11,1618677545144]",
    );
    assert_eq!(trades(&newest), [(14, true)]);
}

#[test]
fn a_book_that_is_lost_again_and_again_is_asked_for_with_growing_pauses() {
    let mut session = running();
    let mut at = Vec::new();
    let mut chan_id = 3;
    for now in (0..120_000).step_by(500) {
        let mut out = Vec::new();
        if at.last() == Some(&(now - 500)) {
            chan_id += 100;
            let opened = subscribed(chan_id, "book");
            session.frame(&opened, now, &mut out).unwrap();
            let book = format!("[{chan_id},{BOOK}]");
            session.frame(&book, now, &mut out).unwrap();
        }
        let wrong = format!(r#"[{chan_id},"cs",1]"#);
        session.frame(&wrong, now, &mut out).unwrap();
        if !sent(&out).is_empty() {
            assert_eq!(sent(&out).len(), 2);
            at.push(now);
        }
    }
    assert_eq!(at, [0, 2_000, 6_000, 14_000, 30_000, 62_000]);
}
