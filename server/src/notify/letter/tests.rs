use app::model::{AlertState, NoticeVm};

use super::*;
use crate::{
    config::TemplateConfig,
    notify::{slack, template},
};

pub(crate) fn head() -> Head {
    Head {
        id: "x-ops-1-0".to_owned(),
        thread: None,
        channel: "ops".to_owned(),
        at: 36_000_000,
        base_url: Some("https://assay.example".to_owned()),
    }
}

pub(crate) fn incident(opened_at: i64, resolved_at: Option<i64>) -> IncidentVm {
    IncidentVm {
        id: 7,
        scope: "live:simulator".to_owned(),
        title: "simulator is silent".to_owned(),
        severity: Severity::Critical,
        is_open: resolved_at.is_none(),
        opened_at,
        updated_at: opened_at,
        resolved_at,
        alerts: 1,
        checks: vec!["feed.silence".to_owned()],
        range: Some((0, 36_000_000)),
        rows: 600,
        opinion: None,
        opinion_by: String::new(),
        repair: "1 of 1 gaps filled".to_owned(),
    }
}

fn detail(words: &str) -> IncidentDetailVm {
    let alert = AlertVm {
        id: 3,
        check_id: "feed.silence".to_owned(),
        title: "the feed speaks".to_owned(),
        entity: words.to_owned(),
        severity: Severity::Critical,
        state: AlertState::Firing,
        summary: words.to_owned(),
        opened_at: 0,
        updated_at: 0,
        resolved_at: None,
        count: 1,
        incident_id: Some(7),
        acknowledged_by: None,
        silenced: false,
        inhibited_by: None,
        flapping: false,
    };
    IncidentDetailVm {
        incident: incident(0, Some(36_000_000)),
        alerts: vec![alert; 12],
        timeline: Vec::new(),
        notices: Vec::<NoticeVm>::new(),
    }
}

#[test]
fn the_end_is_told_with_its_duration_and_its_backfill() {
    let letter = of_incident(
        head(),
        NoticeKind::Resolved,
        Severity::Critical,
        &detail("x"),
    );
    assert_eq!(
        letter.subject,
        "Resolved after 10 h 0 min: simulator is silent"
    );
    assert!(
        letter
            .summary
            .contains("1970-01-01 00:00 to 1970-01-01 10:00 UTC"),
        "{}",
        letter.summary
    );
    assert!(letter.summary.contains("600 rows"), "{}", letter.summary);
    assert!(
        letter.summary.contains("Backfill: 1 of 1 gaps filled."),
        "{}",
        letter.summary
    );
    assert_eq!(
        letter.url.as_deref(),
        Some("https://assay.example/quality/incidents/7")
    );
    let facts = letter.incident.as_ref().unwrap();
    assert_eq!((facts.alerts.len(), facts.duration_ms), (10, 36_000_000));
    // what the outbox keeps is what is sent
    let kept: Letter = serde_json::from_str(&serde_json::to_string(&letter).unwrap()).unwrap();
    assert_eq!(kept, letter);
}

#[test]
fn foreign_words_stay_words() {
    let evil = "<!channel> <script>alert('&')</script>\r\nBcc: a@b.c\u{202e}{{ 7 * 7 }}";
    let letter = of_incident(
        head(),
        NoticeKind::Opened,
        Severity::Critical,
        &detail(evil),
    );
    let facts = letter.incident.as_ref().unwrap();
    assert!(!facts.alerts[0].summary.contains(['\r', '\n', '\u{202e}']));
    let own = TemplateConfig::default();
    let mail = template::for_mail(&own, &letter).unwrap();
    assert!(
        mail.html.contains("&lt;script&gt;") && !mail.html.contains("<script>"),
        "{}",
        mail.html
    );
    assert!(
        mail.text.contains("{{ 7 * 7 }}") && !mail.text.contains("49"),
        "{}",
        mail.text
    );
    let body = slack::body(&own, &letter).unwrap();
    let text = body["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(
        text.contains("&lt;!channel&gt;") && !text.contains("<!"),
        "{text}"
    );
    assert!(
        text.chars().count() <= 3000 && !text.ends_with('&'),
        "{text}"
    );
    assert_eq!(
        body["text"],
        "Was critical for 10 h 0 min: simulator is silent"
    );
    assert!(
        body["blocks"][2]["elements"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("<https://")
    );
}

#[test]
fn own_templates_are_filled_and_a_bad_one_loses_no_notice() {
    let letter = of_incident(
        head(),
        NoticeKind::Opened,
        Severity::Critical,
        &detail("a<b"),
    );
    let own = |text: &str| TemplateConfig {
        subject: Some("[{{ severity | upper }}]\n{{ incident.scope }}".to_owned()),
        text: Some(text.to_owned()),
        html: Some(
            "<b>{{ incident.alerts[0].entity }}</b> {{ incident.duration_ms | age }}".to_owned(),
        ),
    };
    let mail = template::for_mail(&own("{{ at | utc }}"), &letter).unwrap();
    assert_eq!(mail.subject, "[CRITICAL] live:simulator");
    assert_eq!(mail.text, "1970-01-01 10:00 UTC");
    assert_eq!(mail.html, "<b>a&lt;b</b> 10 h 0 min");
    let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
    let mail = template::for_mail(&own(endless), &letter).unwrap();
    assert!(mail.text.contains("simulator is silent"), "{}", mail.text);
    assert!(template::check(endless).is_err());
    assert!(template::check("{{ incident.title | nothing }}").is_err());
    assert_eq!(template::check("{{ incident.title }}"), Ok(()));
}
