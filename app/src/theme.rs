//! Light and dark: the reader's choice in the cookie `theme`, else the system's.

use std::fmt;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A chosen theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark text on white.
    Light,
    /// Light text on near-black.
    Dark,
}

impl Theme {
    /// Name of the cookie.
    pub const COOKIE: &'static str = "theme";

    /// The word in the cookie, in `data-theme` and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    /// The theme a `Cookie` header asks for.
    #[must_use]
    pub fn from_cookie_header(header: &str) -> Option<Self> {
        header
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == Self::COOKIE)
            .and_then(|(_, word)| Self::parse(word))
    }

    /// The cookie that keeps this choice for a year: value of `Set-Cookie` and of `document.cookie`.
    #[must_use]
    pub fn cookie(self) -> String {
        format!(
            "{}={self}; Path=/; Max-Age=31536000; SameSite=Lax",
            Self::COOKIE
        )
    }
}

impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a theme form may send the reader back to: a path of this site, else the first page.
#[must_use]
pub fn safe_back(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 2000
        // browsers read `/\host` as another site, and drop tabs and line breaks
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own { path } else { "/" }
}

/// The theme that is shown, as the app's root provides it.
#[derive(Debug, Clone, Copy)]
pub struct ThemeChoice(pub RwSignal<Option<Theme>>);

/// The signal of the chosen theme.
#[must_use]
pub fn use_theme() -> RwSignal<Option<Theme>> {
    use_context::<ThemeChoice>().map_or_else(|| RwSignal::new(None), |choice| choice.0)
}

/// The switch: two buttons of a form, of which CSS shows the one that changes something. Works without JavaScript
/// through `GET /theme?to=…&back=…`.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let theme = use_theme();
    let location = leptos_router::hooks::use_location();
    let back = {
        let (path, search) = (
            location.pathname.get_untracked(),
            location.search.get_untracked(),
        );
        // the router keeps the question mark in the browser but not on the server
        match search.trim_start_matches('?') {
            "" => path,
            search => format!("{path}?{search}"),
        }
    };
    let choose = move |event: leptos::ev::MouseEvent, to: Theme| {
        event.prevent_default();
        theme.set(Some(to));
        #[cfg(feature = "hydrate")]
        remember(to);
    };
    view! {
        <form class="theme-toggle" method="get" action="/theme" data-testid="theme-toggle">
            <input type="hidden" name="back" value=back/>
            <button class="icon-button to-dark" name="to" value="dark" type="submit" aria-label="Dark theme"
                title="Dark theme" on:click=move |event| choose(event, Theme::Dark)>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M13.5 9.8A5.8 5.8 0 0 1 6.2 2.5a5.8 5.8 0 1 0 7.3 7.3Z"/></svg>
            </button>
            <button class="icon-button to-light" name="to" value="light" type="submit" aria-label="Light theme"
                title="Light theme" on:click=move |event| choose(event, Theme::Light)>
                <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="3"/>
                    <path d="M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1"/>
                </svg>
            </button>
        </form>
    }
}

#[cfg(feature = "hydrate")]
fn remember(theme: Theme) {
    use wasm_bindgen::JsCast;
    let document = document();
    if let Some(root) = document.document_element() {
        // cannot fail for a constant attribute name
        let _ = root.set_attribute("data-theme", theme.as_str());
    }
    if let Ok(document) = document.dyn_into::<web_sys::HtmlDocument>() {
        // without cookies the choice lasts until the next page load
        let _ = document.set_cookie(&theme.cookie());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_read_among_others_and_strictly() {
        for (header, theme) in [
            ("theme=dark", Some(Theme::Dark)),
            ("a=b; theme=light; c=d", Some(Theme::Light)),
            ("xtheme=dark", None),
            ("theme=\"><script>", None),
            ("", None),
        ] {
            assert_eq!(Theme::from_cookie_header(header), theme, "{header}");
        }
    }

    #[test]
    fn the_way_back_stays_on_this_site() {
        for (path, back) in [
            ("/quality?alert=3", "/quality?alert=3"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nset-cookie: x=y", "/"),
            ("", "/"),
        ] {
            assert_eq!(safe_back(path), back, "{path}");
        }
    }
}
