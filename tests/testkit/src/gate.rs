//! The gate that every port call of one invocation passes.

use icm_ports::{PortError, Result};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// What happens at one port call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The invocation ends before the call: nothing happened.
    CrashBefore,
    /// The invocation ends after the call: it happened, and nobody heard of it.
    CrashAfter,
    /// Refused; nothing happened.
    Throttle,
    /// Could not be reached; nothing happened.
    Unavailable,
    /// It happened, and the answer was lost.
    Ambiguous,
    /// Somebody else's commit came first: a conflict although nothing changed.
    Conflict,
}

/// Decides at each port call, by the name of its operation, what goes wrong there.
pub type Chooser = Box<dyn FnMut(&'static str) -> Option<Fault> + Send>;

#[derive(Default)]
struct Inner {
    calls: Vec<&'static str>,
    faults: Vec<(usize, Fault)>,
    chooser: Option<Chooser>,
    yields: bool,
    crashed: bool,
}

/// Numbers the port calls of an invocation from 0 and applies faults to them.
#[derive(Default)]
pub struct Gate(Mutex<Inner>);

impl Gate {
    /// A gate that lets everything pass.
    pub fn open() -> Self {
        Self::default()
    }

    /// A gate at which every call waits once, so that another invocation can run in between.
    pub fn yielding() -> Self {
        let gate = Self::default();
        gate.inner().yields = true;
        gate
    }

    /// A gate at which every call waits once and the chooser decides about its fault.
    pub fn chosen_by(chooser: Chooser) -> Self {
        let gate = Self::yielding();
        gate.inner().chooser = Some(chooser);
        gate
    }

    /// A gate with a fault at call number `call`.
    pub fn with_fault(call: usize, fault: Fault) -> Self {
        let gate = Self::default();
        gate.inner().faults.push((call, fault));
        gate
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<&'static str> {
        self.inner().calls.clone()
    }

    /// How many calls have come so far.
    pub fn count(&self) -> usize {
        self.inner().calls.len()
    }

    /// Whether the invocation has ended in a crash at this gate: its future never completes and is to be dropped.
    pub fn has_crashed(&self) -> bool {
        self.inner().crashed
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a call: `act` is what it does.
    pub async fn pass<T: Send>(
        &self,
        operation: &'static str,
        act: impl FnOnce() -> Result<T> + Send,
    ) -> Result<T> {
        let (fault, yields) = self.enter(operation);
        if yields {
            Once::default().await;
        }
        match fault {
            None => act(),
            Some(Fault::CrashBefore) => self.crash().await,
            Some(Fault::CrashAfter) => {
                drop(act());
                self.crash().await
            }
            Some(Fault::Throttle) => Err(PortError::Throttled { operation }),
            Some(Fault::Unavailable) => Err(PortError::Unavailable { operation }),
            Some(Fault::Conflict) => Err(PortError::Conflict { operation }),
            Some(Fault::Ambiguous) => act().and(Err(PortError::Ambiguous { operation })),
        }
    }

    /// The end of the invocation.
    async fn crash<T>(&self) -> T {
        self.inner().crashed = true;
        std::future::pending().await
    }

    fn enter(&self, operation: &'static str) -> (Option<Fault>, bool) {
        let mut inner = self.inner();
        let number = inner.calls.len();
        inner.calls.push(operation);
        let planned = inner.faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| fault.clone());
        let fault = planned.or_else(|| inner.chooser.as_mut().and_then(|choose| choose(operation)));
        (fault, inner.yields)
    }
}

/// Waits once.
#[derive(Default)]
struct Once(bool);

impl Future for Once {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
