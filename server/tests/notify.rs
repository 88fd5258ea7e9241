//! Notices arrive: over HTTP and by mail, through failures, kills and restarts, and not too many.

#[path = "notify/operators.rs"]
mod operators;

use std::{collections::HashMap, sync::Arc, time::Duration};

use app::model::{CheckState, DAY_MS, HOUR_MS, NoticeVm};
use hmac::{Hmac, Mac};
use serde_json::Value;
use server::{
    backend::StoreBackend,
    config::NotifyConfig,
    notify::{Channels, Limits},
    pipeline::{Engine, notifying::Notifying},
};
use sha2::Sha256;

use crate::{
    alert_life::{AT_ONCE, judge, result},
    receivers::{Receiver, Reply, say},
    support::{Bench, MINUTE, NOW, engine},
};

const LIVE: &str = "BTC-USDT/simulator/live";
const SECOND: i64 = 1_000;
/// A channel for each kind.
const ALL: &str = r#"
    url = "https://assay.example/"
    digest = "off"
    [channel.hook]
    kind = "webhook"
    url_env = "HOOK"
    bearer_env = "BEARER"
    secret_env = "KEY"
    min_severity = "error"
    [channel.chat]
    kind = "slack"
    url_env = "CHAT"
    [channel.mail]
    kind = "email"
    host = "127.0.0.1"
    port = PORT
    tls = "none"
    user_env = "USER"
    password_env = "PASSWORD"
    from = "Assay <assay@here.example>"
    to = ["one@there.example", "two@there.example"]
"#;
/// One webhook.
const HOOK: &str = "digest = \"off\"\n[channel.hook]\nkind = \"webhook\"\nurl_env = \"HOOK\"\n";

fn notifying(engine: &Engine, config: &str, environment: &[(&str, String)]) -> Notifying {
    let config: NotifyConfig = toml::from_str(config).unwrap();
    config.check().unwrap();
    let environment: HashMap<String, String> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let limits = Limits {
        timeout: Duration::from_millis(500),
    };
    let channels = Channels::of(&config, |name| environment.get(name).cloned(), limits);
    let backend = StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    );
    Notifying::new(engine.clone(), &config, channels, Arc::new(backend)).unwrap()
}

async fn silence(engine: &Engine, state: CheckState) {
    judge(engine, AT_ONCE, &[result("feed.silence", LIVE, state)]).await;
}

/// All notices, oldest first.
async fn notices(engine: &Engine) -> Vec<NoticeVm> {
    let rows = engine.store.notices("", 1000).await.unwrap();
    rows.into_iter().rev().map(|row| row.notice).collect()
}

/// An incident that stood for the group wait, and its one notice in the outbox.
async fn one_waiting(engine: &Engine, notifying: &Notifying) {
    silence(engine, CheckState::Critical).await;
    assert_eq!(notifying.look().await.unwrap(), 0, "not yet");
    engine.clock.advance(30 * SECOND);
    assert_eq!(notifying.look().await.unwrap(), 1);
}

