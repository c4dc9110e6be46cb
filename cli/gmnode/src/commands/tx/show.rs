// SPDX-License-Identifier: Apache-2.0
//! An explanation on one screen, and as JSON. What it says may be words of strangers.

use anyhow::Result;
use proto::gmca::reason::Detail;
use proto::gmca::{Explanation, Reason, Signature, StaleRead, TxVersion, UnmetPolicy};
use proto::protos::TxValidationCode;
use serde_json::{Value, json};
use terminal::output;

/// What became of it, who has signed, and why it does not count.
pub(super) fn words(of: &Explanation) -> Result<()> {
    let id = if of.tx_id.is_empty() { "(without an id)" } else { &of.tx_id };
    let does = if of.code() == TxValidationCode::Valid { "counts" } else { "does not count" };
    output::line(format_args!("transaction {}", plain(id)))?;
    output::line(format_args!(
        "{}: it {does}, in block {} of channel {} at place {}",
        of.code().as_str_name(),
        of.block,
        plain(&of.channel),
        of.place
    ))?;
    if let Some(creator) = &of.creator {
        output::line(format_args!("sent by      {}", signer(creator)))?;
    }
    for endorser in &of.endorsers {
        output::line(format_args!("endorsed by  {}", signer(endorser)))?;
    }
    of.reasons.iter().try_for_each(reason)?;
    of.notes.iter().try_for_each(|note| output::line(format_args!("note: {}", plain(note))))
}

fn signer(of: &Signature) -> String {
    let subject = if of.subject.is_empty() { "somebody" } else { &of.subject };
    let msp = if of.msp_id.is_empty() { "an unknown MSP" } else { &of.msp_id };
    let fault = match of.fault.as_str() {
        "" => String::new(),
        why => format!(", which does not count: {}", plain(why)),
    };
    format!("{} of {}{fault}", plain(subject), plain(msp))
}

fn reason(reason: &Reason) -> Result<()> {
    let Some(Detail::Policy(policy)) = &reason.detail else {
        return output::line(format_args!("why: {}", plain(&reason.text)));
    };
    let UnmetPolicy { namespace, collection, key, policy: rule, shortfall, missing } = policy;
    let mut place = format!("namespace {}", plain(namespace));
    for (what, name) in [("collection", collection), ("key", key)] {
        if !name.is_empty() {
            place = format!("{place}, {what} {}", plain(name));
        }
    }
    output::line(format_args!("why: the endorsement policy of {place} is not met"))?;
    output::line(format_args!("  policy     {}", plain(rule)))?;
    for line in shortfall {
        output::line(format_args!("             {}", plain(line)))?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    output::line(format_args!("  missing    {}", plain(&missing.join(", "))))
}

/// Without anything that moves a cursor.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The same for programs.
pub(super) fn json(of: &Explanation) -> Result<()> {
    let value = json!({
        "channel": of.channel,
        "txId": of.tx_id,
        "block": of.block,
        "place": of.place,
        "code": of.code().as_str_name(),
        "valid": of.code() == TxValidationCode::Valid,
        "creator": of.creator.as_ref().map(signature),
        "endorsers": of.endorsers.iter().map(signature).collect::<Vec<_>>(),
        "reasons": of.reasons.iter().map(reason_json).collect::<Vec<_>>(),
        "notes": of.notes,
    });
    output::line(serde_json::to_string_pretty(&value)?)
}

fn signature(of: &Signature) -> Value {
    let fault = Some(&of.fault).filter(|fault| !fault.is_empty());
    json!({ "mspId": of.msp_id, "subject": of.subject, "fault": fault })
}

fn reason_json(reason: &Reason) -> Value {
    let mut value = json!({ "text": reason.text });
    let (name, detail) = match &reason.detail {
        None => return value,
        Some(Detail::Read(read)) => ("read", stale(read)),
        Some(Detail::Range(range)) => {
            let changes: Vec<Value> = range.changes.iter().map(stale).collect();
            let (namespace, start, end) = (&range.namespace, &range.start, &range.end);
            let range =
                json!({ "namespace": namespace, "start": start, "end": end, "changes": changes });
            ("range", range)
        }
        Some(Detail::Policy(of)) => {
            let UnmetPolicy { namespace, collection, key, policy, shortfall, missing } = of;
            let policy = json!({
                "namespace": namespace, "collection": collection, "key": key, "policy": policy,
                "shortfall": shortfall, "missing": missing,
            });
            ("policy", policy)
        }
        Some(Detail::Earlier(earlier)) => ("earlier", version(earlier.at)),
    };
    value[name] = detail;
    value
}

fn stale(read: &StaleRead) -> Value {
    let StaleRead { namespace, collection, key, read, found, deleted, changed_by } = read;
    json!({
        "namespace": namespace, "collection": collection, "key": key, "read": version(*read),
        "found": version(*found), "deleted": deleted, "changedBy": changed_by,
    })
}

fn version(of: Option<TxVersion>) -> Value {
    of.map_or(Value::Null, |TxVersion { block, place }| json!({ "block": block, "place": place }))
}
