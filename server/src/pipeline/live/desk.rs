//! Switching faults of the built-in simulator while it runs.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Clock,
    simulator::{ActiveFault, Fault, Faults, Protocol},
    web::{Fault as FaultView, FaultDesk, FaultError},
};

/// The faults of the built-in simulator, while it runs.
#[derive(Debug, Clone)]
pub struct Desk {
    faults: Arc<Mutex<Option<Faults>>>,
    clock: Clock,
}

impl Desk {
    /// A desk with no simulator yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            faults: Arc::default(),
            clock,
        }
    }

    fn running(&self) -> Result<Faults, FaultError> {
        let faults = self
            .faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        faults.ok_or_else(|| FaultError::Failed("no simulator is running".to_owned()))
    }

    pub(super) fn connect(&self, faults: Option<Faults>) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }
}

fn fault(name: &str) -> Result<Fault, FaultError> {
    let unknown = || FaultError::Unknown {
        known: Fault::ALL
            .iter()
            .map(|fault| fault.as_str().to_owned())
            .collect(),
    };
    Fault::parse(name).ok_or_else(unknown)
}

impl Desk {
    fn venue(&self, venue: Option<&str>) -> Result<Option<Protocol>, FaultError> {
        let parse = |name| Protocol::parse(name).ok_or_else(|| self.no_venue(name));
        venue.map(parse).transpose()
    }

    /// A fault at one venue or at all of them, as far as it is on.
    fn view(&self, fault: Fault, venue: Option<Protocol>, active: &[ActiveFault]) -> FaultView {
        let on = active
            .iter()
            .find(|active| active.fault == fault && active.venue == venue);
        let until = on.and_then(|active| active.until_ms);
        let seconds_left = until.map(|until| {
            let left = self.clock.wait_of(until - self.clock.now_ms());
            (left.as_millis() as u64).div_ceil(1000)
        });
        FaultView {
            name: fault.as_str().to_owned(),
            description: fault.description().to_owned(),
            venue: venue.map(|venue| venue.as_str().to_owned()),
            on: on.is_some(),
            seconds_left,
        }
    }
}

impl FaultDesk for Desk {
    fn list(&self) -> Vec<FaultView> {
        let active = self
            .running()
            .map(|faults| faults.list())
            .unwrap_or_default();
        let mut views = Vec::new();
        for fault in Fault::ALL {
            views.push(self.view(*fault, None, &active));
            let single = active.iter().filter(|active| active.fault == *fault);
            let single = single.filter_map(|active| active.venue);
            views.extend(single.map(|venue| self.view(*fault, Some(venue), &active)));
        }
        views
    }

    fn venues(&self) -> Vec<String> {
        Protocol::ALL
            .map(|protocol| protocol.as_str().to_owned())
            .into()
    }

    fn set(&self, name: &str, seconds: Option<u64>) -> Result<(), FaultError> {
        self.set_at(name, None, seconds)
    }

    fn clear(&self, name: &str) -> Result<(), FaultError> {
        self.clear_at(name, None)
    }

    fn set_at(
        &self,
        name: &str,
        venue: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), FaultError> {
        let (fault, venue) = (fault(name)?, self.venue(venue)?);
        let until = seconds.map(|seconds| {
            let lasts_ms = self.clock.ms_of(Duration::from_secs(seconds));
            self.clock.now_ms().saturating_add(lasts_ms)
        });
        self.running()?.set(fault, venue, until);
        Ok(())
    }

    fn clear_at(&self, name: &str, venue: Option<&str>) -> Result<(), FaultError> {
        let (fault, venue) = (fault(name)?, self.venue(venue)?);
        self.running()?.clear(fault, venue);
        Ok(())
    }
}
