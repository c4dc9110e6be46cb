// SPDX-License-Identifier: Apache-2.0
//! What one signature costs on this machine while it is busy: some are made and verified now and then
//! during a measurement, by a thread of its own.

use anyhow::{Result, anyhow};
use bccsp::{Context, Job, Providers, Signature, SigningKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use sys::{Clock as _, SystemClock, processor_time};

/// Seconds of processor time for one of each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) sign: f64,
    pub(super) verify: f64,
    /// One of those that are judged together.
    pub(super) together: f64,
}

/// A thread that measures until it is stopped.
pub(super) struct Probe {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Cost, bccsp::Error>>,
}

impl Probe {
    /// Begins, with this key of one of these families.
    pub(super) fn start(providers: Arc<Providers>, key: Arc<dyn SigningKey>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        Self { stop, thread: thread::spawn(move || run(&providers, &*key, &stopped)) }
    }

    /// The mean of all that were made.
    pub(super) fn stop(self) -> Result<Cost> {
        self.stop.store(true, Ordering::Relaxed);
        let cost = self.thread.join().map_err(|_| anyhow!("the probe of signatures panicked"))?;
        Ok(cost?)
    }
}

fn run(
    providers: &Providers,
    key: &dyn SigningKey,
    stop: &AtomicBool,
) -> Result<Cost, bccsp::Error> {
    let (mut sum, mut count) = (Cost::default(), 0.0);
    loop {
        let once = once(providers, key)?;
        sum.sign += once.sign;
        sum.verify += once.verify;
        sum.together += once.together;
        count += 1.0;
        if stop.load(Ordering::Relaxed) {
            let Cost { sign, verify, together } = sum;
            let (sign, verify) = (sign / count, verify / count);
            return Ok(Cost { sign, verify, together: together / count });
        }
        SystemClock.sleep(PAUSE);
    }
}

/// Some are made, a few of them verified alone, and all of them together.
fn once(providers: &Providers, key: &dyn SigningKey) -> Result<Cost, bccsp::Error> {
    let message = [7; MESSAGE];
    let parts = [&message[..]];
    let public = key.verifying_key().as_ref();
    let begun = processor_time();
    let signatures = (0..BATCH).map(|_| key.sign(Context::Fabric, &parts));
    let signatures = signatures.collect::<Result<Vec<Signature>, _>>()?;
    let signed = processor_time();
    for signature in signatures.iter().take(ALONE) {
        public.verify(Context::Fabric, &parts, signature.as_ref())?;
    }
    let verified = processor_time();
    let job = |signature| Job { key: public, ctx: Context::Fabric, message: &parts, signature };
    let jobs: Vec<_> = signatures.iter().map(|signature| job(signature.as_ref())).collect();
    providers.verify_many(&jobs).into_iter().collect::<Result<Vec<()>, _>>()?;
    let each =
        |to: Duration, from, count: usize| to.saturating_sub(from).as_secs_f64() / count as f64;
    Ok(Cost {
        sign: each(signed, begun, BATCH),
        verify: each(verified, signed, ALONE),
        together: each(processor_time(), verified, BATCH),
    })
}

/// Bytes that are signed: a transaction with one endorsement has about so many.
const MESSAGE: usize = 3000;
/// Signatures that are judged together, as those of a small block.
const BATCH: usize = 16;
/// How many of them alone.
const ALONE: usize = 4;
const PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;
    use bccsp::{EngineChoice, Suite};

    #[test]
    fn signatures_cost_something() {
        for suite in Suite::ALL {
            let providers = Arc::new(Providers::new(suite, EngineChoice::Auto).unwrap());
            let key = providers.default_provider().generate_signing_key().unwrap();
            let cost = Probe::start(providers, key).stop().unwrap();
            assert!(cost.sign > 0.0 && cost.verify > 0.0 && cost.together > 0.0, "{cost:?}");
        }
    }
}
