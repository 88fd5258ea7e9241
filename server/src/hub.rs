//! stand-in until the web engineer's module is merged
use app::model::{AlertEventVm, FeedVm, LiveEvent};
#[derive(Debug, Clone)]
pub struct Hub;
impl Hub {
    pub fn new(_build: &str) -> Self {
        Hub
    }
    pub fn publish(&self, _event: LiveEvent) {}
    pub fn alerts(&self, _events: Vec<AlertEventVm>) {}
    pub fn feed(&self, _feed: FeedVm) {}
    pub fn changed(&self) {}
}
