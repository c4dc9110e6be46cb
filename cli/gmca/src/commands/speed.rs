// SPDX-License-Identifier: Apache-2.0
//! `gmca speed`: both families and their engines side by side on this machine.

use crate::Outcome;
use crate::args::Speed;
use crate::context::Context;
use crate::output;
use anyhow::{Result, ensure};
use bccsp::{AeadMode, Context as Purpose, EngineChoice, Provider, Suite};
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The sizes that hashing and sealing are measured at, in bytes.
const SIZES: [usize; 3] = [64, 1024, 16 << 10];
/// The size of the message that is signed, in bytes.
const MESSAGE: usize = 1024;

/// One measured line. Sizes are bytes; `mb_s` counts 10⁶ bytes.
struct Row {
    op: String,
    suite: Suite,
    engine: &'static str,
    level: &'static str,
    size: usize,
    per_s: f64,
    cycles: Option<f64>,
}

impl Row {
    fn mb_s(&self) -> Option<f64> {
        let bulk =
            self.op.starts_with("hash") || self.op.contains("seal") || self.op.contains("open");
        bulk.then(|| self.per_s * self.size as f64 / 1e6)
    }
}

/// Something to do over and over.
type Work = Box<dyn FnMut() -> Result<()>>;

/// A line that is to be measured.
struct Task {
    op: String,
    size: usize,
    suite: Suite,
    engine: &'static str,
    level: &'static str,
    work: Work,
}

