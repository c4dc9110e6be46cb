// SPDX-License-Identifier: Apache-2.0
//! What certificates that were made to keep a validator busy cost: the `pathological` cases of
//! files of x509-limbo, each parsed and judged by a verifier that has seen nothing before.
//!
//! `cargo run --release -p gmca-vectors --example hostile -- FILE…`
//! Ends with 1 when a case takes more than 50 ms of processor time or 20 MB.

use bccsp::{EngineChoice, Providers, Suite};
use gmca_vectors::limbo::{self, Case};
use pki::path::{self, Policy};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use sys::{Clock, SystemClock};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const LONGEST: Duration = Duration::from_millis(50);
const MOST_KIB: u64 = 20_000;
const ROUNDS: usize = 5;

fn main() -> Result<ExitCode> {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?;
    let mut exceeded = false;
    println!("{:64} {:>9} {:>9} {:>8}  verdict under webpki", "case", "median", "worst", "memory");
    for file in std::env::args().skip(1) {
        let mut cases = Vec::new();
        limbo::read(Path::new(&file), |case| {
            if case.id.starts_with("pathological::") {
                cases.push(case);
            }
            Ok(())
        })?;
        for case in &cases {
            exceeded |= measure(&providers, case)?;
        }
    }
    Ok(ExitCode::from(u8::from(exceeded)))
}

/// Prints a line, and says whether a bound was exceeded under any policy.
fn measure(providers: &Providers, case: &Case) -> Result<bool> {
    let mut times = Vec::new();
    let (mut memory, mut verdict) = (0, String::new());
    for policy in Policy::ALL {
        for _ in 0..ROUNDS {
            let before = peak(true)?;
            let begun = sys::processor_time();
            let said = judge(providers, case, policy)?;
            times.push(sys::processor_time().saturating_sub(begun));
            memory = peak(false)?.saturating_sub(before).max(memory);
            if policy == Policy::WebPki {
                verdict = said;
            }
        }
    }
    times.sort_unstable();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{:64} {median:>9.2?} {worst:>9.2?} {memory:>5} KiB  {verdict}", case.id);
    Ok(worst > LONGEST || memory > MOST_KIB)
}

fn judge(providers: &Providers, case: &Case, policy: Policy) -> Result<String> {
    let mut question = limbo::question(case, SystemClock.now())??;
    question.options.policy = policy;
    let limbo::Question { anchors, intermediates, leaf, crls, options } = &question;
    let verdict = path::verify(providers, leaf, intermediates, anchors, crls, options);
    Ok(verdict.map_or_else(|failure| failure.rule().to_string(), |_| "holds".to_owned()))
}

/// The most memory that was resident, in KiB, forgotten before if asked for; 0 where the system
/// does not tell.
fn peak(forget: bool) -> Result<u64> {
    if forget && Path::new("/proc/self/clear_refs").exists() {
        std::fs::write("/proc/self/clear_refs", "5")?;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.map_or(Ok(0), str::parse)?)
}