#[tokio::test]
async fn an_incident_is_told_over_every_channel_from_its_begin_to_its_end() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let (mut hook, mut chat) = (Receiver::http().await, Receiver::http().await);
    let mut mail = Receiver::smtp().await;
    let notifying = notifying(
        engine,
        &ALL.replace("PORT", &mail.addr.port().to_string()),
        &[
            ("HOOK", hook.url()),
            ("BEARER", "b34rer".to_owned()),
            ("KEY", "k3y".to_owned()),
            ("CHAT", chat.url()),
            ("USER", "assay".to_owned()),
            ("PASSWORD", "p4ss".to_owned()),
        ],
    );
    let deliver = async || {
        for channel in ["hook", "chat", "mail"] {
            while notifying.deliver(channel).await.unwrap() {}
        }
    };
    // too mild for one of them at first
    silence(engine, CheckState::Warn).await;
    notifying.look().await.unwrap();
    engine.clock.advance(30 * SECOND);
    assert_eq!(notifying.look().await.unwrap(), 2);
    silence(engine, CheckState::Critical).await;
    notifying.look().await.unwrap();
    engine.clock.advance(5 * MINUTE);
    assert_eq!(notifying.look().await.unwrap(), 3);
    deliver().await;

    let told = hook.next().await;
    let body = told.json();
    assert_eq!(
        (&body["kind"], &body["severity"]),
        (&"opened".into(), &"critical".into())
    );
    assert_eq!(body["version"], 1);
    assert_eq!(body["thread"], Value::Null);
    assert_eq!(
        told.header("authorization").as_deref(),
        Some("Bearer b34rer")
    );
    assert_eq!(
        told.header("idempotency-key").as_deref(),
        body["id"].as_str()
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(b"k3y").unwrap();
    mac.update(told.body.as_bytes());
    let signed = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(told.header("x-assay-signature"), Some(signed));

    let (first, worse) = (chat.next().await.json(), chat.next().await.json());
    assert!(
        first["text"].as_str().unwrap().starts_with("Warn: "),
        "{first}"
    );
    assert!(
        worse["text"]
            .as_str()
            .unwrap()
            .starts_with("Now critical: "),
        "{worse}"
    );
    assert_eq!(worse["blocks"][0]["type"], "header");

    let (opened, worse) = (mail.next().await, mail.next().await);
    assert!(opened.head.contains("AUTH PLAIN"), "{}", opened.head);
    assert!(
        opened.head.contains("RCPT TO:<two@there.example>"),
        "{}",
        opened.head
    );
    let thread = opened.header("message-id").unwrap();
    assert!(thread.ends_with("-0@here.example>"), "{thread}");
    assert_eq!(worse.header("in-reply-to"), Some(thread.clone()));
    assert!(worse.body.contains("text/plain") && worse.body.contains("text/html"));

    engine.clock.advance(HOUR_MS);
    silence(engine, CheckState::Pass).await;
    notifying.look().await.unwrap();
    engine.clock.advance(30 * SECOND);
    assert_eq!(notifying.look().await.unwrap(), 3);
    deliver().await;
    let over = hook.next().await.json();
    assert_eq!(
        (&over["kind"], &over["thread"]),
        (&"resolved".into(), &body["id"])
    );
    assert_eq!(mail.next().await.header("in-reply-to"), Some(thread));
    assert!(chat.next().await.body.contains("Resolved after"));
    engine.clock.advance(3 * DAY_MS);
    assert_eq!(notifying.look().await.unwrap(), 0, "nothing more of it");
    let incident = bench.number("select max(id) from incident").await;
    let of_incident = engine.store.notices_of(incident).await.unwrap();
    assert_eq!(of_incident.len(), 8);
    assert!(
        of_incident.iter().all(|notice| notice.state == "sent"),
        "{of_incident:#?}"
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_until_it_arrives() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let mut hook = Receiver::http().await;
    let notifying = notifying(engine, HOOK, &[("HOOK", hook.url())]);
    one_waiting(engine, &notifying).await;
    hook.then([
        say(500),
        Reply::Say(429, "retry-after: 120\r\n".to_owned()),
        Reply::Hang,
        Reply::Drop,
        say(408),
    ]);
    let mut ids = Vec::new();
    for (tries, words) in [
        (1, "HTTP 500: … is refused"),
        (2, "HTTP 429"),
        (3, "timed out"),
        (4, "the connection broke"),
        (5, "HTTP 408"),
    ] {
        let before = engine.clock.now_ms();
        assert!(notifying.deliver("hook").await.unwrap());
        ids.push(hook.next().await.json()["id"].clone());
        let notice = notices(engine).await.remove(0);
        assert_eq!((notice.state.as_str(), notice.attempts), ("waiting", tries));
        assert!(notice.error.contains(words), "{tries}: {}", notice.error);
        assert!(!notice.error.contains("T0KEN"), "{}", notice.error);
        assert!(!notifying.deliver("hook").await.unwrap(), "it waits");
        let next_at = bench.number("select next_at from notice").await;
        let least = if tries == 2 { 120 * SECOND } else { SECOND };
        assert!(next_at >= before + least, "{tries}: {}", next_at - before);
        engine.clock.set(next_at);
    }
    assert!(notifying.deliver("hook").await.unwrap());
    ids.push(hook.next().await.json()["id"].clone());
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let notice = notices(engine).await.remove(0);
    assert_eq!((notice.state.as_str(), notice.attempts), ("sent", 6));
    assert_eq!(
        (notice.error.as_str(), notice.sent_at),
        ("", Some(engine.clock.now_ms()))
    );
}

#[tokio::test]
async fn what_is_refused_or_too_old_is_given_up_and_seen() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let mut hook = Receiver::http().await;
    let mut elsewhere = Receiver::http().await;
    let notifying = notifying(engine, HOOK, &[("HOOK", hook.url())]);
    one_waiting(engine, &notifying).await;
    hook.then([say(400)]);
    assert!(notifying.deliver("hook").await.unwrap());
    // the next reminder is led to another host
    engine.clock.advance(5 * HOUR_MS);
    assert_eq!(notifying.look().await.unwrap(), 1);
    hook.then([Reply::Say(
        307,
        format!("location: {}\r\n", elsewhere.url()),
    )]);
    assert!(notifying.deliver("hook").await.unwrap());
    assert_eq!((hook.rest().len(), elsewhere.rest().len()), (2, 0));
    // and that of the end finds nobody for a day
    silence(engine, CheckState::Pass).await;
    notifying.look().await.unwrap();
    engine.clock.advance(HOUR_MS);
    assert_eq!(notifying.look().await.unwrap(), 1);
    let written_at = engine.clock.now_ms();
    hook.then(vec![say(503); 500]);
    while notifying.deliver("hook").await.unwrap() {
        let next = "select next_at from notice order by id desc limit 1";
        engine.clock.set(bench.number(next).await);
    }
    let all = notices(engine).await;
    let states: Vec<&str> = all.iter().map(|notice| notice.state.as_str()).collect();
    assert_eq!(states, ["given_up"; 3]);
    assert!(all[0].error.contains("HTTP 400"), "{}", all[0].error);
    assert!(
        all[1].error.contains("it leads elsewhere"),
        "{}",
        all[1].error
    );
    assert!(all[2].error.contains("HTTP 503"), "{}", all[2].error);
    assert!((10..=100).contains(&all[2].attempts), "{}", all[2].attempts);
    assert!(engine.clock.now_ms() <= written_at + DAY_MS + MINUTE);
    let given_up = engine.store.notices("given_up", 10).await.unwrap();
    assert_eq!(given_up.len(), 3);
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let mut mail = Receiver::smtp().await;
    let config = ALL.replace("PORT", &mail.addr.port().to_string());
    let login = [("USER", "u".to_owned()), ("PASSWORD", "p".to_owned())];
    let notifying = notifying(engine, &config, &login);
    silence(engine, CheckState::Critical).await;
    notifying.look().await.unwrap();
    engine.clock.advance(MINUTE);
    notifying.look().await.unwrap();
    mail.then([say(451), Reply::Hang, Reply::Drop, say(550)]);
    let mut ids = Vec::new();
    for expected in ["waiting", "waiting", "waiting", "given_up"] {
        assert!(notifying.deliver("mail").await.unwrap());
        ids.push(mail.next().await.header("message-id"));
        let state: (String, i64) = bench
            .row("select state, next_at from notice where channel = 'mail'")
            .await;
        assert_eq!(state.0, expected);
        engine.clock.set(state.1.max(engine.clock.now_ms()));
    }
    assert!(
        ids.iter().all(|id| id.is_some() && *id == ids[0]),
        "{ids:?}"
    );
    // the others have no address: they wait for somebody to give them one
    for channel in ["hook", "chat"] {
        assert!(notifying.deliver(channel).await.unwrap());
    }
    let waiting = engine.store.notices("waiting", 10).await.unwrap();
    assert_eq!(waiting.len(), 2);
    assert!(
        waiting
            .iter()
            .all(|row| row.notice.error.contains("is not set")),
        "{waiting:?}"
    );
}