pub(crate) fn run(ctx: &Context, args: &Speed) -> Result<Outcome> {
    ensure!(args.seconds > 0.0 && args.seconds <= 60.0, "--seconds is more than 0 and at most 60");
    let mut tasks = tasks()?;
    if let Some(only) = &args.only {
        tasks.retain(|task| task.op.contains(only.as_str()));
        ensure!(!tasks.is_empty(), "no row's name contains `{only}`");
    }
    let bar = progress(ctx, tasks.len());
    let clock = clock_hz();
    let mut rows = Vec::new();
    for task in tasks {
        bar.set_message(format!("{} {} {}", task.op, task.suite, task.engine));
        rows.push(measure(task, Duration::from_secs_f64(args.seconds), clock)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    if ctx.json {
        print_json(&rows)?;
    } else {
        print_table(&rows)?;
    }
    Ok(Outcome::Yes)
}

fn progress(ctx: &Context, len: usize) -> ProgressBar {
    if ctx.json || ctx.quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    let bar = ProgressBar::new(len as u64);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

fn tasks() -> Result<Vec<Task>> {
    let entropy: Arc<dyn sys::Entropy> = Arc::new(sys::SystemEntropy);
    let mut tasks = Vec::new();
    for suite in Suite::ALL {
        for choice in [EngineChoice::Portable, EngineChoice::Fast] {
            // An engine that is not there has no rows.
            if let Ok(provider) = bccsp::provider_of(suite, choice, Arc::clone(&entropy)) {
                key_tasks(&provider, &mut tasks)?;
                bulk_tasks(&provider, &mut tasks)?;
            }
        }
    }
    tasks.sort_by(|a, b| order(&a.op).cmp(&order(&b.op)).then(a.size.cmp(&b.size)));
    Ok(tasks)
}

/// The order of operations in the table.
fn order(op: &str) -> usize {
    let ops = [
        "sign",
        "verify",
        "agree",
        "encrypt",
        "decrypt",
        "key generation",
        "hash",
        "GCM seal",
        "GCM open",
        "CCM seal",
        "CCM open",
    ];
    ops.iter().position(|known| *known == op).unwrap_or(ops.len())
}

fn task(provider: &Arc<dyn Provider>, op: &str, size: usize, work: Work) -> Task {
    let engine = provider.engine().name();
    // The row of `describe` that computes most of it names the level.
    let word = match op {
        "hash" => "hash",
        op if op.contains("seal") || op.contains("open") => "GCM",
        _ => "signatures",
    };
    let parts = provider.describe();
    let part = parts.iter().find(|part| part.algorithm.contains(word));
    let level = part.or(parts.first()).map_or("portable", |part| part.level);
    Task { op: op.to_owned(), size, suite: provider.suite(), engine, level, work }
}

fn key_tasks(provider: &Arc<dyn Provider>, tasks: &mut Vec<Task>) -> Result<()> {
    let message = vec![0x5a_u8; MESSAGE];
    let key = provider.generate_signing_key()?;
    let signature = key.sign(Purpose::Fabric, &[&message])?;
    let (signer, verifier) = (Arc::clone(&key), Arc::clone(key.verifying_key()));
    let (to_sign, to_verify) = (message.clone(), message);
    let mut add = |op: &str, size, work: Work| tasks.push(task(provider, op, size, work));
    add(
        "sign",
        MESSAGE,
        Box::new(move || {
            black_box(signer.sign(Purpose::Fabric, &[&to_sign])?);
            Ok(())
        }),
    );
    add(
        "verify",
        MESSAGE,
        Box::new(move || {
            Ok(verifier.verify(Purpose::Fabric, &[&to_verify], signature.as_ref())?)
        }),
    );
    let own = provider.generate_decryption_key()?;
    let peer = *provider.generate_decryption_key()?.encryption_key().public_key();
    let agreeing = Arc::clone(&own);
    add(
        "agree",
        32,
        Box::new(move || {
            black_box(agreeing.agree(&peer)?);
            Ok(())
        }),
    );
    let sealed = own.encryption_key().encrypt(&[7; 32])?;
    let to = Arc::clone(own.encryption_key());
    add(
        "encrypt",
        32,
        Box::new(move || {
            black_box(to.encrypt(&[7; 32])?);
            Ok(())
        }),
    );
    add(
        "decrypt",
        32,
        Box::new(move || {
            black_box(own.decrypt(&sealed)?);
            Ok(())
        }),
    );
    let maker = Arc::clone(provider);
    add(
        "key generation",
        32,
        Box::new(move || {
            black_box(maker.generate_signing_key()?);
            Ok(())
        }),
    );
    Ok(())
}

fn bulk_tasks(provider: &Arc<dyn Provider>, tasks: &mut Vec<Task>) -> Result<()> {
    for size in SIZES {
        let message = vec![0x5a_u8; size];
        let (hasher, hashed) = (Arc::clone(provider), message.clone());
        tasks.push(task(
            provider,
            "hash",
            size,
            Box::new(move || {
                black_box(hasher.hash()?.digest(&[&hashed]));
                Ok(())
            }),
        ));
        for (mode, name) in [(AeadMode::Gcm, "GCM"), (AeadMode::Ccm, "CCM")] {
            let aead: Arc<dyn bccsp::Aead> = Arc::from(provider.aead(mode, &[7; 16])?);
            let (sealer, plain) = (Arc::clone(&aead), message.clone());
            tasks.push(task(
                provider,
                &format!("{name} seal"),
                size,
                Box::new(move || {
                    black_box(sealer.seal(b"", &plain)?);
                    Ok(())
                }),
            ));
            let sealed = aead.seal(b"", &message)?;
            tasks.push(task(
                provider,
                &format!("{name} open"),
                size,
                Box::new(move || {
                    black_box(aead.open(b"", &sealed)?);
                    Ok(())
                }),
            ));
        }
    }
    Ok(())
}

/// Repeats in runs that double until one has lasted long enough, and takes the best rate: others
/// on the machine only ever make it slower.
fn measure(mut task: Task, at_least: Duration, clock: Option<f64>) -> Result<Row> {
    let started = Instant::now();
    let (mut count, mut best) = (1_u32, 0.0_f64);
    while started.elapsed() < at_least {
        let run = Instant::now();
        for _ in 0..count {
            (task.work)()?;
        }
        let seconds = run.elapsed().as_secs_f64().max(1e-9);
        best = best.max(f64::from(count) / seconds);
        if seconds < at_least.as_secs_f64() / 16.0 {
            count = count.saturating_mul(2);
        }
    }
    let Task { op, size, suite, engine, level, .. } = task;
    Ok(Row { op, suite, engine, level, size, per_s: best, cycles: clock.map(|hz| hz / best) })
}

/// The processor's clock as it is now, from a chain of steps whose length in cycles is known.
/// An estimate: frequency changes and others on the machine move it.
fn clock_hz() -> Option<f64> {
    const STEPS: u32 = 20_000_000;
    let mut best = f64::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let mut x = black_box(1_u64);
        for _ in 0..STEPS {
            // Each step needs the one before. A multiplication takes 3 cycles on every x86-64 and
            // aarch64 core of the last ten years, the xor 1; together they cannot be folded.
            x ^= x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        black_box(x);
        best = best.min(started.elapsed().as_secs_f64());
    }
    let hz = f64::from(STEPS) * CYCLES_PER_STEP / best;
    (0.5e9..=7e9).contains(&hz).then_some(hz)
}

/// Of a multiplication and an xor, one after the other.
const CYCLES_PER_STEP: f64 = 4.0;

fn print_json(rows: &[Row]) -> Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({"op": row.op, "suite": row.suite.name(), "engine": row.engine,
                   "level": row.level, "size": row.size, "per_s": row.per_s,
                   "mb_s": row.mb_s(), "cycles": row.cycles})
        })
        .collect();
    output::line(format_args!("{:#}", serde_json::Value::from(rows)))
}

fn print_table(rows: &[Row]) -> Result<()> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["operation", "bytes", "suite", "engine", "per second", "MB/s", "kcycles"]);
    for column in [1, 4, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut last = String::new();
    for row in rows {
        let head = format!("{} {}", row.op, row.size);
        let (op, size) = if head == last {
            (String::new(), String::new())
        } else {
            (row.op.clone(), row.size.to_string())
        };
        last = head;
        let number = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.1}"));
        table.add_row([
            op,
            size,
            row.suite.to_string(),
            row.engine.to_owned(),
            format!("{:.0}", row.per_s),
            number(row.mb_s()),
            number(row.cycles.map(|cycles| cycles / 1000.0)),
        ]);
    }
    output::line(table)?;
    output::line("cycles are estimated from the clock during this run; compare rows, not runs")
}
