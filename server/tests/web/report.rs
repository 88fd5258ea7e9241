//! The report as a page and as a file.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_report_is_a_page_and_a_file() {
    for server in [Server::empty().await, Server::filled().await] {
        let page = server.get("/report").await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .expect("ascii");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        let tag = page.headers()["etag"].clone();
        let html = page.text().await.expect("text");
        assert!(html.trim_end().ends_with("</html>") && html.contains("href=\"/\""));
        assert!(!html.contains("<script"), "rows from outside are escaped");

        let again = server.client.get(format!("{}/report", server.url));
        let again = again
            .header(header::IF_NONE_MATCH, tag)
            .send()
            .await
            .expect("answer");
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);

        let file = server.get("/report?download=1").await;
        let place = file.headers()["content-disposition"]
            .to_str()
            .expect("ascii");
        assert_eq!(
            place,
            "attachment; filename=\"assay-report-2026-09-21.html\""
        );
        let file = file.text().await.expect("text");
        assert!(
            !file.contains("href=\"/"),
            "a file has no pages to go back to"
        );

        let dark = server.client.get(format!("{}/report", server.url));
        let dark = dark
            .header(header::COOKIE, "theme=dark")
            .send()
            .await
            .expect("answer");
        assert!(
            dark.text()
                .await
                .expect("text")
                .contains("data-theme=\"dark\"")
        );
    }
}
