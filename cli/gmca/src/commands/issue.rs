// SPDX-License-Identifier: Apache-2.0
//! `gmca issue`: a certificate for a request, or for every request in a folder.

use super::profile;
use crate::Outcome;
use crate::args::{Issue, ProfileSource};
use crate::conf::Conf;
use crate::context::Context;
use crate::interrupt::Interrupt;
use crate::{files, objects, output};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use bccsp::SecretBytes;
use ca::{Authority, Issued, Order, Profiles, Shape};
use indicatif::{ProgressBar, ProgressStyle};
use pki::{Name, Request};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;
use sys::{Access, Disk, SystemDisk};

/// How many requests are in memory at once.
const CHUNK: usize = 4_096;

pub(crate) fn run(ctx: &Context, args: &Issue) -> Result<Outcome> {
    // What can be refused without the key is, before a password is asked for.
    let shape = match Conf::read(ctx, &args.conf, false)? {
        Some(conf) => conf.into_shape(),
        None => Shape::from(profile::named(&profiles(ctx, args)?, &args.profile)?),
    };
    let subject = args.subject.as_deref().map(Name::parse).transpose()?;
    let wishes = args.wished.wishes()?;
    let order = |request: Request| Order {
        days: args.days,
        subject: subject.clone(),
        any_key: args.any_key,
        wishes: wishes.clone(),
        ..Order::new(request, shape.clone())
    };
    match (&args.request, &args.out, &args.batch, &args.out_dir) {
        (Some(request), Some(out), None, _) => one(ctx, args, request, out, order),
        (None, _, Some(requests), Some(out_dir)) => {
            let same = !args.wished.san.is_empty() || !args.wished.subject_id.is_empty();
            ensure!(
                args.subject.is_none() && !same,
                "--subject, --san and --subject-id would give all of a batch the same name"
            );
            batch(ctx, args, requests, out_dir, order)
        }
        _ => bail!("name a request and --out FILE, or --batch DIR and --out-dir DIR"),
    }
}

fn one(
    ctx: &Context,
    args: &Issue,
    path: &Path,
    out: &Path,
    order: impl Fn(Request) -> Order,
) -> Result<Outcome> {
    files::check_free(out, args.force)?;
    let request = objects::request(path)?;
    let authority = unlocked(ctx, args)?;
    let issued = authority.issue(&order(request)).with_context(|| path.display().to_string())?;
    let certificate = &issued.certificate;
    issued.notes.iter().for_each(|note| ctx.warn(note));
    files::write_to(out, certificate.to_pem().as_bytes(), Access::Public, args.force)
        .with_context(|| {
            let serial = certificate.serial_hex();
            format!("the certificate is on record as {serial} (`gmca list`), but was not written")
        })?;
    if ctx.json {
        output::line(json!({"out": out, "serial": certificate.serial_hex()}))?;
    }
    ctx.say(format!(
        "{}: certificate {} for {}, until {}",
        out.display(),
        certificate.serial_hex(),
        certificate.subject().oneline(),
        certificate.not_after().openssl()
    ));
    Ok(Outcome::Yes)
}

/// What a batch came to.
#[derive(Default)]
struct Tally {
    issued: usize,
    refused: usize,
    /// Seconds spent on judging, signing and recording, without reading and writing files.
    seconds: f64,
}

