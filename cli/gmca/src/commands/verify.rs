// SPDX-License-Identifier: Apache-2.0
//! `gmca verify`: certificates against trusted ones. Prints `FILE: OK`, or what is wrong.

use crate::Outcome;
use crate::args::Verify;
use crate::context::Context;
use crate::{objects, output, when};
use anyhow::{Context as _, Result, anyhow, bail};
use pki::path::{CrlCheck, Failure, Host, Options, Policy, Purpose, VerifiedPath, Verifier};
use serde_json::json;

pub(crate) fn run(ctx: &Context, args: &Verify) -> Result<Outcome> {
    let verifier = Verifier::new(
        &ctx.providers,
        objects::certificates(&args.ca_file)?,
        objects::certificates(&args.untrusted)?,
        objects::crls(&args.crl)?,
    )
    .with_ocsp(objects::ocsp(&args.ocsp)?);
    let options = options(ctx, args)?;
    let mut outcome = Outcome::Yes;
    for path in &args.files {
        // Further certificates in the file are those a server would send along.
        let all = objects::certificates(std::slice::from_ref(path))?;
        let (leaf, more) = all
            .split_first()
            .with_context(|| format!("{}: no certificate in it", path.display()))?;
        let verdict = verifier.verify_with(leaf, more, &options);
        if verdict.is_err() {
            outcome = Outcome::No;
        }
        print(ctx, &path.display().to_string(), &verdict)?;
    }
    Ok(outcome)
}

fn options(ctx: &Context, args: &Verify) -> Result<Options> {
    let time = args.at.as_deref().map(when::parse).transpose()?.unwrap_or(ctx.now());
    let mut options = Options::at(time);
    if let Some(purpose) = &args.purpose {
        options.purpose = Purpose::named(purpose)
            .with_context(|| format!("the purpose `{purpose}` is not known"))?;
    }
    options.policy = Policy::named(&args.policy).with_context(|| {
        let names: Vec<&str> = Policy::ALL.iter().map(|policy| policy.name()).collect();
        format!("--policy: `{}` is none; there are {}", args.policy, names.join(", "))
    })?;
    for id in &args.certificate_policy {
        let id = id.parse().map_err(|_| {
            anyhow!("--certificate-policy: `{id}` is no object identifier, such as 1.2.3.4")
        })?;
        options.policies.push(id);
    }
    options.explicit_policy = !options.policies.is_empty();
    options.host = args.hostname.as_deref().map(Host::parse).transpose()?;
    let has_any = !args.crl.is_empty() || !args.ocsp.is_empty();
    options.crls = match (has_any, args.crl_leaf_only) {
        (false, false) => CrlCheck::None,
        (false, true) => bail!("--crl-leaf-only: give a --crl or an --ocsp to look into"),
        (true, true) => CrlCheck::Leaf,
        (true, false) => CrlCheck::All,
    };
    Ok(options)
}

fn print(ctx: &Context, file: &str, verdict: &Result<VerifiedPath, Failure>) -> Result<()> {
    if ctx.json {
        let path: Vec<String> = verdict
            .iter()
            .flat_map(|path| path.certificates().iter().map(|c| c.subject().to_string()))
            .collect();
        let error = verdict.as_ref().err().map(ToString::to_string);
        return output::line(
            json!({"file": file, "ok": verdict.is_ok(), "path": path, "error": error}),
        );
    }
    match verdict {
        Ok(_) => output::line(format_args!("{file}: OK")),
        Err(failure) => output::line(format_args!("{file}: {failure}")),
    }
}
