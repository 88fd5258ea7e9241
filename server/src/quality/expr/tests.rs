use proptest::prelude::*;

use super::*;

const COLUMNS: [&str; 6] = ["open", "high", "low", "close", "prev.close", "is_final"];
const NULL: f64 = f64::NAN;

fn eval(text: &str, slots: &[f64]) -> f64 {
    match Expr::compile(text, &COLUMNS) {
        Ok(expr) => expr.eval(slots),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[test]
fn texts_mean_what_they_say() {
    let row = [10.0, 12.0, 9.0, 11.0, 8.0, 1.0];
    let cases = [
        (
            "high >= max(open, close) and low <= min(open, close) and low > 0",
            1.0,
        ),
        ("1 + 2 * 3 - 8 / 4 % 3", 5.0),
        ("-(2 + 3) * -1", 5.0),
        (
            "1_514_764_814_000 % 60_000 + 7.5 % 2 - 7 % -4",
            14_000.0 + 1.5 - 3.0,
        ),
        ("1_000 + 0.5 + 1e-1", 1000.6),
        ("close / prev.close - 1", 0.375),
        ("round(ln(exp(2)) + sqrt(9) + abs(-1))", 6.0),
        ("close in (1, 2, 11)", 1.0),
        ("close not in (1, 2, 11)", 0.0),
        ("close between low and high", 1.0),
        ("close not between low and high", 0.0),
        ("not close > 11 or is_final and open < 5", 1.0),
        ("is_final = 1", 1.0),
        ("open != 10 or high <> 12", 0.0),
        ("(open + (high + (low + (close + prev.close))))", 50.0),
        (
            "min(open, high, low, close) = 9 and max(open, high, low, close) == 12",
            1.0,
        ),
        ("open + 1 in (open + 2, high - 1, (low + 1) * 2)", 1.0),
        ("(open + 1) between (low + 1) and (high + 1)", 1.0),
    ];
    for (text, expected) in cases {
        let value = eval(text, &row);
        assert!((value - expected).abs() < 1e-9, "{text} is {value}");
    }
}

#[test]
fn null_makes_unknown_and_only_a_decided_side_outvotes_it() {
    // open is null, high is 1
    let row = [NULL, 1.0];
    let cases = [
        ("open > 0", None),
        ("open = open", None),
        ("open != 3", None),
        ("not open > 0", None),
        ("open > 0 and high = 2", Some(false)),
        ("open > 0 and high = 1", None),
        ("open > 0 or high = 1", Some(true)),
        ("open > 0 or high = 2", None),
        ("is_null(open)", Some(true)),
        ("is_null(high) or is_finite(open)", Some(false)),
        ("coalesce(open, high) = 1", Some(true)),
        ("coalesce(open, null, 7) = 7", Some(true)),
        ("max(open, high) = 1", None),
        ("min(high, open) = 1", None),
        ("high in (1, open)", Some(true)),
        ("high in (2, open)", None),
        ("high between 2 and open", Some(false)),
        ("high between 0 and open", None),
        ("high / 0 > 5", None),
        ("high % 0 > 5", None),
        ("ln(high - 1) < 5", None),
        ("ln(high - 2) < 5", None),
        ("sqrt(0 - high) < 5", None),
        ("when(high = 1, high) = 1", Some(true)),
        ("when(high = 2, high) = 1", None),
        ("when(open = 2, high) = 1", None),
        // a slot that the row lacks
        ("close > 0", None),
    ];
    for (text, expected) in cases {
        let value = eval(text, &row);
        let truth = (!value.is_nan()).then_some(value == 1.0);
        assert_eq!(truth, expected, "{text}");
    }
}

#[test]
fn mistakes_are_reported_with_their_column_and_a_suggestion() {
    let cases = [
        ("hihg > 1", 1, "did you mean `high`"),
        ("high > Low", 8, "did you mean `low`"),
        ("1 + rond(high)", 5, "did you mean `round`"),
        ("high > 1 adn low > 1", 10, "did you mean `and`"),
        ("high > 1 && low > 1", 10, "write `and`"),
        ("low < open < high", 12, "cannot be chained"),
        ("high and low > 1", 1, "expected a condition"),
        ("1 + (high > 2)", 6, "expected a number"),
        ("min(high)", 1, "takes 2 to 16 arguments"),
        ("ln(high, low)", 1, "takes one argument"),
        ("when(high, low)", 6, "expected a condition"),
        ("(high > 1", 10, "expected `)`"),
        ("", 1, "expected a number, column"),
        ("high >", 7, "found the end"),
        ("1.2.3 > high", 1, "is no number"),
        ("1e999 > high", 1, "is no number"),
        ("high ≥ 'x'", 8, "numbers only"),
        ("high in ()", 1, "never hold"),
        ("high not 3", 10, "expected `in` or `between`"),
        ("volume > 0", 1, "there are open, high"),
    ];
    for (text, column, words) in cases {
        let error = Expr::compile(text, &COLUMNS).expect_err(text);
        assert!(
            error.column == column && error.message.contains(words),
            "{text}: {error}"
        );
    }
}

#[test]
fn length_and_depth_are_bounded() {
    let long = format!("high > {}", "1 + ".repeat(400));
    let deep = format!("{}high{}", "(".repeat(200), ")".repeat(200));
    let signs = format!("{}high", "-".repeat(900));
    let waiting = "(open + (".repeat(12) + "high" + &"))".repeat(12);
    let calls = format!("{}high{}", "abs(".repeat(100), ")".repeat(100));
    for text in [long, deep, signs, waiting.repeat(2), calls] {
        assert!(Expr::compile(&text, &COLUMNS).is_err(), "{text}");
    }
    assert_eq!(eval(&waiting, &[1.0, 5.0]), 17.0);
}

#[test]
fn columns_tells_what_is_read() {
    let expr = Expr::compile("close > open and close > 1", &COLUMNS).expect("compiles");
    assert_eq!(expr.columns(), [0, 3]);
    assert!(expr.is_condition());
    assert!(
        !Expr::compile("close - open", &COLUMNS)
            .expect("compiles")
            .is_condition()
    );
}

#[test]
fn aggregates_fold_the_rows_of_a_bucket() {
    let columns = ["volume", "price"];
    let rows = [[1.0, 5.0], [NULL, 7.0], [3.0, 6.0]];
    let cases = [
        ("sum(volume)", 4.0),
        ("ln(sum(volume) + 0.01)", 4.01_f64.ln()),
        ("mean(volume)", 2.0),
        ("count() - count(volume)", 1.0),
        ("max(price) - min(price)", 2.0),
        ("max(min(price), 6)", 6.0),
        ("last(price) / first(price) - 1", 0.2),
        ("sum(price * volume) / sum(volume)", 23.0 / 4.0),
    ];
    for (text, expected) in cases {
        let aggregate = Aggregate::compile(text, &columns).expect(text);
        let mut folded = aggregate.start();
        for row in &rows {
            aggregate.push(&mut folded, row);
        }
        let value = aggregate.value(&folded);
        assert!((value - expected).abs() < 1e-9, "{text} is {value}");
    }
    let empty = Aggregate::compile("sum(volume)", &columns).expect("compiles");
    assert!(empty.value(&empty.start()).is_nan());
    let count = Aggregate::compile("count(volume)", &columns).expect("compiles");
    assert_eq!(count.value(&count.start()), 0.0);
    for (text, column, words) in [
        ("sum(volume) + price", 15, "write `sum(price)`"),
        ("sum(volum)", 5, "did you mean `volume`"),
        ("smu(volume)", 1, "did you mean `sum`"),
        ("sum(sum(volume))", 5, "no function"),
        ("sum()", 1, "one argument"),
    ] {
        let error = Aggregate::compile(text, &columns).expect_err(text);
        assert!(
            error.column == column && error.message.contains(words),
            "{text}: {error}"
        );
    }
}

/// A tree of additions and comparisons as text with the value that it must have.
fn tree() -> impl Strategy<Value = (String, f64)> {
    let leaf = prop_oneof![
        (0..100_i32).prop_map(|n| (n.to_string(), f64::from(n))),
        Just(("open".to_owned(), 3.0)),
        Just(("close".to_owned(), 5.0)),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        (inner.clone(), inner, 0..5).prop_map(|((a, x), (b, y), code)| match code {
            0 => (format!("({a} + {b})"), x + y),
            1 => (format!("({a} - {b})"), x - y),
            2 => (format!("({a} * {b})"), x * y),
            3 => (format!("max({a}, {b})"), x.max(y)),
            _ => (format!("min({a}, {b})"), x.min(y)),
        })
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,80}", row in proptest::collection::vec(any::<f64>(), 0..8)) {
        if let Ok(expr) = Expr::compile(&text, &COLUMNS) {
            let _ = expr.eval(&row);
        }
    }

    #[test]
    fn no_sequence_of_tokens_panics(
        tokens in proptest::collection::vec(
            proptest::sample::select(vec![
                "high", "low", "1", "(", ")", "and", "or", "not", "in", "between", "<", "+", "-", ",", "max(", "ln(",
                "sum(", "is_final",
            ]),
            0..30,
        )
    ) {
        let text = tokens.join(" ");
        if let Ok(expr) = Expr::compile(&text, &COLUMNS) {
            let _ = expr.eval(&[1.0, f64::INFINITY, NULL]);
        }
        let _ = Aggregate::compile(&text, &COLUMNS);
    }

    /// Nulls and infinities among the values, and more rows than one.
    #[test]
    fn a_block_has_the_values_of_its_rows(
        (text, _) in tree(),
        more in proptest::sample::select(vec![
            "open > close", "open % 3 = 1 or is_null(low)", "not open between low and high", "ln(high) in (0, low)",
            "coalesce(when(open < 0, sqrt(open)), exp(low), -round(close / high)) != abs(low)", "is_final and low < 1",
            "is_finite(low) or 1 = 1", "5",
        ]),
        rows in proptest::collection::vec(
            proptest::array::uniform5(prop_oneof![
                4 => -20.0..20.0_f64,
                2 => (-5..5_i32).prop_map(f64::from),
                1 => Just(f64::NAN),
                1 => Just(f64::INFINITY),
            ]),
            1..BLOCK,
        ),
    ) {
        for text in [text.as_str(), more] {
            let expr = Expr::compile(text, &COLUMNS).expect("compiles");
            let mut columns = vec![[0.0; BLOCK]; 5];
            for (at, row) in rows.iter().enumerate() {
                for (column, value) in columns.iter_mut().zip(row) {
                    column[at] = *value;
                }
            }
            let mut values = [0.0; BLOCK];
            expr.eval_block(&columns, &mut Scratch::default(), &mut values);
            for (row, value) in rows.iter().zip(values) {
                let alone = expr.eval(row);
                prop_assert!(
                    alone == value || alone.is_nan() && value.is_nan(),
                    "{text} of {row:?} is {alone}, in a block {value}"
                );
            }
        }
    }

    #[test]
    fn a_tree_has_the_value_of_its_text((text, expected) in tree()) {
        let value = eval(&text, &[3.0, 0.0, 0.0, 5.0, 0.0, 0.0]);
        prop_assert!(value == expected, "{text} is {value}, not {expected}");
    }
}
