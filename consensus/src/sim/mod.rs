// SPDX-License-Identifier: Apache-2.0
//! An async runtime of one thread in virtual time: the seed decides which ready task goes on, and
//! nothing else does.
//!
//! Tasks belong to a [`NodeId`], so that a crash drops those of one node and no other. Each OS thread
//! has one such world of its own; [`reset`] begins it anew.

mod executor;
mod time;
mod watch;

pub use executor::{
    Step, crash, current, jump, now, on_node, pause, polls, reset, resume, roll, step, tasks_of,
};
pub use time::{Elapsed, SimInstant, Sleep, Timeout};
pub use watch::{SimWatch, WatchReceiver, WatchSender};

use openraft_rt::{AsyncRuntime, OptionalSend};
use openraft_rt_tokio::{TokioMpsc, TokioMutex, TokioOneshot};
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use sys::sim::Dice;

/// Begins a task of the node that is at work.
pub fn spawn<T>(task: T) -> Join<T::Output>
where
    T: Future + OptionalSend + 'static,
    T::Output: OptionalSend + 'static,
{
    use openraft_rt::OneshotSender as _;
    let (sender, receiver) = <TokioOneshot as openraft_rt::Oneshot>::channel();
    executor::spawn(Box::pin(async move {
        // Nobody waits for it: that is not its concern.
        let _ = sender.send(task.await);
    }));
    Join(receiver)
}

/// Runs a task to its end in a world where nothing else happens.
///
/// # Panics
/// When it waits for something that will never be.
pub fn block_on<T>(task: impl Future<Output = T>) -> T {
    SimRuntime.block_on(task)
}

/// Waits, by the clock of the node that is at work.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::until(SimInstant::here() + duration)
}

/// A simulated machine. 0 is whatever stands outside of all of them: clients, the one who plans.
pub type NodeId = u32;

/// Whoever is no machine.
pub const OUTSIDE: NodeId = 0;

/// The runtime. All state is in the thread.
#[derive(Debug)]
pub struct SimRuntime;

/// A task that was dropped before its end: its node crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskGone;

impl fmt::Display for TaskGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task went away with its node")
    }
}

/// What a task will give.
pub struct Join<T>(<TokioOneshot as openraft_rt::Oneshot>::Receiver<T>)
where
    T: OptionalSend;

impl<T: OptionalSend> Future for Join<T> {
    type Output = Result<T, TaskGone>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|_| TaskGone)
    }
}

impl<T: OptionalSend> fmt::Debug for Join<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Join")
    }
}

/// Numbers from the seed of the world.
#[derive(Clone, Debug)]
pub struct SimRng(Dice);

impl rand_core::TryRng for SimRng {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        // The upper half: any half of SplitMix64 is as good.
        Ok((self.0.roll() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.roll())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in out.chunks_mut(8) {
            let word = self.0.roll().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl AsyncRuntime for SimRuntime {
    type JoinError = TaskGone;
    type JoinHandle<T: OptionalSend + 'static> = Join<T>;
    type Sleep = Sleep;
    type Instant = SimInstant;
    type TimeoutError = Elapsed;
    type Timeout<R, T: Future<Output = R> + OptionalSend> = Timeout<T>;
    type ThreadLocalRng = SimRng;
    // Both hand out in the order of asking, and need no runtime of their own. Tokio's watch does
    // not: it wakes its receivers in an order that the system's entropy decides.
    type Mpsc = TokioMpsc;
    type Oneshot = TokioOneshot;
    type Mutex<T: OptionalSend + 'static> = TokioMutex<T>;
    type Watch = SimWatch;

    fn spawn<T>(future: T) -> Join<T::Output>
    where
        T: Future + OptionalSend + 'static,
        T::Output: OptionalSend + 'static,
    {
        spawn(future)
    }

    fn sleep(duration: Duration) -> Sleep {
        sleep(duration)
    }

    fn sleep_until(deadline: SimInstant) -> Sleep {
        Sleep::until(deadline)
    }

    fn timeout<R, F: Future<Output = R> + OptionalSend>(
        duration: Duration,
        future: F,
    ) -> Timeout<F> {
        Timeout::new(Self::sleep(duration), future)
    }

    fn timeout_at<R, F: Future<Output = R> + OptionalSend>(
        deadline: SimInstant,
        future: F,
    ) -> Timeout<F> {
        Timeout::new(Self::sleep_until(deadline), future)
    }

    fn is_panic(_: &TaskGone) -> bool {
        // A panic ends the whole run, as a finding.
        false
    }

    fn thread_rng() -> SimRng {
        SimRng(Dice::new(roll()))
    }

    fn new(_: usize) -> Self {
        reset(0);
        Self
    }

    fn block_on<F, T>(&mut self, future: F) -> T
    where
        F: Future<Output = T>,
    {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(value) =
                future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            {
                return value;
            }
            assert!(step() != Step::Idle, "everything waits, for nothing: {} ns", now());
        }
    }

    async fn spawn_blocking<F, T>(work: F) -> Result<T, io::Error>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(work())
    }
}
