//! Small pieces that the parts of the Quality page share.

use leptos::prelude::*;

use crate::{
    components::status::Level,
    format,
    links::encode,
    model::{ScoreOf, batch::Standing, format_age, format_utc_short},
    plain::SignIn,
};

/// Level of a score. The borders are the caps that open alerts set: at most 90 with a warning, 70 with an error.
pub const fn score_level(score: Option<f64>) -> Level {
    match score {
        None => Level::Unknown,
        Some(score) if score > 90.0 => Level::Ok,
        Some(score) if score > 70.0 => Level::Warn,
        Some(_) => Level::Crit,
    }
}

/// The word of that level, for those who see neither shape nor colour.
pub const fn score_word(level: Level) -> &'static str {
    match level {
        Level::Ok => "good",
        Level::Warn => "fair",
        Level::Crit => "poor",
        Level::Info | Level::Unknown | Level::NoData => "not known",
    }
}

/// `98.3`, rounded down: 100 must mean that nothing is wrong.
pub fn score_text(score: Option<f64>) -> String {
    score.map_or_else(
        || format::UNKNOWN.to_owned(),
        |score| match score {
            score if score >= 100.0 => "100".to_owned(),
            // the small addend undoes the error of the multiplication
            score => format::decimal((score * 10.0 + 1e-6).floor() / 10.0, 1),
        },
    )
}

/// The page of a score.
pub fn score_href(of: ScoreOf, name: &str) -> String {
    if name.is_empty() {
        format!("/quality/score/{of}")
    } else {
        format!("/quality/score/{of}/{}", encode(name))
    }
}

/// A check that leads to its rule.
pub fn check_link(check_id: &str) -> AnyView {
    let href = format!("/quality/rules/{}", encode(check_id));
    view! { <a class="mono" rel="external" href=href>{check_id.to_owned()}</a> }.into_any()
}

/// First and last time of data, in UTC; a dash for none.
pub fn range(range: Option<(i64, i64)>) -> String {
    match range {
        None => format::UNKNOWN.to_owned(),
        Some((from, to)) => {
            let (first, last) = (format_utc_short(from), format_utc_short(to));
            // the day once is enough
            match (first.split_once(' '), last.split_once(' ')) {
                _ if first == last => first,
                (Some((day, _)), Some((other, time))) if day == other => {
                    format!("{first} – {time}")
                }
                _ => format!("{first} – {last}"),
            }
        }
    }
}

/// A stretch of time from the first moment to the second, or to `now`.
pub fn lasted(from: i64, to: Option<i64>, now: i64) -> String {
    format_age(to.unwrap_or(now) - from)
}

/// A waiting time as it stands in a rule: `2m`, `0s`.
pub fn span(ms: i64) -> String {
    match ms {
        ms if ms % 86_400_000 == 0 && ms > 0 => format!("{} d", ms / 86_400_000),
        ms if ms % 3_600_000 == 0 && ms > 0 => format!("{} h", ms / 3_600_000),
        ms if ms % 60_000 == 0 && ms > 0 => format!("{} min", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}

/// A share of 1 as `94 %`; whole percents are enough beside a count.
pub fn share(part: f64) -> String {
    format!("{} %", format::decimal((part * 100.0 + 1e-9).floor(), 0))
}

/// Hidden fields of a form.
pub fn hidden(fields: &[(&'static str, &str)]) -> Vec<AnyView> {
    fields
        .iter()
        .map(|(name, value)| {
            view! { <input type="hidden" name=*name value=(*value).to_owned()/> }.into_any()
        })
        .collect()
}

/// One button that does something: a form of its own, `back` is where its answer leads.
pub fn act(action: String, back: &str, label: &'static str, about: &str) -> AnyView {
    let about = (!about.is_empty()).then(|| format!("{label}: {about}"));
    view! {
        <form method="post" action=action class="act">
            {hidden(&[("back", back)])}
            <button class="button" aria-label=about>{label}</button>
        </form>
    }
    .into_any()
}

/// What stands instead of buttons for those who may not use them; nothing for operators.
pub fn only_operators(standing: Standing, what: &'static str, back: &str) -> AnyView {
    match standing {
        Standing::Operator => ().into_any(),
        Standing::MustSignIn => view! {
            <p class="hint">{format!("Operators may {what}.")}</p>
            <SignIn back=back.to_owned()/>
        }
        .into_any(),
        Standing::Elsewhere => view! {
            <p class="hint">
                {format!("To {what}, ask from the machine itself: no operator token is configured.")}
            </p>
        }
        .into_any(),
    }
}

/// Heading of a panel with small print beside it.
pub fn head(title: &'static str, id: &'static str, note: AnyView) -> AnyView {
    view! {
        <header class="panel-head">
            <h2 id=id>{title}</h2>
            <div class="panel-note">{note}</div>
        </header>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DAY_MS, HOUR_MS, MINUTE_MS};

    #[test]
    fn a_score_is_never_rounded_up() {
        assert_eq!(score_text(Some(99.99)), "99.9");
        assert_eq!(score_text(Some(100.0)), "100");
        assert_eq!(score_text(Some(40.0)), "40.0");
        assert_eq!(score_text(None), format::UNKNOWN);
        assert_eq!(score_level(Some(90.0)), Level::Warn);
        assert_eq!(score_level(Some(70.0)), Level::Crit);
        assert_eq!(
            score_level(None),
            Level::Unknown,
            "not evaluated is not good"
        );
    }

    #[test]
    fn times_are_written_once() {
        let at = 1_795_410_000_000;
        assert_eq!(
            range(Some((at, at + 5 * MINUTE_MS))),
            "2026-11-23 05:00 – 05:05"
        );
        assert_eq!(range(Some((at, at))), "2026-11-23 05:00");
        assert_eq!(
            range(Some((at, at + DAY_MS))),
            "2026-11-23 05:00 – 2026-11-24 05:00"
        );
        assert_eq!(
            [span(0), span(2 * MINUTE_MS), span(HOUR_MS), span(90_000)],
            ["0 s", "2 min", "1 h", "90 s"]
        );
    }

    #[test]
    fn a_name_stays_in_its_place_in_an_address() {
        assert_eq!(score_href(ScoreOf::Overall, ""), "/quality/score/overall");
        assert_eq!(
            score_href(ScoreOf::Venue, "a/b?c"),
            "/quality/score/venue/a%2Fb%3Fc"
        );
    }
}
