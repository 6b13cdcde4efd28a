//! How long a call may compute. What counts is the time that its thread has used of a processor,
//! not the time that has passed: a call that waits for its turn on a busy machine loses nothing.
#![expect(unsafe_code, reason = "reading a clock of libc")]

use std::time::Duration;

use wasmtime::{Result, Trap, UpdateDeadline};

/// What a call is expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Microseconds, up to a few milliseconds. An endless loop is over before anybody notices.
    Short,
    /// Up to many seconds: making an RSA key means looking for primes until two are found.
    Long,
}

/// A call's budget, and since when it is being used.
pub struct Meter {
    allowed: Duration,
    begun: Option<Duration>,
}

impl Meter {
    /// For a call that is about to begin. No clock is read until the call has lasted to the next
    /// tick, which nearly none does.
    pub fn new(budget: Budget) -> Self {
        Self { allowed: budget.allowed(), begun: None }
    }

    /// At every tick of a call: whether it may go on to the next.
    pub fn look(&mut self) -> Result<UpdateDeadline> {
        let now = used();
        let begun = *self.begun.get_or_insert(now);
        if now.saturating_sub(begun) < self.allowed {
            Ok(UpdateDeadline::Continue(1))
        } else {
            Err(Trap::Interrupt.into())
        }
    }
}

impl Budget {
    /// From a call's first tick on, so that up to one more tick comes in addition.
    fn allowed(self) -> Duration {
        match self {
            Self::Short => TICK * 3,
            Self::Long => Duration::from_secs(60),
        }
    }
}

/// The processor time that this thread has used since it began.
fn used() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live `timespec` that nothing else refers to.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "every Linux since 2.6.12 has this clock");
    let part = |number: i64| u64::try_from(number).expect("no time before the thread's beginning");
    Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))
}

/// How often time is looked at.
pub const TICK: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_uses_no_time_goes_on() {
        let mut meter = Meter::new(Budget::Short);
        for _ in 0..5 {
            std::thread::sleep(TICK);
            assert!(matches!(meter.look(), Ok(UpdateDeadline::Continue(1))));
        }
    }

    #[test]
    fn a_call_that_has_used_its_time_is_over() {
        let mut meter = Meter::new(Budget::Short);
        let start = used();
        assert!(meter.look().is_ok());
        while used() < start + Budget::Short.allowed() * 2 {
            std::hint::spin_loop();
        }
        assert!(meter.look().is_err());
        assert!(Meter::new(Budget::Short).look().is_ok());
    }
}
