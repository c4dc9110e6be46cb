// SPDX-License-Identifier: Apache-2.0
//! `gmca revoke` and `gmca release`: take a certificate back, or give it back from hold.

use crate::Outcome;
use crate::args::{Release, Revoke};
use crate::context::Context;
use crate::{objects, when};
use anyhow::{Context as _, Result, ensure};
use ca::Authority;
use pki::extension::ReasonCode;
use std::path::PathBuf;

pub(crate) fn run(ctx: &Context, args: &Revoke) -> Result<Outcome> {
    let authority = Authority::open(&ctx.ca_host(), &args.ca)?;
    let serial = serial(&authority, args.certificate.as_ref(), args.serial.as_deref())?;
    let reason = ReasonCode::from_number(args.reason.code()).context("no such reason")?;
    let since = args.since.as_deref().map(when::parse).transpose()?;
    authority.revoke_suspect(&serial, reason, since)?;
    let (hex, reason) = (hex::encode(&serial), reason.name());
    ctx.say(format!("{hex}: revoked ({reason}); write a new list with `gmca crl`"));
    Ok(Outcome::Yes)
}

pub(crate) fn release(ctx: &Context, args: &Release) -> Result<Outcome> {
    let authority = Authority::open(&ctx.ca_host(), &args.ca)?;
    let serial = serial(&authority, args.certificate.as_ref(), args.serial.as_deref())?;
    authority.release(&serial)?;
    let hex = hex::encode(&serial);
    ctx.say(format!("{hex}: off hold; write a new list with `gmca crl`, or `gmca crl --delta`"));
    Ok(Outcome::Yes)
}

/// The serial number of a certificate of this CA, from its file or as it was typed.
pub(super) fn serial(
    authority: &Authority,
    certificate: Option<&PathBuf>,
    serial: Option<&str>,
) -> Result<Vec<u8>> {
    match (certificate, serial) {
        (Some(path), _) => {
            let certificate = objects::certificate(path)?;
            ensure!(
                certificate.issuer() == authority.certificate().subject(),
                "{}: was issued by {}, not by this CA",
                path.display(),
                certificate.issuer().oneline()
            );
            Ok(certificate.serial().to_vec())
        }
        (None, Some(hex)) => parse_serial(hex),
        (None, None) => anyhow::bail!("name a certificate, or its number with --serial"),
    }
}

/// Hex in either case, with or without colons.
fn parse_serial(text: &str) -> Result<Vec<u8>> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let even = if digits.len().is_multiple_of(2) { digits } else { format!("0{digits}") };
    hex::decode(even)
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .with_context(|| format!("`{text}` is no serial number in hex"))
}
