// SPDX-License-Identifier: Apache-2.0
//! What is in a file, and whether what it states holds.

pub(crate) mod commit_hash;
mod contents;
mod judge;
mod kind;
mod report;
mod signatures;

pub(crate) use contents::Contents;
pub(crate) use report::{At, Report};
pub(crate) use signatures::Signatures;

use crate::args::{Inspect, KindArg};
use crate::objects;
use anyhow::{Context as _, Result, anyhow, bail};
use bccsp::Providers;
use clap::ValueEnum as _;
use judge::Judge;
use proto::Bytes;
use proto::json::Layers;
use serde_json::{Value, json};
use std::path::Path;
use terminal::{Outcome, files, output};

/// Shows and judges the files.
pub(crate) fn show(args: &Inspect) -> Result<Outcome> {
    let providers = objects::providers()?;
    let trust = args.trust.as_ref().map(|path| objects::channel(&providers, path)).transpose()?;
    let mut judge = Judge::new(&providers, trust);
    let (mut shown, mut checks, mut wrong) = (Vec::new(), 0, 0);
    for path in &args.files {
        let file = path.display().to_string();
        let bytes: Bytes = files::read(path)?.into();
        let kind = kind::of(args.kind, &bytes, &file)?;
        let message = message(kind, &bytes, &providers).with_context(|| file.clone())?;
        if args.bare {
            output::line(serde_json::to_string_pretty(&message)?)?;
            continue;
        }
        let mut report = Report::default();
        let judged = match kind {
            KindArg::Block => judge.block(&bytes, &mut report),
            KindArg::Envelope => judge.envelope(&bytes, &mut report),
            KindArg::SignedProposal => judge.signed_proposal(&bytes, &mut report),
            KindArg::ProposalResponse => judge.response(&bytes, &mut report),
            _ => {
                report.note("nothing in it can be computed again");
                Ok(())
            }
        };
        judged.with_context(|| file.clone())?;
        for (at, why) in proto::json::unreadable(&message) {
            report.check("layer can be read", &At::Part(at.into()), Err::<(), _>(why));
        }
        let (all, bad) = report.counts();
        (checks, wrong) = (checks + all, wrong + bad);
        shown.push(report.into_json(&file, name(kind), &message));
    }
    if args.bare {
        return Ok(Outcome::Yes);
    }
    let result = json!({ "files": shown, "summary": { "checks": checks, "wrong": wrong } });
    output::line(serde_json::to_string_pretty(&result)?)?;
    Ok(if wrong == 0 { Outcome::Yes } else { Outcome::No })
}

/// The name of a kind as `--type` takes it.
fn name(kind: KindArg) -> &'static str {
    KindArg::value_variants()
        .iter()
        .position(|variant| *variant == kind)
        .and_then(|at| NAMES.get(at))
        .copied()
        .unwrap_or_default()
}

/// In the order of the variants.
const NAMES: [&str; 9] = [
    "block",
    "envelope",
    "config",
    "config-update",
    "config-update-envelope",
    "signed-proposal",
    "proposal",
    "proposal-response",
    "package",
];

fn message(kind: KindArg, bytes: &Bytes, providers: &Providers) -> Result<Value> {
    match kind::message_name(kind) {
        // `configtxlator` leaves these closed, and nothing could be seen.
        Some(name)
            if matches!(
                kind,
                KindArg::SignedProposal | KindArg::Proposal | KindArg::ProposalResponse
            ) =>
        {
            Ok(proto::json::decode_layers(name, bytes, Layers::All)?)
        }
        Some(name) => Ok(proto::json::decode(name, bytes)?),
        None => package_json(bytes, providers),
    }
}

fn package_json(bytes: &Bytes, providers: &Providers) -> Result<Value> {
    let package = package::Package::read(bytes, providers)?;
    Ok(json!({
        "package_id": package.id(),
        "label": package.label(),
        "type": package.kind(),
        "path": package.path(),
        "files": package.files().iter().map(|(name, size)| json!({ "name": name, "size": size }))
            .collect::<Vec<_>>(),
        "connection": package.connection(),
    }))
}

/// Turns JSON back into bytes.
pub(crate) fn encode(args: &Inspect) -> Result<Outcome> {
    let (Some(out), [path]) = (&args.out, &args.files[..]) else {
        bail!("--encode takes one file and --out");
    };
    files::check_free(out, args.force)?;
    let file = path.display().to_string();
    let text = files::read(path)?;
    let value: Value = serde_json::from_slice(&text).with_context(|| file.clone())?;
    let (kind, message) = unwrap(args.kind, &value).with_context(|| file.clone())?;
    let name = kind::message_name(kind)
        .ok_or_else(|| anyhow!("{file}: a package is made by tar and gzip, not from JSON"))?;
    let bytes = proto::json::encode(name, message).with_context(|| file.clone())?;
    files::write_to(Path::new(out), &bytes, sys::Access::Public, args.force)?;
    Ok(Outcome::Yes)
}

/// The message in the JSON: all of it with `--type`, else as `gmnode inspect` printed it.
fn unwrap(given: Option<KindArg>, value: &Value) -> Result<(KindArg, &Value)> {
    let printed = value.get("files").and_then(Value::as_array);
    match (given, printed.map(Vec::as_slice)) {
        (_, Some([file])) => {
            let kind = file.get("kind").and_then(Value::as_str).unwrap_or_default();
            let kind = KindArg::from_str(kind, false).map_err(|_| anyhow!("no kind `{kind}`"))?;
            let message = file.get("message");
            Ok((kind, message.ok_or_else(|| anyhow!("it has no message"))?))
        }
        (_, Some(several)) => bail!("it shows {} files; give one", several.len()),
        (Some(kind), None) => Ok((kind, value)),
        (None, None) => bail!("say what it is with --type, such as --type block"),
    }
}
