//! What people do with channels: try them, list what was told, ask for the digest.

use serde_json::Value;
use server::config::Config;

use crate::{
    command::Assay,
    receivers::{Receiver, say},
    server_on_loopback::Server,
    support::Bench,
};

#[tokio::test(flavor = "multi_thread")]
async fn operators_try_a_channel_and_see_what_came_of_it() {
    let bench = Bench::new().await;
    let text = "[channel.hook]\nkind = \"webhook\"\nurl_env = \"ASSAY_TEST_UNSET_URL\"\n";
    let config = Config {
        notify: toml::from_str(text).unwrap(),
        ..Config::default()
    };
    let server = Server::start(&bench.engine, &bench.path("site"), config).await;
    let ask = async |path: &str| {
        let answer = server.post(path).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, text) = ask("/api/v1/notify/nobody/test").await;
    assert!(
        status == 404 && text.contains("it knows hook"),
        "{status} {text}"
    );
    let (status, text) = ask("/api/v1/notify/hook/test").await;
    assert!(
        status == 502 && text.contains("ASSAY_TEST_UNSET_URL is not set"),
        "{status} {text}"
    );
    let listed = server
        .get("/api/v1/notices?state=given_up")
        .send()
        .await
        .unwrap();
    let listed: Value = serde_json::from_str(&listed.text().await.unwrap()).unwrap();
    assert_eq!(listed["notices"][0]["kind"], "test");

    // the same from the command line, with an address
    let mut hook = Receiver::http().await;
    let assay = Assay::new();
    let toml = "[notify.channel.hook]\nkind = \"webhook\"\nurl_env = \"HOOK\"\ndigest = true\n";
    assay.write("assay.toml", toml);
    let run = |args: &[&str]| {
        let output = assay
            .command(args)
            .env("HOOK", hook.url())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(
            !text.contains("T0KEN") && !log.contains("T0KEN"),
            "{text}{log}"
        );
        (output.status.code(), text)
    };
    let run = |args: &[&str]| tokio::task::block_in_place(|| run(args));
    assert_eq!(run(&["notify", "test", "hook"]).0, Some(0));
    hook.then([say(403)]);
    let (code, text) = run(&["notify", "test", "hook", "--json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &report["sent"]), (Some(1), &false.into()));
    assert_eq!(run(&["notify", "digest"]).0, Some(0));
    let (code, text) = run(&["notify", "digest", "--print"]);
    assert!(
        code == Some(0) && text.starts_with("Data quality on "),
        "{text}"
    );
    let (_, text) = run(&["notify", "list", "--json"]);
    let listed: Value = serde_json::from_str(&text).unwrap();
    let kinds: Vec<&str> = listed["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| notice["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["digest", "test", "test"]);
    assert_eq!(listed["channels"][0]["problem"], Value::Null);
    let got: Vec<Value> = hook
        .rest()
        .iter()
        .map(|one| one.json()["kind"].clone())
        .collect();
    assert_eq!(got, ["test", "test", "digest"]);
}