fn batch(
    ctx: &Context,
    args: &Issue,
    requests: &Path,
    out_dir: &Path,
    order: impl Fn(Request) -> Order,
) -> Result<Outcome> {
    let paths = SystemDisk.list(requests).with_context(|| requests.display().to_string())?;
    let paths: Vec<PathBuf> = paths.into_iter().filter(|path| path.is_file()).collect();
    ensure!(!paths.is_empty(), "{}: no files in it", requests.display());
    SystemDisk
        .create_dir(out_dir, Access::Public)
        .with_context(|| out_dir.display().to_string())?;
    let authority = unlocked(ctx, args)?;
    let interrupt = Interrupt::deferred()?;
    let bar = progress(ctx, paths.len());
    let mut tally = Tally::default();
    for chunk in paths.chunks(CHUNK) {
        let (mut readable, mut orders) = (Vec::new(), Vec::new());
        for path in chunk {
            match objects::request(path) {
                Ok(request) => {
                    readable.push(path);
                    orders.push(order(request));
                }
                Err(error) => refuse(&bar, &mut tally, path, &error),
            }
        }
        let started = Instant::now();
        let results = authority.issue_many(&orders)?;
        tally.seconds += started.elapsed().as_secs_f64();
        for (path, result) in readable.into_iter().zip(results) {
            if interrupt.came() {
                bail!(
                    "interrupted after {} certificates; those of this batch that were not written \
                     are on record (`gmca list --json` has them)",
                    tally.issued
                );
            }
            match result {
                Ok(issued) => hand_out(ctx, args, out_dir, path, &issued)?,
                Err(error) => {
                    refuse(&bar, &mut tally, path, &error.into());
                    continue;
                }
            }
            tally.issued += 1;
        }
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    report(ctx, &tally)?;
    Ok(if tally.refused == 0 { Outcome::Yes } else { Outcome::No })
}

fn progress(ctx: &Context, len: usize) -> ProgressBar {
    if ctx.json || ctx.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(len as u64);
    match ProgressStyle::with_template("{bar:30} {pos}/{len} requests") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn refuse(bar: &ProgressBar, tally: &mut Tally, path: &Path, error: &anyhow::Error) {
    tally.refused += 1;
    bar.suspend(|| output::remark(format_args!("gmca: refused: {}: {error:#}", path.display())));
}

fn hand_out(
    ctx: &Context,
    args: &Issue,
    out_dir: &Path,
    request: &Path,
    issued: &Issued,
) -> Result<()> {
    issued.notes.iter().for_each(|note| ctx.warn(note));
    let stem = request.file_stem().unwrap_or_default().to_string_lossy();
    let out = out_dir.join(format!("{stem}.crt"));
    let pem = issued.certificate.to_pem();
    // The record is on disk already; syncing a copy of each certificate would take most of the time.
    match args.force {
        true => files::write_to(&out, pem.as_bytes(), Access::Public, true),
        false => files::write_copy(&out, pem.as_bytes()),
    }
}

fn report(ctx: &Context, tally: &Tally) -> Result<()> {
    let rate = tally.issued as f64 / tally.seconds.max(1e-9);
    if ctx.json {
        output::line(json!({"issued": tally.issued, "refused": tally.refused,
                   "seconds": tally.seconds, "per_s": rate}))?;
    }
    ctx.say(format!(
        "{} issued and on record, {} refused; {:.0} a second without reading and writing files",
        tally.issued, tally.refused, rate
    ));
    Ok(())
}

fn unlocked(ctx: &Context, args: &Issue) -> Result<Authority> {
    let password = args.password.get(&args.ca.display().to_string())?;
    open(ctx, &args.ca, password)
}

/// Opens a CA and unlocks its key.
pub(super) fn open(ctx: &Context, dir: &Path, password: Option<SecretBytes>) -> Result<Authority> {
    let given = password.is_some();
    Authority::open_unlocked(&ctx.ca_host(), dir, password).map_err(|error| match error {
        ca::Error::Provider(bccsp::Error::Refused) if given => {
            anyhow!("{}: the password is wrong", dir.display())
        }
        ca::Error::Provider(bccsp::Error::Misuse(_)) if !given => anyhow!(
            "{}: its key is protected by a password; \
             add --ask-password, --password-file or --password-env",
            dir.display()
        ),
        other => other.into(),
    })
}

fn profiles(ctx: &Context, args: &Issue) -> Result<Profiles> {
    let ca = args.profiles.is_none().then(|| args.ca.clone());
    profile::read(ctx, &ProfileSource { ca, profiles: args.profiles.clone() })
}
