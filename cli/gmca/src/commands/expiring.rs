// SPDX-License-Identifier: Apache-2.0
//! `gmca expiring`: what ends soon, of CAs and of files. Exit status 1 when there is something.

use super::authorities;
use crate::Outcome;
use crate::args::Expiring;
use crate::context::Context;
use crate::{objects, output, when};
use anyhow::Result;
use ca::Authority;
use pki::Certificate;
use serde_json::json;
use std::path::Path;
use sys::Timestamp;

/// A certificate that ends within the span.
struct Ending {
    place: String,
    serial: String,
    subject: String,
    profile: Option<String>,
    not_after: Timestamp,
}

pub(crate) fn run(ctx: &Context, args: &Expiring) -> Result<Outcome> {
    let span = when::span(&args.within)?;
    let now = args.at.as_deref().map(when::parse).transpose()?.unwrap_or(ctx.now());
    let (since, until) = (Timestamp(now.0.saturating_sub(span)), now.plus(span));
    let mut found = Vec::new();
    for dir in &args.ca {
        for home in authorities::below(dir)? {
            of_ca(ctx, &home, since, until, &mut found)?;
        }
    }
    for path in &args.files {
        let place = path.display().to_string();
        let all = objects::certificates(std::slice::from_ref(path))?;
        found.extend(all.iter().filter_map(|one| ending(&place, one, since, until)));
    }
    found.sort_by(|a, b| (a.not_after, &a.serial).cmp(&(b.not_after, &b.serial)));
    for one in &found {
        print(ctx, one, now)?;
    }
    if found.is_empty() {
        ctx.say(format!("nothing ends within {}", args.within));
    }
    Ok(if found.is_empty() { Outcome::Yes } else { Outcome::No })
}

/// The CA's own certificates, and those that it issued.
fn of_ca(
    ctx: &Context,
    dir: &Path,
    since: Timestamp,
    until: Timestamp,
    found: &mut Vec<Ending>,
) -> Result<()> {
    let authority = Authority::open(&ctx.ca_host(), dir)?;
    let place = dir.display().to_string();
    let chain = authority.chain().iter();
    found.extend(chain.filter_map(|one| ending(&place, one, since, until)));
    for record in authority.expiring(since, until)? {
        found.push(Ending {
            place: place.clone(),
            serial: record.serial_hex(),
            subject: record.subject,
            profile: Some(record.profile),
            not_after: record.not_after,
        });
    }
    Ok(())
}

fn ending(place: &str, one: &Certificate, since: Timestamp, until: Timestamp) -> Option<Ending> {
    let not_after = one.not_after().timestamp();
    (since <= not_after && not_after <= until).then(|| Ending {
        place: place.to_owned(),
        serial: one.serial_hex(),
        subject: one.subject().to_string(),
        profile: None,
        not_after,
    })
}

fn print(ctx: &Context, one: &Ending, now: Timestamp) -> Result<()> {
    let days = one.not_after.0.saturating_sub(now.0) / 86_400;
    let over = one.not_after < now;
    let end = when::show(one.not_after);
    if ctx.json {
        return output::line(json!({"place": one.place, "serial": one.serial,
            "subject": one.subject, "profile": one.profile, "not_after": end, "expired": over,
            "days": days}));
    }
    let left = if over { "EXPIRED".to_owned() } else { format!("{days} days") };
    output::line(format_args!("{left:>9}  {end}  {}  {}  ({})", one.serial, one.subject, one.place))
}
