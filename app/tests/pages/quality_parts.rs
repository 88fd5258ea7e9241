//! The Quality page and its other parts, as a browser without JavaScript gets them.

use app::{model::batch::Standing, plain::quality};

use super::{
    count,
    fake::{self, Fake, HOSTILE},
    frame, html_for, page, text,
};

/// What every document of the page has to keep.
fn sound(html: &str) {
    assert!(html.starts_with("<!DOCTYPE html><html") && html.trim_end().ends_with("</html>"));
    assert!(
        !html.contains(HOSTILE) && !html.contains("<script"),
        "what comes from outside stays text"
    );
    assert!(
        !html.contains(" style=") && !html.contains("javascript:\""),
        "nothing inline"
    );
    assert!(html.matches("<h1").count() == 1, "one heading of the page");
    assert_eq!(html.matches("class=\"tab\"").count(), 6, "the tabs lead on");
}

#[tokio::test]
async fn the_first_part_shows_health_at_a_glance() {
    let html = page(Fake::Full, "/quality").await;
    assert_eq!(text(&html, "score-whole"), "70.0");
    assert!(text(&html, "score-cap").contains("An open error alert caps it at 70"));
    assert!(html.contains("28/31 evaluated"));
    assert_eq!(count(&html, "score-row"), 3 + 6 + 5 + 3);
    assert!(html.contains("href=\"/quality/score/layer/silver\""));
    assert!(html.contains(">99.9<"), "99.94 is not rounded up");
    assert_eq!(count(&html, "incident-row"), 1, "open ones only");
    for words in [
        "11 of 12 gaps filled",
        "1,204 rows",
        "3 alerts: feed.silence",
        "for 11 min 40 s",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert_eq!(count(&html, "state-row"), 2);
    assert!(html.contains("aria-label=\"last 24 h: "), "strips in words");
    assert!(html.contains("href=\"/quality?span=7d#states\""));
    let week = page(Fake::Full, "/quality?span=7d&state=open").await;
    assert!(
        week.contains("aria-label=\"last 7 days: ")
            && week.contains("href=\"/quality?state=open#states\"")
    );
}

#[tokio::test]
async fn only_what_does_not_pass_is_listed_worst_first() {
    let html = page(Fake::Full, "/quality").await;
    assert_eq!(count(&html, "check-row"), 3, "error, warning, no data");
    assert_eq!(count(&html, "alert-row"), 3);
    let at = |state: &str| {
        html.find(&format!("data-state=\"{state}\"><td>"))
            .unwrap_or_else(|| panic!("no {state}"))
    };
    assert!(at("error") < at("warn") && at("warn") < at("no_data"));
    assert_eq!(count(&html, "passing"), 3, "by dataset");
    assert!(html.len() < 120_000, "{}", html.len());
    // what the document shows is not in its data again
    assert_eq!(html.matches("score-groups").count(), 1);
}

#[tokio::test]
async fn an_alert_can_be_acted_on_and_each_act_taken_back() {
    let html = page(Fake::Full, "/quality?alert=1").await;
    assert_eq!(count(&html, "alert-detail"), 1);
    assert_eq!(count(&html, "alert-event"), 2);
    assert_eq!(count(&html, "evidence"), 1);
    assert_eq!(count(&html, "baseline"), 1);
    for words in [
        "choose another venue",
        "/market?instrument=BTC-USDT&amp;venue=binance",
        "action=\"/api/v1/alerts/1/acknowledge\"",
        "action=\"/api/v1/silences\"",
        "name=\"for\" value=\"24h\"",
        "name=\"until_resolved\" value=\"true\"",
        "name=\"back\" value=\"/quality?alert=1\"",
        "action=\"/api/v1/incidents/1/false-alarm\"",
        "href=\"/quality/incidents/1\"",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let html = page(Fake::Full, "/quality?alert=2").await;
    for words in [
        "taken by ann",
        "action=\"/api/v1/alerts/2/unacknowledge\"",
        "action=\"/api/v1/silences/4/end\"",
        "action=\"/api/v1/incidents/2/undo\"",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let html = page(Fake::Full, "/quality?alert=99").await;
    assert!(html.contains("alert 99 not found"));
    for (reader, words) in [
        (Standing::MustSignIn, "action=\"/operator\""),
        (Standing::Elsewhere, "from the machine itself"),
    ] {
        let html = html_for(Fake::Full, Fake::Full.start(), reader, "/quality?alert=1").await;
        assert!(
            html.contains(words) && count(&html, "alert-actions") == 0,
            "{reader:?}"
        );
        assert!(!html.contains("/acknowledge"), "{reader:?}");
    }
}

#[tokio::test]
async fn what_was_found_at_each_transition_is_folded_in() {
    let html = page(Fake::Full, "/quality?alert=1").await;
    assert_eq!(count(&html, "event-evidence"), 2);
    assert!(
        !html.contains("<details class=\"more\" data-testid=\"event-evidence\" open"),
        "folded in"
    );
    // what is small stands in the drawer with its limit, what is large is asked for when it is opened
    assert_eq!(
        (count(&html, "event-rows"), count(&html, "event-baseline")),
        (1, 1)
    );
    assert!(html.contains("an answer every 1 min &lt;b&gt;"));
    assert_eq!(html.matches("<iframe").count(), 1);
    assert!(html.contains("loading=\"lazy\" src=\"/quality/alerts/1/5\""));
    assert!(
        !page(Fake::Full, "/quality").await.contains("event-"),
        "nothing of it on the page without the drawer"
    );
}

#[test]
fn a_transition_is_a_small_document_of_its_own() {
    let mut events = fake::quality::alert_detail().events;
    let large = &mut events[0].evidence.as_mut().expect("evidence").rows;
    *large = vec![large[0].clone(); 70];
    let expected = [(1, "20 more rows"), (0, "Nothing was found here")];
    for (transition, (rows, words)) in events.into_iter().zip(expected) {
        let html = quality::transition("/pkg/assay.css", None, transition);
        assert!(html.starts_with("<!DOCTYPE html><html") && !html.contains(HOSTILE));
        assert!(!html.contains("<script") && html.matches("<h1").count() == 1);
        assert_eq!(count(&html, "event-rows"), rows);
        assert!(html.contains(words), "{words}: {html}");
    }
}

#[test]
fn a_score_opens_down_to_the_rows() {
    let html = quality::score(
        frame("/quality/score/layer/silver"),
        fake::quality::score_detail(),
        vec![fake::quality::alert_detail()],
    );
    sound(&html);
    assert_eq!(count(&html, "cost-row"), 2);
    let (dear, cheap) = (html.find("−12.5"), html.find("−0.0"));
    assert!(dear.is_some() && dear < cheap, "dearest first");
    assert!(html.contains("href=\"/quality?alert=1\"") && count(&html, "evidence") == 1);
}

#[test]
fn an_incident_tells_what_happened_and_takes_an_opinion() {
    let html = quality::incidents(frame("/quality/incidents"), fake::quality::incidents());
    sound(&html);
    assert_eq!(count(&html, "incident-row"), 2);
    assert!(html.contains("false alarm") && html.contains("1 open of 2"));

    let [open, judged] = <[_; 2]>::try_from(fake::quality::incidents()).expect("two");
    let of = |incident, reader| {
        quality::incident(
            frame("/quality/incidents/1"),
            fake::quality::incident(incident),
            reader,
        )
    };
    let html = of(open.clone(), Standing::Operator);
    sound(&html);
    assert_eq!(
        (
            count(&html, "incident-alert"),
            count(&html, "incident-event"),
            count(&html, "notice")
        ),
        (3, 2, 2)
    );
    for words in [
        "action=\"/api/v1/incidents/1/confirm\"",
        "action=\"/api/v1/incidents/1/false-alarm\"",
        "after 3 tries",
        "connection refused",
        "Given up",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let html = of(judged, Standing::Operator);
    assert!(
        html.contains("Marked as false alarm")
            && html.contains("action=\"/api/v1/incidents/2/undo\"")
    );
    let html = of(open, Standing::Elsewhere);
    assert!(!html.contains("action=\"/api/v1"), "only for operators");
}

#[test]
fn rules_show_what_they_have_proven() {
    let html = quality::rules(frame("/quality/rules"), fake::quality::rules(), "");
    sound(&html);
    assert_eq!(count(&html, "rule-row"), 3);
    for words in [
        ">0.12<",
        "80 %",
        "3 of 4",
        ">Noisy<",
        "9.2 alerts a day on prices-2018",
        "k 8, floor 0.5 %",
        ">own<",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let html = quality::rules(
        frame("/quality/rules?dataset=trade"),
        fake::quality::rules(),
        "trade",
    );
    assert_eq!(count(&html, "rule-row"), 1);

    let html = quality::rule(
        frame("/quality/rules/candle.spike"),
        fake::quality::rule(),
        Standing::Operator,
    );
    sound(&html);
    assert_eq!(
        (
            count(&html, "record"),
            count(&html, "try-form"),
            count(&html, "rule-text")
        ),
        (1, 1, 1)
    );
    assert!(html.contains("spike 2pct: 2,856 of 3,000, 95 %, after 1 min 0 s"));
    assert!(
        !html.contains("href=\"javascript:"),
        "a runbook is an address of the web or text"
    );
    let html = quality::rule(
        frame("/quality/rules/candle.spike"),
        fake::quality::rule(),
        Standing::Elsewhere,
    );
    assert_eq!(count(&html, "try-form"), 0);
    assert!(html.contains("spike_reversal"), "its text is there to read");
}

#[test]
fn a_trial_tells_its_result_before_anything_is_saved() {
    let html = quality::trial::trial(frame("/quality/rules/try"), fake::quality::tried(""));
    sound(&html);
    assert_eq!(
        (
            count(&html, "trial"),
            count(&html, "finding"),
            count(&html, "save-form")
        ),
        (1, 1, 1)
    );
    assert!(html.contains("At most 0.25 a day") && html.contains("k 7.4"));
    let html = quality::trial::trial(
        frame("/quality/rules/try"),
        fake::quality::tried("line 2: unknown key <b>"),
    );
    sound(&html);
    assert_eq!(
        (count(&html, "trial-error"), count(&html, "save-form")),
        (1, 0),
        "what is no rule is not saved"
    );
    assert!(html.contains("unknown key &lt;b&gt;") && html.contains("value=\"7\""));
}

#[test]
fn live_and_batch_are_compared_by_day_and_venue() {
    use app::model::Difference;
    use quality::reconciliation::{Asked, reconciliation};
    let of = |asked| {
        reconciliation(
            frame("/quality/reconciliation"),
            fake::quality::reconciled(),
            asked,
        )
    };
    let html = of(Asked::default());
    sound(&html);
    assert_eq!(
        (
            count(&html, "reconcile-day"),
            count(&html, "reconcile-cell"),
            count(&html, "difference")
        ),
        (2, 3, 2)
    );
    for words in [
        "97.22 %",
        "100.00 %",
        "99.93 %",
        "40 price",
        "not compared",
        "12.50 bps",
        "41 in all",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let html = of(Asked {
        venue: "kraken".into(),
        kind: Some(Difference::Price),
        ..Asked::default()
    });
    assert_eq!(count(&html, "difference"), 1);
    assert!(html.contains("href=\"/quality/differences.csv?venue=kraken&amp;kind=price\""));
}

#[test]
fn quarantined_rows_are_browsed_by_reason_and_landing() {
    let of = |reader| {
        quality::quarantine::quarantine(
            frame("/quality/quarantine"),
            fake::quality::set_apart(),
            reader,
        )
    };
    let html = of(Standing::Operator);
    sound(&html);
    for words in [
        "action=\"/api/v1/quarantine/1/retry\"",
        "action=\"/api/v1/quarantine/1/discard\"",
        "action=\"/api/v1/quarantine/retry\"",
        "name=\"rule\" value=\"candle.ohlc\"",
        "/quality/quarantine?rule=candle.ohlc&amp;landing=3",
        "/quality/quarantine?rule=candle.ohlc&amp;before=1",
        "close is not a number",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!of(Standing::Elsewhere).contains("method=\"post\" action=\"/api"));
}

#[test]
fn silences_are_listed_set_and_ended() {
    let of = |reader| {
        quality::silences(
            frame("/quality/silences"),
            fake::quality::silences_page(),
            reader,
        )
    };
    let html = of(Standing::Operator);
    sound(&html);
    assert_eq!(
        (count(&html, "silence-row"), count(&html, "silence-form")),
        (3, 1)
    );
    assert!(html.contains("action=\"/api/v1/silences/4/end\"") && html.contains("until resolved"));
    assert!(
        !html.contains("/silences/0/end"),
        "the calendar is not ended here"
    );
    assert!(!html.contains("/silences/3/end"), "what is over is over");
    assert!(html.contains("calendar") && html.contains(">Ended<"));
    assert_eq!((count(&html, "channel"), count(&html, "notice")), (2, 2));
    assert!(
        html.contains("action=\"/quality/channels/chat/test\"")
            && html.contains("variable CHAT_URL is not set")
    );
    let html = of(Standing::MustSignIn);
    assert!(!html.contains("/api/v1/silences") && !html.contains("/test\""));
}

#[test]
fn all_results_have_a_page_of_their_own() {
    let html = quality::checks(frame("/quality/checks"), fake::checks());
    sound(&html);
    assert_eq!(count(&html, "check-row"), 6);
}
