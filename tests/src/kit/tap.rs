//! What goes over the wire, kept for those who look at all of it.

use std::sync::{Mutex, PoisonError};

use super::{Answer, Request};

/// All that clients have sent and were answered.
#[derive(Default)]
pub(crate) struct Tap(Mutex<Vec<Exchange>>);

/// A request and its answer.
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Tap {
    pub(super) fn note(&self, request: &Request, answer: &Answer) {
        let (request, status, body) = (request.clone(), answer.status, answer.body.clone());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Exchange { request, status, body });
    }

    /// What was kept since the last time.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
