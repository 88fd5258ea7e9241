use app::model::Severity;

use super::*;
use crate::config::Config;

fn load(text: &str) -> Result<NotifyConfig, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("assay.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file))
        .map(|config| config.notify)
        .map_err(|error| format!("{error:#}"))
}

/// The example that stands above.
fn example() -> String {
    include_str!("../notify.rs")
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
        .collect()
}

#[test]
fn the_example_is_read() {
    let config = load(&example()).unwrap();
    assert_eq!(config.timing().pause_ms(0), 4 * HOUR_MS);
    assert_eq!(config.timing().pause_ms(1), 12 * HOUR_MS);
    assert_eq!(config.timing().pause_ms(2), 24 * HOUR_MS);
    assert!(config.schedule().unwrap().is_some());
    assert_eq!(config.channel.len(), 3);
    assert_eq!(config.channel["ops"].min_severity, Severity::Error);
    assert_eq!(config.channel["team"].min_severity, Severity::Warn);
    assert_eq!(config.channel["mail"].smtp_port(), 587);
    let none = load("").unwrap();
    assert!(none.channel.is_empty());
}

#[test]
fn nonsense_is_refused_in_words() {
    let mail =
        "[notify.channel.m]\nkind = \"email\"\nhost = \"h\"\nfrom = \"a@b.c\"\nto = [\"d@e.f\"]\n";
    let hook = "[notify.channel.h]\nkind = \"webhook\"\nurl_env = \"X\"\n";
    let of = |base: &str, more: &str| format!("{base}{more}");
    for (text, words) in [
        (
            "[notify]\ngroup_wait = \"5 parsecs\"".to_owned(),
            "no length of time",
        ),
        (
            "[notify]\ngroup_wait = \"2h\"".to_owned(),
            "notify.group_wait",
        ),
        (
            "[notify]\nrepeat_factor = 0".to_owned(),
            "repeat_factor is 0",
        ),
        ("[notify]\ndigest = \"at eight\"".to_owned(), "no schedule"),
        (
            "[notify]\nurl = \"javascript:alert(1)\"".to_owned(),
            "no address",
        ),
        ("[notify]\nlouder = true".to_owned(), "unknown field"),
        ("[notify.channel.h]\nkind = \"pigeon\"".to_owned(), "pigeon"),
        (
            "[notify.channel.h]\nkind = \"webhook\"".to_owned(),
            "needs url_env",
        ),
        (
            "[notify.channel.\"a b\"]\nkind = \"slack\"\nurl_env = \"X\"".to_owned(),
            "its name must be",
        ),
        (of(hook, "host = \"x\""), "host is not for kind \"webhook\""),
        (of(hook, "url = \"https://x/token\""), "unknown field"),
        (
            "[notify.channel.h]\nkind = \"slack\"\nurl_env = \"https://x/secret\"".to_owned(),
            "not the secret itself",
        ),
        (
            of(hook, "templates = { subject = \"{{ oops\" }"),
            "templates.subject",
        ),
        (of(mail, "password_env = \"P\""), "go together"),
        (
            of(mail, "tls = \"none\""),
            "only for a mail server on this machine",
        ),
        (of(mail, "port = 70000"), "port"),
        (
            mail.replace("d@e.f", "nobody"),
            "\"nobody\" is no mail address",
        ),
    ] {
        let error = load(&text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
        assert!(!error.contains("x/secret\" must"), "{error}");
    }
}
