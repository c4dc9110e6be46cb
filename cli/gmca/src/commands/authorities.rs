// SPDX-License-Identifier: Apache-2.0
//! `gmca cas`, `gmca cross` and `gmca rollover`: CAs beside each other and after each other.

use super::{issue, profile, renew};
use crate::Outcome;
use crate::args::{Cas, Cross, ProfileSource, Rollover};
use crate::context::Context;
use crate::interrupt::Interrupt;
use crate::{files, objects, output, password, when};
use anyhow::{Context as _, Result, bail};
use ca::{Authority, Shape};
use pki::Certificate;
use serde_json::json;
use std::path::{Path, PathBuf};
use sys::{Access, Disk, SystemDisk};

/// The folders below that hold a CA each, in order; the folder itself when it holds one.
pub(super) fn below(dir: &Path) -> Result<Vec<PathBuf>> {
    let is_ca = |dir: &Path| dir.join("ca.redb").is_file();
    if is_ca(dir) {
        return Ok(vec![dir.to_path_buf()]);
    }
    let entries = SystemDisk.list(dir).with_context(|| dir.display().to_string())?;
    let found: Vec<PathBuf> = entries.into_iter().filter(|entry| is_ca(entry)).collect();
    if found.is_empty() {
        bail!("{0}: no CA here; make one with `gmca init --dir {0}/NAME`", dir.display());
    }
    Ok(found)
}

pub(crate) fn cas(ctx: &Context, args: &Cas) -> Result<Outcome> {
    for dir in below(&args.dir)? {
        let authority = Authority::open(&ctx.ca_host(), &dir)?;
        let own = authority.certificate();
        let kind = own.public_key_info().name();
        let (subject, issuer) = (own.subject().to_string(), own.issuer().to_string());
        let end = when::show(own.not_after().timestamp());
        let count = authority.records()?.len();
        if ctx.json {
            output::line(json!({"dir": dir, "subject": subject, "issuer": issuer, "key": kind,
                "root": own.is_self_issued(), "not_after": end, "certificates": count,
                "generation": authority.generation()}))?;
            continue;
        }
        let above = match own.is_self_issued() {
            true => "root CA".to_owned(),
            false => format!("below {issuer}"),
        };
        output::line(format_args!(
            "{}  {subject}  {kind}, {above}, until {end}, {count} certificates",
            dir.display()
        ))?;
    }
    Ok(Outcome::Yes)
}

pub(crate) fn cross(ctx: &Context, args: &Cross) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let other = objects::certificate(&args.other)?;
    let source = ProfileSource { ca: Some(args.ca.clone()), profiles: None };
    let shape = Shape::from(profile::named(&profile::read(ctx, &source)?, &args.profile)?);
    let password = args.password.get(&args.ca.display().to_string())?;
    let authority = issue::open(ctx, &args.ca, password)?;
    let issued = authority
        .cross_certify(&other, &shape, args.days)
        .with_context(|| args.other.display().to_string())?;
    renew::hand_out(ctx, &args.out, &issued)?;
    Ok(Outcome::Yes)
}

pub(crate) fn rollover(ctx: &Context, args: &Rollover) -> Result<Outcome> {
    let outs = [args.new_with_old.as_ref(), args.old_with_new.as_ref()];
    outs.into_iter().flatten().try_for_each(|out| files::check_free(out, false))?;
    let name = args.ca.display().to_string();
    let password = args.password.get(&name)?;
    let again = args.password.get(&name)?;
    let host = ctx.ca_host();
    let parent = match &args.parent {
        None => None,
        Some(dir) => {
            let password =
                args.parent_password_file.as_deref().map(password::from_file).transpose()?;
            Some(
                Authority::open_unlocked(&host, dir, password)
                    .with_context(|| format!("the CA above, {}", dir.display()))?,
            )
        }
    };
    let mut authority = issue::open(ctx, &args.ca, password)?;
    let _later = Interrupt::deferred()?;
    let order = ca::Rollover { days: args.days, keep_key: args.keep_key, password: again };
    let rolled = authority.roll_over(&order, parent.as_ref())?;
    rolled.notes.iter().for_each(|note| ctx.warn(note));
    let links =
        [(&args.new_with_old, &rolled.new_with_old), (&args.old_with_new, &rolled.old_with_new)];
    for (out, link) in links {
        if let (Some(out), Some(link)) = (out, link) {
            files::write_to(out, link.to_pem().as_bytes(), Access::Public, false)?;
        }
    }
    report(ctx, &name, &rolled.certificate, rolled.new_with_old.is_some(), &authority)
}

fn report(
    ctx: &Context,
    name: &str,
    own: &Certificate,
    linked: bool,
    authority: &Authority,
) -> Result<Outcome> {
    let (serial, generation) = (own.serial_hex(), authority.generation());
    if ctx.json {
        output::line(json!({"dir": name, "serial": serial, "generation": generation,
            "not_after": when::show(own.not_after().timestamp())}))?;
    }
    let until = own.not_after().openssl();
    ctx.say(format!("{name}/ca.crt: certificate {serial}, generation {generation}, until {until}"));
    if linked {
        ctx.say("the certificates that link both keys are on record (`gmca list --json`)");
    }
    Ok(Outcome::Yes)
}
