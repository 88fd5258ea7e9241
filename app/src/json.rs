//! JSON between server and browser: events, answers and the data inside a page.

mod tree;

use leptos::{
    prelude::*,
    server::codee::{Decoder, Encoder},
    server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType},
};
use serde::{Serialize, de::DeserializeOwned};

use self::tree::Tree;

/// JSON that is read by [`read`], wherever it comes from: each further way to read would put another copy of every
/// reader into the browser's code.
#[derive(Debug)]
pub struct TextJson;

/// Reads a value.
///
/// # Errors
/// When the text is not JSON, or not that of such a value.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    T::deserialize(Tree(serde_json::from_str(text)?))
}

impl ContentType for TextJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for TextJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for TextJson {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for TextJson {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        read(&String::from_utf8_lossy(&bytes))
    }
}

impl<T: Serialize> Encoder<T> for TextJson {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for TextJson {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        read(text)
    }
}

/// `Resource::new`, with its data inside the page read by [`read`].
pub fn resource<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetcher: impl Fn(S) -> F + Send + Sync + 'static,
) -> Resource<T, TextJson>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetcher, false)
}

/// `SharedValue::new`, read by [`read`].
pub fn shared<T: Serialize + DeserializeOwned>(value: impl FnOnce() -> T) -> T {
    SharedValue::<T, TextJson>::new_with_encoding(value).into_inner()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use leptos::prelude::ServerFnError;
    use serde::Deserialize;

    use super::*;
    use crate::{model::LiveEvent, start::Start};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Unit,
        Newtype(i64),
        Tuple(u8, Option<f32>),
        Struct { text: String },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Id(i64);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        big: i64,
        small: u8,
        number: f64,
        truth: bool,
        letter: char,
        text: Option<String>,
        none: Option<i64>,
        id: Id,
        pairs: Vec<(i64, Vec<Shape>)>,
        map: BTreeMap<String, ()>,
        #[serde(default)]
        since: Vec<i64>,
    }

    #[test]
    fn every_kind_of_value_comes_back_as_it_was() {
        let all = All {
            big: i64::MIN,
            small: 255,
            number: 3.0,
            truth: true,
            letter: 'é',
            text: Some("\"\u{0}\u{1f600}".to_owned()),
            none: None,
            id: Id(9_007_199_254_740_993),
            pairs: vec![
                (1, vec![Shape::Unit, Shape::Newtype(-1)]),
                (2, vec![Shape::Tuple(1, Some(0.5)), Shape::Tuple(2, None)]),
                (
                    3,
                    vec![Shape::Struct {
                        text: String::new(),
                    }],
                ),
            ],
            map: BTreeMap::from([("a".to_owned(), ())]),
            since: vec![1, -2],
        };
        let text = serde_json::to_string(&all).expect("written");
        assert_eq!(read::<All>(&text).expect("read"), all);
        assert_eq!(serde_json::from_str::<All>(&text).expect("read"), all);
    }

    #[test]
    fn what_is_new_is_ignored_and_what_may_lack_may_lack() {
        let text = r#"{"big":1,"small":2,"number":3,"truth":false,"letter":"x","new":{"a":[1,{}]},
            "id":4,"pairs":[],"map":{}}"#;
        let all: All = read(text).expect("read");
        assert_eq!((all.number, all.text, all.since), (3.0, None, Vec::new()));
    }

    #[test]
    fn a_value_of_another_kind_is_refused_with_a_reason() {
        fn reason<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
            read::<T>(text).expect_err("refused").to_string()
        }
        assert_eq!(
            reason::<i64>("1.5"),
            "another number instead of a whole number"
        );
        assert_eq!(
            reason::<u8>("256"),
            "invalid value: integer `256`, expected u8"
        );
        assert_eq!(
            reason::<u64>("-1"),
            "another number instead of a whole number from 0"
        );
        assert_eq!(reason::<f64>("null"), "null instead of a number");
        assert_eq!(reason::<String>("[]"), "an array instead of a text");
        assert_eq!(reason::<Shape>("{}"), "an object instead of a variant");
        assert_eq!(
            reason::<Shape>("\"Newtype\""),
            "null instead of a whole number"
        );
        assert_eq!(
            reason::<Shape>(r#"{"Unit":1}"#),
            "another number instead of no value"
        );
        assert!(reason::<Shape>("\"Other\"").starts_with("unknown variant `Other`"));
        assert_eq!(reason::<Start>("[]"), "an array instead of an object");
        assert!(reason::<Start>("{}").starts_with("missing field"));
        assert!(reason::<i64>("1 2").starts_with("trailing characters"));
        assert!(read::<Start>(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn answers_and_events_are_read() {
        let failed: Result<i64, ServerFnError> = Err(ServerFnError::new("no"));
        let text = <TextJson as Encoder<_>>::encode(&failed).expect("written");
        let back = <TextJson as Decoder<Result<i64, ServerFnError>>>::decode(&text).expect("read");
        assert_eq!(
            back.map_err(|error| error.to_string()),
            failed.map_err(|error| error.to_string())
        );
        let hello = r#"{"hello":{"server_now":1,"build":"b","seq":2}}"#;
        assert!(matches!(read(hello), Ok(LiveEvent::Hello { seq: 2, .. })));
        assert_eq!(read::<LiveEvent>("\"bye\"").expect("read"), LiveEvent::Bye);
    }
}
