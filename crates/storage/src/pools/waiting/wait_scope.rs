//! The native waits and leases of one storage object. Closing the object ends all of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::super::model::LeaseRef;
use super::super::rows::StepId;
use super::service::WaitService;
use crate::error::{Error, Result};
use crate::events::NewEvent;
use crate::store::Store;

/// The native waits and leases of one storage object.
pub struct WaitScope {
    store: Store,
    service: Arc<WaitService>,
    closed: CancellationToken,
    /// The steps that wait here or hold a lease from here.
    steps: Mutex<BTreeSet<StepId>>,
}

impl WaitScope {
    pub(crate) fn new(store: Store, service: Arc<WaitService>) -> Arc<Self> {
        Arc::new(Self { store, service, closed: CancellationToken::new(), steps: Mutex::default() })
    }

    /// The store that the object sees.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// [`Store::store_fenced_events`], during which a lease of this process is renewed as late as is safe.
    pub async fn store_fenced_events(&self, events: Vec<NewEvent>, lease: LeaseRef) -> Result<Vec<String>> {
        let _call = self.service.keep_alives().begin_fenced(&lease);
        self.store.store_fenced_events(events, lease).await
    }

    pub(super) const fn service(&self) -> &Arc<WaitService> {
        &self.service
    }

    /// Ends waits with `Code::Closed`, and leases as lost. What they hold in the store stays until its expiry.
    pub fn close(&self) {
        self.closed.cancel();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    pub(super) fn enter(&self, step: &StepId) -> Result<()> {
        if self.steps.lock().insert(step.clone()) {
            return Ok(());
        }
        let message = format!("step '{}' of run '{}' already holds or waits for a lease here", step.step, step.run);
        Err(Error::conflict(message))
    }

    pub(super) fn leave(&self, step: &StepId) {
        self.steps.lock().remove(step);
    }
}
