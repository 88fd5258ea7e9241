//! Pages and files.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_page_is_complete_and_guarded_with_and_without_data() {
    for server in [Server::empty().await, Server::filled().await] {
        for path in pages() {
            let response = page(&server, &path).await;
            let exists = path != "/no/such/page";
            assert_eq!(response.status() == StatusCode::OK, exists, "{path}");
            let headers = response.headers().clone();
            let text = |name: &str| headers[name].to_str().expect("ascii").to_owned();
            assert_eq!(text("x-content-type-options"), "nosniff");
            assert_eq!(text("referrer-policy"), "same-origin");
            assert_eq!(text("cache-control"), "no-cache, no-transform");
            let policy = text("content-security-policy");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            let html = response.text().await.expect("text");
            let nonce = policy
                .split_once("'nonce-")
                .and_then(|(_, rest)| rest.split_once('\''))
                .map(|(nonce, _)| nonce)
                .expect("a nonce");
            assert!(is_whole(&html), "{path}: {html}");
            // what has no nonce would not run
            for script in html.split("<script").skip(1) {
                assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{script}");
            }
            assert!(
                !html.contains("<script>alert(1)"),
                "rows from outside are escaped"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hundreds_of_requests_at_once_all_get_whole_pages() {
    let server = Arc::new(Server::filled().await);
    let paths = pages();
    let next = Arc::new(Mutex::new(0..300_usize));
    let mut workers = Vec::new();
    for _ in 0..20 {
        let (server, paths, next) = (Arc::clone(&server), paths.clone(), Arc::clone(&next));
        workers.push(tokio::spawn(async move {
            let mut whole = 0;
            loop {
                let Some(index) = next.lock().expect("lock").next() else {
                    return whole;
                };
                let html = page(&server, &paths[index % paths.len()])
                    .await
                    .text()
                    .await;
                assert!(is_whole(&html.expect("text")));
                whole += 1;
            }
        }));
    }
    let mut whole = 0;
    for worker in workers {
        whole += worker.await.expect("worker");
    }
    assert_eq!(whole, 300);
}

#[tokio::test]
async fn the_theme_goes_back_only_within_this_site() {
    let server = Server::empty().await;
    for (query, back) in [
        ("to=dark&back=/market%3Fstep=1h", "/market?step=1h"),
        ("to=light&back=//evil.example", "/"),
        ("to=light&back=https://evil.example", "/"),
        ("to=dark&back=/a%0d%0ax:y", "/"),
        ("to=dark", "/"),
    ] {
        let response = server.get(&format!("/theme?{query}")).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{query}");
        assert_eq!(response.headers()["location"], back, "{query}");
        let cookie = response.headers()["set-cookie"].to_str().expect("ascii");
        assert!(
            cookie.starts_with("theme=") && cookie.ends_with("SameSite=Lax"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn files_are_kept_by_version_or_asked_for_by_tag() {
    let server = Server::empty().await;
    let pkg = server.folder.path().join("pkg");
    std::fs::create_dir(&pkg).expect("folder");
    std::fs::write(pkg.join("assay.css"), "a{}").expect("file");
    std::fs::write(pkg.join("assay.css.br"), "brotli").expect("file");
    std::fs::write(server.folder.path().join("secret"), "s").expect("file");

    let plain = server.get("/pkg/assay.css").await;
    assert_eq!(plain.headers()["cache-control"], "no-cache");
    assert_eq!(plain.headers()["content-type"], "text/css");
    let tag = plain.headers()["etag"].clone();
    assert_eq!(plain.text().await.expect("text"), "a{}");
    let ask = async |path: &str, name: header::HeaderName, value: header::HeaderValue| {
        let request = server.client.get(format!("{}{path}", server.url));
        request.header(name, value).send().await.expect("answer")
    };
    let known = ask("/pkg/assay.css", header::IF_NONE_MATCH, tag.clone()).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let small = ask(
        "/pkg/assay.css?v=1",
        header::ACCEPT_ENCODING,
        header::HeaderValue::from_static("br"),
    )
    .await;
    assert_eq!(small.headers()["content-encoding"], "br");
    assert_eq!(
        small.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_ne!(small.headers()["etag"], tag);
    for path in ["/pkg/missing.js?v=1", "/pkg/..%2fsecret", "/pkg/"] {
        let missing = server.get(path).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(missing.headers()["cache-control"], "no-cache", "{path}");
    }
}
