use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

const WIRE: &str = "wss://stream.binance.com:9443/stream?streams=a <-> 100.5
wss://stream.binance.com:9443/stream <- 100.6: {\"sent\":1}
101.0: {\"n\":1}
101.25: {\"n\":\"2: 3\"}
https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000 -> 101.5: {\"lastUpdateId\":1}
https://api.binance.com/api/v3/depth?symbol=ETHUSDT&limit=1000 -> 101.6: {\"lastUpdateId\":2}
102.0: {\"n\":3}
";

#[test]
fn recorded_lines_are_read() {
    let recording = Recording::parse("x", WIRE).unwrap();
    assert_eq!(recording.protocol, Some(Protocol::Binance));
    let frame = |at, text: &str| (at, text.to_owned());
    assert_eq!(
        recording.frames,
        [
            frame(101_000, "{\"n\":1}"),
            frame(101_250, "{\"n\":\"2: 3\"}"),
            frame(102_000, "{\"n\":3}")
        ]
    );
    assert_eq!(recording.answers.len(), 2);
    let question = recording.answers[0].question.clone().unwrap();
    assert_eq!(question.0, "/api/v3/depth");
    assert_eq!(question.1, "symbol=BTCUSDT&limit=1000");
}

#[test]
fn landed_runs_are_read() {
    let run = "1000 # 2\n{}\n1000 ! 6\nopened\n1001 > 3\nsub\n1002 < 5\na\nb\nc\n1003 = 4\nbody\n1004 < 1\nz\n";
    let recording = Recording::parse("x", run).unwrap();
    assert_eq!(
        recording.frames,
        [(1_002, "a\nb\nc".to_owned()), (1_004, "z".to_owned())]
    );
    assert_eq!(recording.answers[0].body, "body");
    let cut = Recording::parse("runs/7", "1000 < 50\nabc").unwrap_err();
    assert!(
        cut.to_string().contains("line 1 of the recording runs/7"),
        "{cut}"
    );
    let strange = Recording::parse("runs/7", "101.0: {}\nhello").unwrap_err();
    assert!(strange.to_string().contains("line 2"), "{strange}");
}

#[test]
fn a_recording_is_served_with_its_spacing() {
    let replay = Replay::new(Recording::parse("x", WIRE).unwrap());
    let mut conn = replay.connect("/ws", "", 5_000).unwrap();
    let text = |text: &str| Out::Text(text.to_owned());
    assert_eq!(conn.due(5_000), [text("{\"n\":1}")]);
    assert_eq!(conn.next_due(), 5_250);
    let answer = conn.receive("{\"method\":\"SUBSCRIBE\",\"params\":[],\"id\":4}", 5_100);
    assert_eq!(answer, [text("{\"id\":4,\"result\":null}")]);
    assert!(conn.due(5_249).is_empty());
    assert_eq!(conn.due(5_250), [text("{\"n\":\"2: 3\"}")]);
    let last = conn.due(9_999);
    assert_eq!(last[0], text("{\"n\":3}"));
    assert!(matches!(last[1], Out::Close { code: 1000, .. }));
    assert_eq!(conn.next_due(), i64::MAX);

    let body = |query: &str| replay.rest("/api/v3/depth", query, 5_900).body;
    assert_eq!(body("symbol=BTCUSDT&limit=5000"), "{\"lastUpdateId\":1}");
    assert_eq!(body("symbol=ETHUSDT"), "{\"lastUpdateId\":2}");
    assert_eq!(replay.rest("/api/v3/depth", "symbol=X", 5_900).status, 404);
    let mut again = replay.connect("/ws", "", 50_000).unwrap();
    assert_eq!(
        again.due(52_000).len(),
        4,
        "every connection gets all of it"
    );
}

#[test]
fn shared_recordings_can_be_served() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/wire");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no shared data");
        return;
    };
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let recordings = Recording::read(&paths, None).unwrap();
    assert_eq!(recordings.len(), 4);
    for recording in recordings {
        let count = recording.frames.len();
        assert!(count > 200, "{:?}: {count}", recording.protocol);
        let from = recording.begins();
        let length = recording.frames[count - 1].0 - from;
        let replay = Replay::new(recording);
        let mut conn = replay.connect("/ws", "", 0).unwrap();
        let said = conn.due(length);
        assert_eq!(said.len(), count + 1);
        for out in &said[..count] {
            let Out::Text(text) = out else {
                panic!("{out:?}")
            };
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reading(text in "\\PC*|([0-9 <>=!#\n:.{}-]|é){0,80}") {
        let _ = Recording::parse("x", &text);
    }
}
