// SPDX-License-Identifier: Apache-2.0
//! `gmca crl`: the signed list of what was taken back.

use super::issue;
use crate::Outcome;
use crate::args::Crl;
use crate::context::Context;
use crate::files;
use anyhow::Result;
use sys::Access;

pub(crate) fn run(ctx: &Context, args: &Crl) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let password = args.password.get(&args.ca.display().to_string())?;
    let authority = issue::open(ctx, &args.ca, password)?;
    let crl = authority.crl(args.days)?;
    files::write(&args.out, crl.to_pem().as_bytes(), Access::Public)?;
    let next = crl.next_update().map(|time| time.openssl()).unwrap_or_default();
    let count = crl.entries().len();
    ctx.say(format!("{}: {count} revoked, next list by {next}", args.out.out.display()));
    Ok(Outcome::Yes)
}
