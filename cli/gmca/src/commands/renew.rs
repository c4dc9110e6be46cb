// SPDX-License-Identifier: Apache-2.0
//! `gmca renew` and `gmca rekey`: a certificate after a certificate.

use super::{issue, profile, revoke};
use crate::Outcome;
use crate::args::{Follow, Out, ProfileSource, Rekey, Renew};
use crate::context::Context;
use crate::{files, objects, output};
use anyhow::{Context as _, Result};
use ca::{Authority, Issued, Renewal};
use pki::extension::ReasonCode;
use serde_json::json;
use sys::Access;

pub(crate) fn renew(ctx: &Context, args: &Renew) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let renewal = renewal(ctx, &args.follow)?;
    let password = args.password.get(&args.follow.ca.display().to_string())?;
    let authority = issue::open(ctx, &args.follow.ca, password)?;
    let issued = authority.renew(&old(&authority, &args.follow)?, &renewal)?;
    hand_out(ctx, &args.out, &issued)?;
    Ok(Outcome::Yes)
}

pub(crate) fn rekey(ctx: &Context, args: &Rekey) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let renewal = renewal(ctx, &args.follow)?;
    let request = objects::request(&args.request)?;
    let password = args.password.get(&args.follow.ca.display().to_string())?;
    let authority = issue::open(ctx, &args.follow.ca, password)?;
    let old = old(&authority, &args.follow)?;
    let issued = authority.rekey(&old, &request, &renewal)?;
    hand_out(ctx, &args.out, &issued)?;
    if args.revoke {
        authority.revoke(&old, ReasonCode::Superseded)?;
        ctx.say("the old one is revoked (superseded); write a new list with `gmca crl`");
    }
    Ok(Outcome::Yes)
}

fn old(authority: &Authority, follow: &Follow) -> Result<Vec<u8>> {
    revoke::serial(authority, follow.certificate.as_ref(), follow.serial.as_deref())
}

fn renewal(ctx: &Context, follow: &Follow) -> Result<Renewal> {
    let source = ProfileSource { ca: Some(follow.ca.clone()), profiles: None };
    let named = |name: &String| profile::named(&profile::read(ctx, &source)?, name);
    Ok(Renewal {
        profile: follow.profile.as_ref().map(named).transpose()?,
        days: follow.days,
        expired: follow.expired,
        again: follow.again,
    })
}

/// Writes a certificate that is on record, and says so.
pub(super) fn hand_out(ctx: &Context, out: &Out, issued: &Issued) -> Result<()> {
    let certificate = &issued.certificate;
    issued.notes.iter().for_each(|note| ctx.warn(note));
    let serial = certificate.serial_hex();
    files::write(out, certificate.to_pem().as_bytes(), Access::Public).with_context(|| {
        format!("the certificate is on record as {serial} (`gmca list`), but was not written")
    })?;
    if ctx.json {
        output::line(json!({"out": out.out, "serial": serial}))?;
    }
    ctx.say(format!(
        "{}: certificate {serial} for {}, until {}",
        out.out.display(),
        certificate.subject().oneline(),
        certificate.not_after().openssl()
    ));
    Ok(())
}
