//! The report: the whole analysis as one page that needs nothing else, neither scripts nor other files, and prints well.
//! Only the server has it.

mod appendix;
mod chart;
mod checks;
mod health;
mod methods;
mod news;
mod parts;
mod plot;
mod price;
mod scale;
mod sources;
mod summary;
mod thin;
mod words;

use leptos::prelude::*;

use crate::{
    chart::escape,
    components::status::of_verdict,
    model::{analysis::AnalysisVm, format_utc_short},
    theme::Theme,
};
use parts::{Section, badge, status};

const STYLE: &str = include_str!("report/style.css");
/// Nothing may be loaded or run; styles stand in the page itself.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// How the report is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The reader's choice; without one the reader's system decides.
    pub theme: Option<Theme>,
    /// A link back to the pages: for the report on a server, not for a file.
    pub links: bool,
}

/// The report as one HTML document. The same data give the same bytes.
#[must_use]
pub fn document(vm: &AnalysisVm, options: &Options) -> String {
    let title = title(vm);
    let theme = options
        .theme
        .map_or_else(String::new, |theme| format!(" data-theme=\"{theme}\""));
    // views leave empty comments between texts
    let body = body(vm, &title, options).to_html().replace("<!>", "");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"{theme}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"Assay {version}\">\n\
         <link rel=\"icon\" href=\"{icon}\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n",
        version = escape(&vm.program_version),
        icon = crate::ICON,
        title = escape(&title),
    )
}

fn title(vm: &AnalysisVm) -> String {
    match vm.prices.first() {
        Some(price) => format!("{} at {}: data report", price.instrument, price.venue),
        None if vm.news.is_some() => "News: data report".to_owned(),
        None => "Data report".to_owned(),
    }
}

fn body(vm: &AnalysisVm, title: &str, options: &Options) -> AnyView {
    let mut sections = vec![sources::section(vm), health::section(vm)];
    sections.extend(
        vm.prices
            .iter()
            .enumerate()
            .map(|(place, price)| price::section(place, price)),
    );
    sections.push(news::section(vm));
    sections.push(checks::section(vm));
    sections.push(methods::section(vm));
    sections.extend(appendix::section(vm));
    let back = options.links.then(|| {
        view! {
            <nav class="back" aria-label="Pages">
                <a href="/">"← Assay"</a>
                <a href="/report?download=1">"Save as a file"</a>
            </nav>
        }
    });
    view! {
        {back}
        <header>
            <p class="kind">"Assay · data report" {simulated(vm)}</p>
            <h1>{title.to_owned()}</h1>
            <p class="made">{made(vm)}</p>
        </header>
        <main>
            {summary::view(vm)}
            {contents(&sections)}
            {sections.into_iter().map(Section::view).collect::<Vec<_>>()}
        </main>
        <footer>{format!("End of the report. {}", made(vm))}</footer>
    }
    .into_any()
}

fn made(vm: &AnalysisVm) -> String {
    format!(
        "Made on {} UTC by Assay {}, data version {}. All times are UTC.",
        format_utc_short(vm.generated_at),
        vm.program_version,
        vm.data_version
    )
}

/// Said once on top; beside each source it is said again.
fn simulated(vm: &AnalysisVm) -> Option<AnyView> {
    let (simulated, all) = (
        vm.sources.iter().filter(|source| source.simulated).count(),
        vm.sources.len(),
    );
    match simulated {
        0 => None,
        some if some == all => Some(badge("simulated or synthetic data: not real prices")),
        _ => Some(badge("contains simulated or synthetic data")),
    }
}

fn contents(sections: &[Section]) -> AnyView {
    let entries: Vec<_> = sections
        .iter()
        .map(|section| {
            view! { <li><a href=format!("#{}", section.id)>{section.title.clone()}</a></li> }
        })
        .collect();
    view! { <nav class="contents" aria-label="Contents"><h2>"Contents"</h2><ol>{entries}</ol></nav> }.into_any()
}

/// The verdict as shape and word.
fn verdict(vm: &AnalysisVm) -> AnyView {
    status(of_verdict(&vm.verdict), vm.verdict.word.clone())
}

#[cfg(test)]
mod tests;
