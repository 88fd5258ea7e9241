//! A rule is tried on stored history without a trace, and saved beside the others.

use serde_json::{Value, json};
use server::config::{Config, QualityConfig};

use crate::{
    server_on_loopback::Server,
    support::{Bench, MINUTE, MONDAY, calm, csv_of},
};

const RULE: &str = "[check.wild]\ntitle = \"no wild minute\"\ndimension = \"accuracy\"\nrule = \"value\"\n\
                    value = \"abs(close / prev.close - 1)\"\nwarn = 0.02\nerror = 0.05\n";

#[tokio::test]
async fn a_rule_is_tried_and_then_saved() {
    let bench = Bench::new().await;
    let mut rows = calm(1, MONDAY, 3_000);
    // one wild minute
    let wild = MONDAY + 1_500 * MINUTE;
    let row = rows.iter_mut().find(|row| row.at == wild).unwrap();
    row.close *= 1.03;
    row.high = row.high.max(row.close);
    bench.take("prices.csv", csv_of(&rows)).await;
    let folder = bench.path("checks");
    let config = Config {
        quality: QualityConfig {
            checks: folder.clone(),
        },
        ..Config::default()
    };
    let server = Server::start(&bench.engine, &bench.path("site"), config).await;
    let post = async |path: &str, text: &str| {
        let answer = server
            .post(path)
            .header("content-type", "application/json")
            .body(json!({ "text": text, "days": 30 }).to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        (status, body)
    };

    let (status, trial) = post("/api/v1/rules/try", RULE).await;
    assert_eq!(status, 200, "{trial}");
    assert_eq!(trial["error"], "", "{trial}");
    assert_eq!(trial["id"], "candle.wild");
    assert_eq!(trial["record"]["alerts"], 1, "{trial}");
    assert_eq!(trial["findings"][0][0], wild, "{trial}");
    assert_eq!(trial["findings"][0][2], "warn");
    let found = trial["record"]["recall"].as_array().unwrap();
    assert!(
        found
            .iter()
            .any(|recall| recall["fault"] == "spike_5pct" && recall["recall"] == 1.0),
        "{trial}"
    );
    assert!(!folder.exists(), "nothing was saved");
    assert!(bench.engine.hub.rules().now().get("candle.wild").is_none());

    let typo = RULE.replace("warn", "wran");
    let (status, trial) = post("/api/v1/rules/try", &typo).await;
    assert_eq!(status, 200);
    assert!(
        trial["error"].as_str().unwrap().contains("line 6"),
        "{trial}"
    );
    let (status, _) = post("/api/v1/rules", &typo).await;
    assert_eq!(status, 400);
    assert!(!folder.exists(), "a broken rule is not saved");

    let (status, saved) = post("/api/v1/rules", RULE).await;
    assert_eq!((status, &saved["rule"]), (200, &json!("candle.wild")));
    let rules = bench.engine.hub.rules().now();
    assert!(rules.get("candle.wild").unwrap().is_own);
    assert!(rules.get("candle.gap").is_some(), "the shipped ones stay");
    let text = std::fs::read_to_string(folder.join("candle.toml")).unwrap();
    assert!(text.contains(RULE.trim()), "{text}");
    let answer = server
        .get("/api/v1/rules/candle.wild")
        .send()
        .await
        .unwrap();
    let detail: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(detail["text"].as_str().unwrap().trim(), RULE.trim());
}
