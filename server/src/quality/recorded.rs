//! Real minutes for tests, where they are at hand.

use std::io::Read;

use app::model::Candle;

/// Minutes of Bitfinex BTC/USD in 2018; says so where they are absent.
pub(crate) fn year_2018() -> Option<Vec<Candle>> {
    let file = "prices/bitfinex-btcusd-1m-2018.csv.gz";
    let folders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = folders
        .map(|folder| folder.join("shared/data").join(file))
        .find_map(|path| std::fs::File::open(path).ok());
    let Some(found) = found else {
        eprintln!("skipped: no shared data");
        return None;
    };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(found)
        .read_to_string(&mut text)
        .unwrap();
    let mut candles: Vec<Candle> = text
        .lines()
        .filter_map(|line| {
            let values: Vec<f64> = line
                .split(',')
                .map(|value| value.parse().ok())
                .collect::<Option<_>>()?;
            let [at, open, close, high, low, volume] = values[..] else {
                return None;
            };
            Some(Candle {
                opened_at: at as i64,
                open,
                high,
                low,
                close,
                volume,
                quote_volume: None,
                trades: None,
                is_final: true,
                flags: 0,
            })
        })
        .collect();
    candles.sort_by_key(|candle| candle.opened_at);
    Some(candles)
}
