//! Tiles, charts and the bounds of what may be asked.

use super::*;

#[tokio::test]
async fn closed_tiles_are_kept_and_open_ones_asked_for_again() {
    let server = Server::filled().await;
    let row = server.backend().series().await.expect("series").remove(0);
    let open_index = row.vm.last_at / (512 * MINUTE_MS);
    let path = |index: i64, query: &str| format!("/tiles/BTC-USDT/binance/60000/{index}{query}");

    let closed = server.get(&path(open_index - 1, "?v=7")).await;
    assert_eq!(
        closed.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let tile = |bytes: &[u8]| app::chart::tile::decode(bytes).expect("a tile");
    let inside = tile(&closed.bytes().await.expect("body"));
    assert_eq!((inside.index, inside.step_ms), (open_index - 1, MINUTE_MS));
    let unversioned = server.get(&path(open_index - 1, "")).await;
    assert_eq!(unversioned.headers()["cache-control"], "no-cache");

    let open = server.get(&path(open_index, "?v=7")).await;
    assert_eq!(open.headers()["cache-control"], "no-cache");
    let tag = open.headers()["etag"].clone();
    let again = server
        .client
        .get(format!("{}{}", server.url, path(open_index, "?v=7")))
        .header(header::IF_NONE_MATCH, tag)
        .send()
        .await
        .expect("answer");
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(again.bytes().await.expect("body").is_empty());

    let all = server.get("/tiles/BTC-USD/bitfinex/60000/49309").await;
    let first_tile = 1_514_764_800_000 / (512 * MINUTE_MS);
    assert_eq!(first_tile, 49_308, "512 minutes, aligned with the epoch");
    assert_eq!(tile(&all.bytes().await.expect("body")).bars.len(), 512);
}

#[tokio::test]
async fn bounds_of_tiles_charts_and_lists_are_kept() {
    let server = Server::filled().await;
    for (path, status) in [
        ("/tiles/BTC-USDT/binance/60000/9223372036854775807", 400),
        ("/tiles/BTC-USDT/binance/60000/-9223372036854775808", 400),
        ("/tiles/BTC-USDT/binance/60001/0", 400),
        ("/tiles/BTC-USDT/binance/x/0", 400),
        ("/tiles/BTC-USDT/nowhere/60000/0", 404),
        ("/tiles/BTC-USDT/binance/60000/0", 200),
        ("/tiles/BTC-USDT/binance/604800000/-5", 200),
        (
            "/chart/price.svg?instrument=BTC-USDT&venue=binance&step=1h",
            200,
        ),
        ("/chart/price.svg?w=200&h=1600&theme=dark", 200),
        ("/chart/price.svg?w=199", 400),
        ("/chart/price.svg?h=1601", 400),
        ("/chart/price.svg?w=-1", 400),
        ("/chart/price.svg?step=2h", 400),
        ("/chart/price.svg?from=yesterday", 400),
        ("/chart/price.svg?venue=nowhere", 404),
        ("/api/v1/candles?limit=0", 400),
        ("/api/v1/candles?limit=1001", 400),
        ("/api/v1/candles?limit=1000&step=1m", 200),
        ("/api/v1/candles?state=open", 400),
        ("/api/v1/candles?venu=binance", 400),
        ("/api/v1/alerts?state=bad", 400),
        ("/api/v1/runs?pipeline=other", 400),
        ("/api/v1/nothing", 404),
        ("/theme?to=pink", 400),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        let kind = response.headers()["content-type"]
            .to_str()
            .expect("ascii")
            .to_owned();
        if path.starts_with("/api") {
            assert_eq!(kind, "application/json", "{path}");
            let answer = json(response).await;
            assert_eq!(
                answer["error"].is_string(),
                status != 200,
                "{path}: {answer}"
            );
        } else if path.starts_with("/chart") && status == 200 {
            assert_eq!(kind, "image/svg+xml", "{path}");
        }
    }
}
