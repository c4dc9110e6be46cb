// SPDX-License-Identifier: Apache-2.0
//! `gmca crl`: the signed list of what was taken back.

use super::issue;
use crate::Outcome;
use crate::args::Crl;
use crate::context::Context;
use crate::files;
use anyhow::Result;
use ca::ListOrder;
use sys::Access;

pub(crate) fn run(ctx: &Context, args: &Crl) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let password = args.password.get(&args.ca.display().to_string())?;
    let authority = issue::open(ctx, &args.ca, password)?;
    let seconds = match args.hours {
        Some(hours) => u64::from(hours) * 3_600,
        None => u64::from(args.days) * 86_400,
    };
    let crl =
        authority.list(&ListOrder { seconds, delta: args.delta, generation: args.generation })?;
    files::write(&args.out, crl.to_pem().as_bytes(), Access::Public)?;
    let next = crl.next_update().map(|time| time.openssl()).unwrap_or_default();
    let count = crl.entries().len();
    let what = if args.delta { "changed since the last complete list" } else { "revoked" };
    let out = args.out.out.display();
    ctx.say(format!("{out}: number {}, {count} {what}, next list by {next}", number(&crl)));
    Ok(Outcome::Yes)
}

fn number(crl: &pki::Crl) -> String {
    let number = crl.number().ok().flatten().map(|number| number.0).unwrap_or_default();
    number.iter().fold(0u64, |sum, byte| sum.wrapping_shl(8) | u64::from(*byte)).to_string()
}