#[tokio::test]
async fn who_is_killed_between_sending_and_marking_sends_again_under_the_same_name() {
    let bench = Bench::new().await;
    let mut hook = Receiver::http().await;
    let environment = [("HOOK", hook.url())];
    let first = notifying(&bench.engine, HOOK, &environment);
    one_waiting(&bench.engine, &first).await;
    // it has arrived, and the answer never comes
    hook.then([Reply::Hang]);
    let task = tokio::spawn(async move { first.deliver("hook").await });
    let once = hook.next().await.json();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());

    let again = engine(&bench.path("assay.db")).await;
    again.clock.set(bench.engine.clock.now_ms());
    let second = notifying(&again, HOOK, &environment);
    assert_eq!(second.look().await.unwrap(), 0, "it was planned");
    assert!(
        !second.deliver("hook").await.unwrap(),
        "the first may be at it still"
    );
    again.clock.advance(MINUTE);
    assert!(second.deliver("hook").await.unwrap());
    assert_eq!(hook.next().await.json(), once);
    let all = notices(&again).await;
    assert_eq!(
        (all.len(), all[0].state.as_str(), all[0].attempts),
        (1, "sent", 2)
    );
}

#[tokio::test]
async fn two_servers_and_restarts_plan_each_notice_once() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let hook = Receiver::http().await;
    let environment = [("HOOK", hook.url())];
    silence(engine, CheckState::Critical).await;
    for _ in 0..20 {
        let (one, two) = (
            notifying(engine, HOOK, &environment),
            notifying(engine, HOOK, &environment),
        );
        let (one, two) = tokio::join!(one.look(), two.look());
        one.unwrap();
        two.unwrap();
        engine.clock.advance(10 * SECOND);
    }
    assert_eq!(notices(engine).await.len(), 1);
    // a new channel hears of what stands, one that is gone gets nothing more
    let other = HOOK.replace("channel.hook", "channel.other");
    let other = notifying(engine, &other, &environment);
    other.look().await.unwrap();
    engine.clock.advance(30 * SECOND);
    other.look().await.unwrap();
    let all = notices(engine).await;
    let told: Vec<(&str, &str)> = all
        .iter()
        .map(|notice| (notice.channel.as_str(), notice.state.as_str()))
        .collect();
    assert_eq!(told, [("hook", "given_up"), ("other", "waiting")]);
}

