// SPDX-License-Identifier: Apache-2.0
//! `gmca revoke`: take a certificate back.

use crate::Outcome;
use crate::args::Revoke;
use crate::context::Context;
use crate::objects;
use anyhow::{Context as _, Result, ensure};
use ca::Authority;
use pki::extension::ReasonCode;

pub(crate) fn run(ctx: &Context, args: &Revoke) -> Result<Outcome> {
    let authority = Authority::open(&ctx.ca_host(), &args.ca)?;
    let serial = match (&args.certificate, &args.serial) {
        (Some(path), _) => {
            let certificate = objects::certificate(path)?;
            ensure!(
                certificate.issuer() == authority.certificate().subject(),
                "{}: was issued by {}, not by this CA",
                path.display(),
                certificate.issuer().oneline()
            );
            certificate.serial().to_vec()
        }
        (None, Some(hex)) => parse_serial(hex)?,
        (None, None) => anyhow::bail!("name a certificate, or its number with --serial"),
    };
    let reason = ReasonCode::from_number(args.reason.code()).context("no such reason")?;
    authority.revoke(&serial, reason)?;
    let hex: String = serial.iter().map(|byte| format!("{byte:02x}")).collect();
    ctx.say(format!("{hex}: revoked ({}); write a new list with `gmca crl`", reason.name()));
    Ok(Outcome::Yes)
}

/// Hex in either case, with or without colons.
fn parse_serial(text: &str) -> Result<Vec<u8>> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let even = if digits.len().is_multiple_of(2) { digits } else { format!("0{digits}") };
    let bytes: Option<Vec<u8>> = (0..even.len())
        .step_by(2)
        .map(|at| even.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    bytes
        .filter(|bytes| !bytes.is_empty())
        .with_context(|| format!("`{text}` is no serial number in hex"))
}
