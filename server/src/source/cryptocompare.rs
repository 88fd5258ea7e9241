//! `CryptoCompare` (`CoinDesk` Data): prices and news for those who have a key. Without one it answers 401, always.

pub mod messages;
pub mod requests;