#[tokio::test]
async fn the_digest_comes_once_a_day_and_one_for_all_that_were_missed() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let mut hook = Receiver::http().await;
    let config = HOOK
        .replace("\"off\"", "\"0 8 * * *\"")
        .replace("url_env", "digest = true\nurl_env");
    let environment = [("HOOK", hook.url())];
    let eight = (NOW / DAY_MS + 1) * DAY_MS + 8 * HOUR_MS;
    let written = async |at: i64| {
        engine.clock.set(at);
        notifying(engine, &config, &environment)
            .look()
            .await
            .unwrap()
    };
    assert_eq!(written(NOW).await, 0);
    assert_eq!(written(eight - 1).await, 0);
    assert_eq!(written(eight).await, 1);
    assert_eq!(written(eight + HOUR_MS).await, 0);
    assert_eq!(written(eight + 5 * DAY_MS + HOUR_MS).await, 1);
    assert_eq!(written(eight + 6 * DAY_MS - 1).await, 0);
    assert_eq!(written(eight + 6 * DAY_MS).await, 1);
    let notifying = notifying(engine, &config, &environment);
    while notifying.deliver("hook").await.unwrap() {}
    let digest = hook.next().await.json();
    assert_eq!(
        (&digest["kind"], &digest["digest"]["to"]),
        (&"digest".into(), &eight.into())
    );
    assert_eq!(hook.rest().len(), 2);
}
