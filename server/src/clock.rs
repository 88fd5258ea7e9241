//! stand-in
#[derive(Clone, Debug)]
pub struct Clock;
impl Clock {
    pub fn system() -> Self {
        Clock
    }
    pub fn now_ms(&self) -> i64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| d.as_millis() as i64)
    }
}
