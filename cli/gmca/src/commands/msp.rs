// SPDX-License-Identifier: Apache-2.0
//! `gmca msp`: make and check MSP folders.

use crate::Outcome;
use crate::args::{MspCheck, MspMake};
use crate::context::Context;
use crate::{keys, objects, output, when};
use anyhow::{Context as _, Result};
use msp::{Contents, Finding, MspFolder, Severity};
use pki::Certificate;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use sys::{Disk, SystemDisk};

pub(crate) fn make(ctx: &Context, args: &MspMake) -> Result<Outcome> {
    let mut contents = Contents::new(objects::certificates(&args.ca_cert)?);
    contents.intermediates = objects::certificates(&args.intermediate)?;
    contents.tls_ca_certificates = objects::certificates(&args.tls_ca_cert)?;
    contents.tls_intermediates = objects::certificates(&args.tls_intermediate)?;
    contents.admins = objects::certificates(&args.admin)?;
    contents.crls = objects::crls(&args.crl)?;
    contents.signer = args.cert.as_deref().map(objects::certificate).transpose()?;
    if let Some(path) = &args.key {
        let key = keys::private(ctx, path, &args.password)?;
        contents.key = Some(ctx.providers.signing_key(&key)?.export()?);
    }
    if args.node_ous {
        contents = contents.with_node_ous();
    }
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    contents.write(&disk, &ctx.providers, &args.dir)?;
    let folder = MspFolder::read(disk.as_ref(), &ctx.providers, &args.dir)?;
    report(ctx, &folder.check(&ctx.providers, ctx.now())?)?;
    ctx.say(format!("{}: an MSP folder", args.dir.display()));
    Ok(Outcome::Yes)
}

pub(crate) fn check(ctx: &Context, args: &MspCheck) -> Result<Outcome> {
    let now = args.at.as_deref().map(when::parse).transpose()?.unwrap_or(ctx.now());
    let folder = MspFolder::read(&SystemDisk, &ctx.providers, &args.dir)?;
    let findings = folder.check(&ctx.providers, now)?;
    report(ctx, &findings)?;
    let mut sound = !findings.iter().any(|finding| finding.severity == Severity::Error);
    if !args.member.is_empty() || !args.admin.is_empty() {
        let msp = folder.msp(&ctx.providers)?;
        for (paths, role) in [(&args.member, "member"), (&args.admin, "admin")] {
            for path in paths {
                let certificate = objects::certificate(path)?;
                let verdict = match role {
                    "member" => msp.is_member(&certificate)?,
                    _ => msp.is_admin(&certificate)?,
                };
                sound &= verdict.is_yes();
                verdict_line(ctx, path, role, verdict.is_yes(), &verdict.to_string())?;
            }
        }
    }
    if sound {
        ctx.say(format!("{}: OK", args.dir.display()));
    }
    Ok(if sound { Outcome::Yes } else { Outcome::No })
}

/// What is in a folder, a line each.
pub(super) fn show(ctx: &Context, dir: &Path) -> Result<()> {
    let folder = MspFolder::read(&SystemDisk, &ctx.providers, dir)
        .with_context(|| format!("{}: no MSP folder", dir.display()))?;
    let name = |certificate: &Certificate| certificate.subject().oneline();
    for place in msp::Place::ALL {
        for found in folder.certificates(place) {
            output::line(format_args!("{}: {}", found.path.display(), name(&found.item)))?;
        }
    }
    for crl in folder.crls() {
        output::line(format_args!("{}: {} revoked", crl.path.display(), crl.item.entries().len()))?;
    }
    for key in folder.keys() {
        let kind =
            key.public.as_ref().map_or("a key that cannot be read", |k| k.algorithm().name());
        output::line(format_args!("{}: {kind}", key.path.display()))?;
    }
    Ok(())
}

fn report(ctx: &Context, findings: &[Finding]) -> Result<()> {
    for finding in findings {
        if ctx.json {
            output::line(json!({"severity": finding.severity.name(), "kind": finding.kind.name(),
                       "path": finding.path, "line": finding.line,
                       "what": finding.what, "hint": finding.hint}))?;
        } else {
            output::line(finding)?;
        }
    }
    Ok(())
}

fn verdict_line(ctx: &Context, path: &Path, role: &str, yes: bool, why: &str) -> Result<()> {
    let file = path.display().to_string();
    if ctx.json {
        output::line(json!({"file": file, "role": role, "yes": yes, "why": why}))
    } else {
        output::line(format_args!("{file}: {role}: {why}"))
    }
}
