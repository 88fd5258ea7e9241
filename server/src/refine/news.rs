//! stand-in
use app::model::{Article, Reject};
use std::borrow::Cow;
#[derive(Debug, Clone)]
pub struct NewsFormat;
#[derive(Debug, Clone)]
pub struct ParsedArticle {
    pub article: Article,
    pub notes: Vec<&'static str>,
}
impl NewsFormat {
    pub fn recognise(_header: &[String]) -> Option<Self> {
        None
    }
    pub fn name(&self) -> &'static str {
        "news"
    }
    pub fn observe(&mut self, _fields: &[Cow<'_, str>]) {}
    pub fn decide(&mut self) {}
    pub fn parse(
        &self,
        _record_no: i64,
        line_no: i64,
        raw: &str,
        _fields: &[Cow<'_, str>],
        _now_ms: i64,
    ) -> Result<ParsedArticle, Reject> {
        Err(Reject {
            line_no,
            raw: raw.to_owned(),
            rules: vec![],
            reason: String::new(),
        })
    }
}
