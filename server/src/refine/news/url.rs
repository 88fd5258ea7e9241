//! Brings the address of an article into one form, so that the same article has the same address in every file.

/// Browsers and servers take no longer ones.
const MAX_LENGTH: usize = 2048;

/// Parameters that tell who sent the reader, not what is read.
const TRACKING: [&str; 5] = ["fbclid", "gclid", "mc_cid", "mc_eid", "igshid"];

/// The canonical address; `None` if the text is no web address (`javascript:` and the like are never let through).
///
/// Lower-case scheme and host, no default port, tracking parameters, fragment or trailing slash, and of a doubled
/// address (`https://a.comhttps://a.com/x`) the last one.
pub(super) fn canonical(text: &str) -> Option<String> {
    let text = undouble(text.trim());
    if text.is_empty() || text.len() > MAX_LENGTH || text.contains(is_forbidden) {
        return None;
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("https".to_owned(), text.strip_prefix("//").unwrap_or(text)),
    };
    let default_port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    let host = host.to_lowercase();
    let host = host.strip_suffix(default_port).unwrap_or(&host);
    if !is_host(host) {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.trim_end_matches('/');
    let kept: Vec<&str> = query.split('&').filter(|pair| is_kept(pair)).collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    Some(format!("{scheme}://{host}{path}{mark}{}", kept.join("&")))
}

/// The last address, if all before it is an address without a path. An archive's address holds another one after
/// its path and stays whole.
fn undouble(text: &str) -> &str {
    let Some(at) = text
        .rfind("https://")
        .max(text.rfind("http://"))
        .filter(|&at| at > 0)
    else {
        return text;
    };
    let mut before = text[..at].trim_end_matches('/');
    if let Some((_, host)) = before.split_once("://") {
        before = host;
    }
    let is_prefix = before
        .split("http://")
        .flat_map(|part| part.split("https://"))
        .all(is_host);
    if is_prefix { &text[at..] } else { text }
}

fn is_forbidden(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`')
}

/// A name with a dot in it, with a port or not; user names are not accepted.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    name.contains('.')
        && !name.starts_with('.')
        && name.chars().all(is_name)
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_kept(pair: &str) -> bool {
    let name = pair
        .split('=')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    !name.is_empty() && !name.starts_with("utm_") && !TRACKING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_every_way_of_writing() {
        for (text, form) in [
            ("https://A.com/News/X", "https://a.com/News/X"),
            ("https://a.com/x/", "https://a.com/x"),
            ("https://a.com/", "https://a.com"),
            ("HTTPS://a.com:443/x#top", "https://a.com/x"),
            (
                "https://a.com/x?utm_source=t&id=3&fbclid=9",
                "https://a.com/x?id=3",
            ),
            ("https://a.com/x?utm_source=t", "https://a.com/x"),
            ("https://a.comhttps://a.com/x", "https://a.com/x"),
            ("https://a.com/https://a.com/x", "https://a.com/x"),
            ("a.comhttp://a.com/x", "http://a.com/x"),
            (
                "https://web.archive.org/web/2020/https://a.com/x",
                "https://web.archive.org/web/2020/https://a.com/x",
            ),
            ("www.a.com/x", "https://www.a.com/x"),
            ("//a.com/x", "https://a.com/x"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(form), "{text}");
        }
    }

    #[test]
    fn what_is_no_web_address() {
        for text in [
            "",
            "javascript:alert(1)",
            "javascript://a.com/%0aalert(1)",
            "data:text/html,x",
            "/relative/path",
            "https://",
            "https://user:pass@a.com/x",
            "https://a.com/a b",
            "https://a.com/\"onclick",
            "no url",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(
            canonical(&format!("https://a.com/{}", "x".repeat(3000))),
            None
        );
    }
}
