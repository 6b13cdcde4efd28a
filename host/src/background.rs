//! What a running service does without being asked: one task for each thing.
//!
//! The tasks are spawned by a function that is not generic, so that their code is made with this
//! library and not once more with each program.

use std::sync::Arc;

use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};

use crate::{operators, service::Service, sweep};

/// The tasks. Dropping this breaks them off.
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Background {
    /// Begins. Call it within a runtime.
    pub fn start(service: &Arc<Service>) -> Self {
        let mut background = Self { stop: watch::Sender::new(false), tasks: JoinSet::new() };
        let (keeper, stopped) = (service.clone(), background.stopped());
        background.tasks.spawn(async move { keeper.keep(stopped).await });
        let (deliverer, stopped) = (service.clone(), background.stopped());
        background.tasks.spawn(async move { deliverer.deliver(stopped).await });
        background.tasks.spawn(operators::labour(service.clone(), background.stopped()));
        background.tasks.spawn(sweep::keep(service.clone(), background.stopped()));
        background
    }

    /// Done once this is told to stop.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopped = self.stop.subscribe();
        async move {
            // An error means that the sender is gone: time to stop, too.
            let _ = stopped.wait_for(|stop| *stop).await;
        }
    }

    /// Lets each task do what is to be done last, and waits for that.
    ///
    /// # Errors
    ///
    /// If one has panicked; the others have ended all the same.
    pub async fn stop(mut self) -> Result<(), JoinError> {
        self.stop.send_replace(true);
        let mut result = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            result = result.and(ended);
        }
        result
    }
}
