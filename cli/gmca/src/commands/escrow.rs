// SPDX-License-Identifier: Apache-2.0
//! `gmca escrow`: who may open keys that a CA keeps, and the way there in three steps.

use super::{issue, revoke};
use crate::Outcome;
use crate::args::{Escrow, EscrowApprove, EscrowAsk, EscrowRecover};
use crate::context::Context;
use crate::{files, keys, objects, output};
use anyhow::{Context as _, Result};
use ca::Authority;
use ca::escrow::{Administrator, Approval, RecoveryRequest};
use serde_json::json;
use std::path::Path;
use sys::Access;

pub(crate) fn run(ctx: &Context, command: &Escrow) -> Result<Outcome> {
    match command {
        Escrow::Add { ca, cert, password } => {
            let certificate = objects::certificate(cert)?;
            let password = password.get(&ca.display().to_string())?;
            let one = issue::open(ctx, ca, password)?.add_administrator(&certificate)?;
            ctx.say(format!("{}: keys that are made from now on are sealed for it", line(&one)));
        }
        Escrow::Remove { ca, number, password } => {
            let password = password.get(&ca.display().to_string())?;
            let one = issue::open(ctx, ca, password)?.remove_administrator(*number)?;
            ctx.say(format!("{}: approves nothing any more", line(&one)));
        }
        Escrow::List { ca } => {
            let authority = Authority::open(&ctx.ca_host(), ca)?;
            authority.administrators()?.iter().try_for_each(|one| print(ctx, one))?;
        }
        Escrow::Ask(args) => ask(ctx, args)?,
        Escrow::Approve(args) => approve(ctx, args)?,
        Escrow::Recover(args) => recover(ctx, args)?,
    }
    Ok(Outcome::Yes)
}

fn line(one: &Administrator) -> String {
    format!("administrator {}, {}", one.number, one.certificate.subject().oneline())
}

fn print(ctx: &Context, one: &Administrator) -> Result<()> {
    if ctx.json {
        return output::line(json!({"number": one.number, "active": one.active,
            "subject": one.certificate.subject().to_string(),
            "serial": one.certificate.serial_hex()}));
    }
    let state = if one.active { "" } else { " (no more)" };
    output::line(format_args!("{}{state}", line(one)))
}

fn ask(ctx: &Context, args: &EscrowAsk) -> Result<()> {
    files::check_free(&args.out.out, args.out.force)?;
    let to = keys::public(ctx, &args.to)?;
    let authority = Authority::open(&ctx.ca_host(), &args.ca)?;
    let serial = revoke::serial(&authority, args.certificate.as_ref(), args.serial.as_deref())?;
    let request = authority.ask_recovery(&serial, &to, &args.reason)?;
    files::write(&args.out, request.to_json(), Access::Public)?;
    let out = args.out.out.display();
    ctx.say(format!("{out}: {}; two administrators approve it now", request.describe()));
    Ok(())
}

fn approve(ctx: &Context, args: &EscrowApprove) -> Result<()> {
    files::check_free(&args.out.out, args.out.force)?;
    let request = request(&args.request)?;
    let ca = objects::certificate(&args.ca_cert)?;
    let key = keys::private(ctx, &args.key, &args.password)?;
    let (signs, decrypts) = (ctx.providers.signing_key(&key)?, ctx.providers.decryption_key(&key)?);
    let approval =
        Approval::make(&ctx.providers, &request, &ca, signs.as_ref(), decrypts.as_ref())?;
    files::write(&args.out, &approval.to_json()?, Access::Private)?;
    ctx.say(format!("{}: approved: {}", args.out.out.display(), request.describe()));
    Ok(())
}

fn recover(ctx: &Context, args: &EscrowRecover) -> Result<()> {
    files::check_free(&args.out.out, args.out.force)?;
    let request = request(&args.request)?;
    let approval = |path: &std::path::PathBuf| -> Result<Approval> {
        Approval::from_json(&files::read(path)?).with_context(|| path.display().to_string())
    };
    let approvals = args.approvals.iter().map(approval).collect::<Result<Vec<_>>>()?;
    let password = args.password.get(&args.ca.display().to_string())?;
    let authority = issue::open(ctx, &args.ca, password)?;
    let recovered = authority.recover(&request, &approvals)?;
    files::write(&args.out, &recovered.envelope, Access::Public)?;
    let [first, second] = recovered.administrators;
    ctx.say(format!(
        "{}: the key of certificate {}, by administrators {first} and {second}; its receiver \
         opens it with `gmca key open`",
        args.out.out.display(),
        recovered.certificate.serial_hex()
    ));
    Ok(())
}

fn request(path: &Path) -> Result<RecoveryRequest> {
    RecoveryRequest::from_json(&files::read(path)?).with_context(|| path.display().to_string())
}
