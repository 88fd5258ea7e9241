//! Parts of the Quality page below its first, and what their forms do.

use super::*;

const PARTS: [&str; 9] = [
    "/quality/score/overall",
    "/quality/checks",
    "/quality/incidents",
    "/quality/rules",
    "/quality/rules?dataset=candle",
    "/quality/rules/candle.ohlc",
    "/quality/reconciliation?venue=kraken&kind=price",
    "/quality/quarantine",
    "/quality/silences",
];

async fn send(server: &Server, path: &str, form: &'static str, from: &str) -> Response {
    let request = server
        .client
        .post(format!("{}{path}", server.url))
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = if from.is_empty() {
        request
    } else {
        request.header("x-forwarded-for", from)
    };
    request.body(form).send().await.expect("answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_part_is_a_whole_page_with_and_without_data() {
    for server in [Server::empty().await, Server::filled().await] {
        for path in PARTS {
            let response = page(&server, path).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let policy = response.headers()["content-security-policy"].clone();
            let html = response.text().await.expect("text");
            assert!(
                is_whole(&html) && !html.contains("<script"),
                "{path}: {html}"
            );
            assert!(
                policy
                    .to_str()
                    .expect("ascii")
                    .contains("default-src 'none'"),
                "{path}"
            );
            assert!(
                html.contains("aria-label=\"Quality\""),
                "{path}: the tabs lead on"
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_on_a_page() {
    let server = Server::filled().await;
    for path in [
        "/quality/score/nonsense",
        "/quality/score/venue/%3Cscript%3E",
        "/quality/incidents/17",
        "/quality/incidents/x",
        "/quality/rules/no.such",
    ] {
        let response = page(&server, path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let html = response.text().await.expect("text");
        assert!(
            html.contains("data-testid=\"refused\"") && html.contains("Back to the quality"),
            "{path}: {html}"
        );
        assert!(!html.contains("<script"), "{path}");
    }
    assert_eq!(
        page(&server, "/quality/quarantine?before=x").await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_row_is_given_up_by_a_form_and_only_by_operators() {
    let server = Server::filled().await;
    let shows = async |path: &str| {
        let html = page(&server, path).await.text().await.expect("text");
        html.matches("data-testid=\"quarantine-row\"").count()
    };
    assert_eq!(shows("/quality/quarantine").await, 1);
    let (_, rows) = server.json("/api/v1/quarantine").await;
    let id = rows["quarantine"][0]["id"].as_i64().expect("a row");
    let rule = rows["quarantine"][0]["rules"][0]
        .as_str()
        .expect("a rule")
        .to_owned();
    assert_eq!(shows(&format!("/quality/quarantine?rule={rule}")).await, 1);
    assert_eq!(shows("/quality/quarantine?rule=no.such").await, 0);
    assert_eq!(shows("/quality/quarantine?landing=999").await, 0);
    assert_eq!(shows(&format!("/quality/quarantine?before={id}")).await, 0);

    let discard = format!("/api/v1/quarantine/{id}/discard");
    let far = send(&server, &discard, "back=/quality/quarantine", "192.0.2.7").await;
    assert_eq!(far.status(), StatusCode::FORBIDDEN);
    assert!(
        far.text()
            .await
            .expect("text")
            .contains("data-testid=\"refused\""),
        "people see a page"
    );
    assert_eq!(shows("/quality/quarantine").await, 1, "nothing was done");

    let done = send(&server, &discard, "back=/quality/quarantine", "").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(done.headers()["location"], "/quality/quarantine");
    assert_eq!(shows("/quality/quarantine").await, 0);
    assert_eq!(shows("/quality/quarantine?state=discarded").await, 1);
}

#[tokio::test]
async fn programs_are_told_what_is_wrong_with_their_request() {
    let server = Server::filled().await;
    for (path, body, status, words) in [
        (
            "/api/v1/quarantine/999/retry",
            "{}",
            StatusCode::NOT_FOUND,
            "no quarantined row 999",
        ),
        (
            "/api/v1/quarantine/x/discard",
            "{}",
            StatusCode::NOT_FOUND,
            "no quarantined row",
        ),
        (
            "/api/v1/quarantine/retry",
            "{}",
            StatusCode::BAD_REQUEST,
            "name the rows",
        ),
        (
            "/api/v1/quarantine/discard",
            r#"{"rule":"%"}"#,
            StatusCode::BAD_REQUEST,
            "the name of a check",
        ),
        (
            "/api/v1/quarantine/discard",
            r#"{"landing":"x"}"#,
            StatusCode::BAD_REQUEST,
            "a number",
        ),
    ] {
        let request = server
            .client
            .post(format!("{}{path}", server.url))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let response = request.send().await.expect("answer");
        assert_eq!(response.status(), status, "{path} {body}");
        let told = json(response).await["error"].to_string();
        assert!(told.contains(words), "{path}: {told}");
    }
    let request = server
        .client
        .post(format!("{}/api/v1/quarantine/discard", server.url));
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let response = request
        .body(r#"{"rule":"no.such"}"#)
        .send()
        .await
        .expect("answer");
    assert_eq!(json(response).await["discarded"], 0, "none is no failure");
}

#[tokio::test]
async fn a_rule_that_is_none_is_told_with_its_place_and_keeps_its_text() {
    let server = Server::filled().await;
    let form = "text=%5Bcheck.x%5D%0D%0Anonsense%20%3D%201&days=3";
    let response = send(&server, "/quality/rules/try", form, "").await;
    assert_eq!(response.status(), StatusCode::OK);
    let html = response.text().await.expect("text");
    assert!(
        html.contains("data-testid=\"trial-error\"") && html.contains("line"),
        "{html}"
    );
    assert!(
        html.contains("nonsense = 1") && !html.contains("data-testid=\"save-form\""),
        "{html}"
    );
    let far = send(&server, "/quality/rules/try", form, "192.0.2.7").await;
    assert_eq!(far.status(), StatusCode::FORBIDDEN);
    let again = page(&server, "/quality/rules/try").await;
    assert_eq!(again.headers()["location"], "/quality/rules");
}
