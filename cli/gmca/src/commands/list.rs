// SPDX-License-Identifier: Apache-2.0
//! `gmca list`: what a CA has issued, or its audit log.

use crate::Outcome;
use crate::args::List;
use crate::context::Context;
use crate::when;
use anyhow::Result;
use ca::{Authority, Record, State};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(ctx: &Context, args: &List) -> Result<Outcome> {
    let authority = Authority::open(&ctx.ca_host(), &args.ca)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if args.audit {
        audit(ctx, &authority, &mut out)?;
    } else {
        let records = authority.records()?;
        let wanted = |record: &&Record| {
            args.status.as_ref().is_none_or(|status| record.status(ctx.now()) == status)
        };
        for record in records.iter().filter(wanted) {
            let line =
                if ctx.json { as_json(ctx, record).to_string() } else { as_line(ctx, record) };
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Yes)
}

fn as_line(ctx: &Context, record: &Record) -> String {
    format!(
        "{:<9} {}  {}  {:<10} {}",
        record.status(ctx.now()),
        record.serial_hex(),
        when::show(record.not_after),
        record.profile,
        record.subject
    )
}

fn as_json(ctx: &Context, record: &Record) -> Value {
    let revoked = match &record.state {
        State::Revoked(revocation) => {
            json!({"at": when::show(revocation.at), "reason": revocation.reason})
        }
        State::Issued | State::Abandoned => Value::Null,
    };
    let pem = (!record.certificate.is_empty())
        .then(|| bccsp::encoding::pem::encode("CERTIFICATE", &record.certificate));
    json!({
        "number": record.number,
        "follows": record.follows,
        "status": record.status(ctx.now()),
        "serial": record.serial_hex(),
        "subject": record.subject,
        "profile": record.profile,
        "decided_at": when::show(record.decided_at),
        "not_after": when::show(record.not_after),
        "revoked": revoked,
        "certificate": pem,
    })
}

fn audit(ctx: &Context, authority: &Authority, out: &mut dyn Write) -> Result<()> {
    for row in authority.audit()? {
        let digest = hex::encode(row.digest);
        let time = when::show(row.time);
        if ctx.json {
            let line = json!({"number": row.number, "time": time, "action": row.action,
                              "detail": row.detail, "digest": digest});
            writeln!(out, "{line}")?;
        } else {
            let short = digest.get(..16).unwrap_or_default();
            writeln!(out, "{:>6}  {time}  {short}  {:<7} {}", row.number, row.action, row.detail)?;
        }
    }
    Ok(())
}
