// SPDX-License-Identifier: Apache-2.0
//! `gmca speed`: both families, their engines and levels, and peers, side by side on this machine.
//!
//! ```text
//! tasks      what is done                  level     the processor that is acted as
//! openssl    the peer that is a program    measure   how often a second, and the clock
//! table, html                              for people
//! ```

mod html;
mod level;
mod measure;
mod openssl;
mod table;
mod tasks;

use crate::Outcome;
use crate::args::Speed;
use crate::context::Context;
use crate::output;
use anyhow::{Result, ensure};
use bccsp::Suite;
use indicatif::{ProgressBar, ProgressStyle};
use level::Level;
use serde::Serialize;
use std::time::Duration;
use sys::Access;
use terminal::files;
use terminal::machine::Machine;

/// The sizes that hashing and sealing are measured at, in bytes.
const SIZES: [usize; 3] = [64, 1024, 16 << 10];
/// The same where curves are drawn.
const CURVE: [usize; 6] = [16, 64, 256, 1024, 4 << 10, 16 << 10];
/// The size of the message that is signed, in bytes.
const MESSAGE: usize = 1024;

/// The operations, in the order of the table, and whether their speed is told in bytes.
const OPERATIONS: [(&str, bool); 19] = [
    ("sign", false),
    ("verify", false),
    ("verify, new key", false),
    ("verify, 64 at once", false),
    ("agree", false),
    ("key exchange", false),
    ("encrypt", false),
    ("decrypt", false),
    ("key generation", false),
    ("hash", true),
    ("hash, 16 at once", true),
    ("GCM seal", true),
    ("GCM open", true),
    ("CCM seal", true),
    ("CCM open", true),
    ("CTR", true),
    ("ECB encrypt", true),
    ("CBC encrypt", true),
    ("CBC decrypt", true),
];

/// One measured line. Sizes are bytes of one message; `mb_s` counts 10⁶ bytes.
#[derive(Clone, Debug, Serialize)]
struct Row {
    op: &'static str,
    #[serde(serialize_with = "suite_name")]
    suite: Suite,
    engine: String,
    level: String,
    size: usize,
    per_s: f64,
    mb_s: Option<f64>,
    cycles: Option<f64>,
}

impl Row {
    fn new(head: Head, per_s: f64, hz: Option<f64>) -> Self {
        let Head { op, suite, engine, level, size } = head;
        let mb_s = is_bulk(op).then(|| per_s * size as f64 / 1e6);
        Self { op, suite, engine, level, size, per_s, mb_s, cycles: hz.map(|hz| hz / per_s) }
    }

    /// Whether another implementation did it.
    fn is_peer(&self) -> bool {
        self.engine.starts_with(PEER)
    }

    /// Who did it, in a word or two.
    fn who(&self) -> String {
        match self.engine.strip_prefix(PEER) {
            Some(name) => format!("{name} ({})", self.suite),
            None if self.level.is_empty() => format!("{} {}", self.suite, self.engine),
            None => format!("{} {}: {}", self.suite, self.engine, self.level),
        }
    }
}

/// What a row is about, before it is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    op: &'static str,
    suite: Suite,
    engine: String,
    level: String,
    size: usize,
}

/// Something to do over and over; a call does it so many times.
struct Task {
    head: Head,
    /// As many operations are one call of `work`.
    count: usize,
    at: Level,
    work: Box<dyn FnMut() -> Result<()>>,
}

/// What the engines of other implementations are called.
const PEER: &str = "peer:";

fn suite_name<S: serde::Serializer>(suite: &Suite, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(suite.name())
}

fn is_bulk(op: &str) -> bool {
    OPERATIONS.iter().any(|(known, bulk)| *known == op && *bulk)
}

fn order(op: &str) -> usize {
    OPERATIONS.iter().position(|(known, _)| *known == op).unwrap_or(OPERATIONS.len())
}

pub(crate) fn run(ctx: &Context, args: &Speed) -> Result<Outcome> {
    let seconds = args.seconds.unwrap_or(if args.html.is_some() { 0.2 } else { 0.5 });
    ensure!(seconds > 0.0 && seconds <= 60.0, "--seconds is more than 0 and at most 60");
    if let Some(path) = &args.html {
        files::check_free(path, args.force)?;
    }
    let machine = Machine::here();
    let rows = measured(ctx, args, Duration::from_secs_f64(seconds))?;
    if let Some(path) = &args.html {
        let page = html::page(&rows, &machine, &command());
        files::write_to(path, page.as_bytes(), Access::Public, args.force)?;
    }
    match ctx.json {
        true => output::line(format_args!("{:#}", serde_json::to_value(&rows)?))?,
        false => table::print(&rows)?,
    }
    Ok(Outcome::Yes)
}

fn command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("gmca {}", arguments.join(" "))
}

fn measured(ctx: &Context, args: &Speed, seconds: Duration) -> Result<Vec<Row>> {
    let sizes: &[usize] = if args.html.is_some() { &CURVE } else { &SIZES };
    let wanted = |op: &str| args.only.as_deref().is_none_or(|only| op.contains(only));
    let mut tasks = tasks::of_engines(sizes)?;
    if args.peers {
        tasks.extend(tasks::of_peers(sizes));
    }
    tasks.retain(|task| wanted(task.head.op));
    let asked = if args.peers { openssl::questions(&SIZES) } else { Vec::new() };
    let asked: Vec<_> = asked.into_iter().filter(|question| wanted(question.op)).collect();
    let only = args.only.as_deref().unwrap_or_default();
    ensure!(
        !tasks.is_empty(),
        "no row's name contains `{only}`; `gmca speed` without --only has them all"
    );
    let bar = progress(ctx, tasks.len() + asked.len());
    let all = seconds * u32::try_from(tasks.len())?
        + openssl::at_least(seconds) * u32::try_from(asked.len())?;
    let count = tasks.len() + asked.len();
    ctx.say(format!(
        "{count} rows, about {} s; --only and --seconds make it shorter",
        all.as_secs() + 1
    ));
    let mut rows = Vec::new();
    for task in tasks {
        bar.set_message(format!("{} {} {}", task.head.op, task.head.suite, task.head.engine));
        rows.push(measure::row(task, seconds)?);
        bar.inc(1);
    }
    for question in asked {
        bar.set_message(format!("{} openssl", question.op));
        rows.extend(openssl::ask(&question, seconds));
        bar.inc(1);
    }
    bar.finish_and_clear();
    rows.sort_by(|a, b| order(a.op).cmp(&order(b.op)).then(a.size.cmp(&b.size)));
    Ok(rows)
}

fn progress(ctx: &Context, len: usize) -> ProgressBar {
    if ctx.json || ctx.quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    let bar = ProgressBar::new(len as u64);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

#[cfg(test)]
mod tests;
