//! Running handlers without a runtime: to the end, to a crash, or in every interleaving.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Polls at most this often before a future counts as stuck.
const POLLS_MAX: usize = 100_000;

/// A handler invocation.
pub type Invocation<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

fn step<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Option<T> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Runs a future to its end. Panics when it waits for something that no fake will ever do.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let done = run_until_stuck(future);
    assert!(done.is_some(), "the future waits for ever");
    match done {
        Some(value) => value,
        None => unreachable!("asserted above"),
    }
}

/// Runs a future to its end, or until it crashed at a gate (then it is dropped).
pub fn run_until_stuck<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    (0..POLLS_MAX).find_map(|_| step(future.as_mut()))
}

/// Runs two invocations in every interleaving of their port calls with at most `switches_max` changes from one to the
/// other while both could go on (faults of concurrency need few), and checks the end of each. `begin` makes a fresh
/// world with its two invocations; `check` sees the world after both have ended, with the schedule (false: the first
/// moved, true: the second) for its message. Returns the number of runs.
pub fn explore<W>(
    switches_max: usize,
    mut begin: impl FnMut() -> (W, [Invocation<'static>; 2]),
    mut check: impl FnMut(&W, &[bool]),
) -> usize {
    let (mut prefix, mut runs) = (Vec::new(), 0);
    loop {
        let (world, invocations) = begin();
        let schedule = interleave(invocations, &prefix);
        runs += 1;
        let moves: Vec<bool> = schedule.iter().map(|step| step.second).collect();
        check(&world, &moves);
        match next_prefix(schedule, switches_max) {
            Some(next) => prefix = next,
            None => return runs,
        }
    }
}

/// One step of a schedule.
struct Step {
    /// The second invocation moved.
    second: bool,
    /// Both could have moved.
    choice: bool,
    /// It was not the one that moved before.
    switched: bool,
}

/// Runs two invocations as the prefix says, then whichever moved last while it lasts.
fn interleave(invocations: [Invocation<'static>; 2], prefix: &[bool]) -> Vec<Step> {
    let [first, second] = invocations;
    let (mut first, mut second) = (Some(first), Some(second));
    let (mut steps, mut last): (Vec<Step>, bool) = (Vec::new(), false);
    while first.is_some() || second.is_some() {
        assert!(steps.len() < POLLS_MAX, "an invocation waits for ever");
        let choice = first.is_some() && second.is_some();
        let moved = if choice { prefix.get(steps.len()).copied().unwrap_or(last) } else { first.is_none() };
        let slot = if moved { &mut second } else { &mut first };
        if slot.as_mut().is_some_and(|invocation| step(invocation.as_mut()).is_some()) {
            *slot = None;
        }
        steps.push(Step { second: moved, choice, switched: choice && moved != last });
        last = moved;
    }
    steps
}

/// The next schedule in order: the last choice that went on with the same invocation goes to the other, if the bound
/// allows one more switch.
fn next_prefix(mut steps: Vec<Step>, switches_max: usize) -> Option<Vec<bool>> {
    while let Some(last) = steps.pop() {
        let switches = steps.iter().filter(|step| step.switched).count();
        if last.choice && !last.switched && switches < switches_max {
            let mut prefix: Vec<bool> = steps.into_iter().map(|step| step.second).collect();
            prefix.push(!last.second);
            return Some(prefix);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Gate;
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::rc::Rc;

    fn two_calls(name: char, trace: Rc<RefCell<String>>) -> Invocation<'static> {
        Box::pin(async move {
            let gate = Gate::yielding();
            for _ in 0..2 {
                let passed = gate.pass("x", || Ok(())).await;
                assert!(passed.is_ok());
                trace.borrow_mut().push(name);
            }
        })
    }

    #[test]
    fn every_interleaving_of_two_times_two_calls_is_run() {
        let mut seen = BTreeSet::new();
        explore(
            9,
            || {
                let trace = Rc::new(RefCell::new(String::new()));
                let invocations = [two_calls('a', Rc::clone(&trace)), two_calls('b', Rc::clone(&trace))];
                (trace, invocations)
            },
            |trace, _| {
                seen.insert(trace.borrow().clone());
            },
        );
        let all: BTreeSet<String> =
            ["aabb", "abab", "abba", "baab", "baba", "bbaa"].map(str::to_owned).into();
        assert_eq!(seen, all);
    }

    #[test]
    fn a_crash_ends_the_invocation_before_or_after_the_call() {
        for (fault, happened) in [(crate::Fault::CrashBefore, 0), (crate::Fault::CrashAfter, 1)] {
            let count = RefCell::new(0);
            let gate = Gate::with_fault(0, fault);
            let ended = run_until_stuck(async {
                let mut waiting = std::pin::pin!(std::future::ready(()));
                waiting.as_mut().await;
                let before = *count.borrow();
                assert_eq!(before, 0);
                let done = std::sync::atomic::AtomicI32::new(0);
                let passing = gate.pass("x", || {
                    done.store(1, std::sync::atomic::Ordering::SeqCst);
                    Ok(())
                });
                let mut passing = std::pin::pin!(passing);
                let none = step(passing.as_mut());
                assert!(none.is_none());
                done.load(std::sync::atomic::Ordering::SeqCst)
            });
            assert_eq!(ended, Some(happened));
        }
    }
}
