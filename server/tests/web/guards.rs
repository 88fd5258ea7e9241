//! Who may ask for what.

use super::*;

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_refused() {
    let server = Server::empty().await;
    let ask = async |host: &str| {
        let request = server.client.get(format!("{}/healthz", server.url));
        let response = request.header(header::HOST, host).send().await;
        response.expect("answer").status()
    };
    assert_eq!(ask("localhost:3000").await, StatusCode::OK);
    assert_eq!(ask("evil.example").await, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(
        ask("evil.example:3000").await,
        StatusCode::MISDIRECTED_REQUEST
    );
}

/// A desk with one fault, on at a venue or at all for so many seconds.
#[derive(Debug, Default)]
struct Desk(Mutex<Option<(Option<String>, Option<u64>)>>);

impl FaultDesk for Desk {
    fn list(&self) -> Vec<Fault> {
        let set = self.0.lock().expect("lock").clone();
        let venue = set.as_ref().and_then(|(venue, _)| venue.clone());
        vec![Fault {
            name: "silence".to_owned(),
            description: "Nothing is answered.".to_owned(),
            venue,
            on: set.is_some(),
            seconds_left: set.and_then(|(_, seconds)| seconds),
        }]
    }

    fn venues(&self) -> Vec<String> {
        vec!["kraken".to_owned()]
    }

    fn set(&self, name: &str, seconds: Option<u64>) -> Result<(), FaultError> {
        self.set_at(name, None, seconds)
    }

    fn set_at(
        &self,
        name: &str,
        venue: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), FaultError> {
        if let Some(venue) = venue.filter(|venue| *venue != "kraken") {
            return Err(self.no_venue(venue));
        }
        if name != "silence" {
            return Err(FaultError::Unknown {
                known: vec!["silence".to_owned()],
            });
        }
        *self.0.lock().expect("lock") = Some((venue.map(str::to_owned), seconds));
        Ok(())
    }

    fn clear_at(&self, name: &str, _: Option<&str>) -> Result<(), FaultError> {
        self.clear(name)
    }

    fn clear(&self, _: &str) -> Result<(), FaultError> {
        *self.0.lock().expect("lock") = None;
        Ok(())
    }
}

#[tokio::test]
async fn only_operators_switch_faults() {
    let desk = Arc::new(Desk::default());
    let given = Arc::clone(&desk);
    let server = Server::with(|web| web.faults = Some(given)).await;
    let url = format!("{}/api/v1/simulator/faults/silence", server.url);
    let foreign = server
        .client
        .post(&url)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        foreign.send().await.expect("answer").status(),
        StatusCode::FORBIDDEN
    );
    assert!(desk.0.lock().expect("lock").is_none());

    let ours = server
        .client
        .post(format!("{url}?seconds=30"))
        .header("sec-fetch-site", "same-origin");
    let answer = json(ours.send().await.expect("answer")).await;
    assert_eq!(answer["faults"][0]["on"], true);
    assert_eq!(answer["faults"][0]["seconds_left"], 30);
    let too_long = server.client.post(format!("{url}?seconds=0")).send().await;
    assert_eq!(too_long.expect("answer").status(), StatusCode::BAD_REQUEST);
    let unknown = server.client.post(format!("{}x", url)).send().await;
    assert_eq!(unknown.expect("answer").status(), StatusCode::NOT_FOUND);
    let cleared = server.client.delete(&url).send().await.expect("answer");
    assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        server.json("/api/v1/simulator/faults").await.1["faults"][0]["on"],
        false
    );
}

#[tokio::test]
async fn the_fault_desk_is_switched_by_a_plain_form() {
    let desk = Arc::new(Desk::default());
    let given = Arc::clone(&desk);
    let server = Server::with(|web| web.faults = Some(given)).await;
    let url = format!("{}/simulator/faults", server.url);
    let send = async |body: &'static str, site: &'static str| {
        let request = server.client.post(&url).header("sec-fetch-site", site);
        let request = request
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let response = request.send().await.expect("answer");
        let status = response.status();
        let to = response.headers().get(header::LOCATION).cloned();
        (status, to, response.text().await.expect("text"))
    };
    let state = || desk.0.lock().expect("lock").clone();
    let (status, _, _) = send("on=silence", "cross-site").await;
    assert_eq!((status, state()), (StatusCode::FORBIDDEN, None));

    let (status, to, _) = send("venue=kraken&seconds=30&on=silence", "same-origin").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(to.expect("location"), "/pipeline#faults");
    assert_eq!(state(), Some((Some("kraken".to_owned()), Some(30))));
    send("venue=&seconds=&on=silence", "same-origin").await;
    assert_eq!(
        state(),
        Some((None, None)),
        "everywhere, until it is cleared"
    );
    send("venue=&seconds=30&off=silence+kraken", "same-origin").await;
    assert_eq!(state(), None);

    for (body, words) in [
        ("seconds=0&on=silence", "between 1 and 86400"),
        ("seconds=x&on=silence", "between 1 and 86400"),
        ("on=earthquake", "no fault of that name"),
        ("venue=%3Cb%3E&on=silence", "no venue &quot;&lt;b&gt;&quot;"),
        ("seconds=3", "on=NAME"),
    ] {
        let (status, _, page) = send(body, "same-origin").await;
        assert!(status.is_client_error(), "{body}: {status}");
        let page = page
            .replace("\"&lt;", "&quot;&lt;")
            .replace("&gt;\"", "&gt;&quot;");
        assert!(page.contains(words), "{body}: {page}");
        assert!(page.contains("href=\"/pipeline\""), "the way back");
        assert_eq!(state(), None, "{body}");
    }
}

#[tokio::test]
async fn a_token_opens_what_being_here_does_not() {
    let server = Server::with(|web| web.operator = Some(Secret::new("s3cret"))).await;
    let url = format!("{}/api/v1/simulator/faults", server.url);
    let without = server.client.get(&url).send().await.expect("answer");
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(without.headers()["www-authenticate"], "Bearer");
    let with = server
        .client
        .get(&url)
        .bearer_auth("s3cret")
        .send()
        .await
        .expect("answer");
    assert_eq!(
        with.status(),
        StatusCode::NOT_FOUND,
        "no simulator runs here"
    );
    let answer = json(with).await;
    assert!(
        answer["error"]
            .as_str()
            .is_some_and(|words| words.contains("--live simulator"))
    );
}

#[tokio::test]
async fn reports_of_broken_pages_are_bounded() {
    let server = Server::empty().await;
    let report = async |body: String| {
        let request = server
            .client
            .post(format!("{}/api/client-error", server.url));
        request.body(body).send().await.expect("answer").status()
    };
    assert_eq!(
        report("panicked\nat x".to_owned()).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(report("x".repeat(4096)).await, StatusCode::NO_CONTENT);
    assert_eq!(
        report("x".repeat(4097)).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    for _ in 3..30 {
        report(String::new()).await;
    }
    assert_eq!(report(String::new()).await, StatusCode::TOO_MANY_REQUESTS);
    server.web.clock.advance(MINUTE_MS);
    assert_eq!(report(String::new()).await, StatusCode::NO_CONTENT);
}
