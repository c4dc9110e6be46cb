// SPDX-License-Identifier: Apache-2.0
//! `gmca doctor`: what is wrong with files of other programs, and the line that mends it.

use crate::Outcome;
use crate::args::Doctor;
use crate::context::Context;
use crate::{files, output};
use anyhow::{Result, bail};
use bccsp::SecretBytes;
use doctor::{Diagnosis, Finding, Input, MAX_FILES, Options, Role, Rule, examine};
use pki::path;
use serde_json::{Value, json};
use std::path::PathBuf;

pub(crate) fn run(ctx: &Context, args: &Doctor) -> Result<Outcome> {
    let contents = read(args)?;
    let inputs: Vec<Input<'_>> = contents
        .iter()
        .map(|(name, bytes, role)| Input { name, bytes: bytes.expose(), role: *role })
        .collect();
    let given = args.password.get("the keys")?;
    let password = |_: &str| given.as_ref().map(|secret| SecretBytes::copy_from(secret.expose()));
    let options = Options {
        ids: args.id.iter().map(|id| id.as_bytes().to_vec()).collect(),
        password: Some(&password),
        path: Some(path::Options::at(ctx.now())),
    };
    let diagnosis = examine(&ctx.providers, &inputs, &options);
    if ctx.json {
        output::line(as_json(&diagnosis))?;
    } else {
        print(&diagnosis)?;
    }
    Ok(if diagnosis.is_clean() { Outcome::Yes } else { Outcome::No })
}

/// Every file with its name, its contents, which may be secret, and its role.
fn read(args: &Doctor) -> Result<Vec<(String, SecretBytes, Option<Role>)>> {
    let roles: [(&Vec<PathBuf>, Option<Role>); 5] = [
        (&args.key, Some(Role::Key)),
        (&args.files, None),
        (&args.signature, Some(Role::Signature)),
        (&args.ciphertext, Some(Role::Ciphertext)),
        (&args.message, Some(Role::Message)),
    ];
    let mut contents = Vec::new();
    for (paths, role) in roles {
        for path in paths {
            let bytes = SecretBytes::new(files::read(path)?);
            contents.push((path.display().to_string(), bytes, role));
        }
    }
    if contents.len() > MAX_FILES {
        bail!("{} files; name at most {MAX_FILES} that belong together", contents.len());
    }
    Ok(contents)
}

fn print(diagnosis: &Diagnosis) -> Result<()> {
    for (name, what) in &diagnosis.files {
        output::line(format_args!("{name}: {what}"))?;
    }
    for finding in &diagnosis.findings {
        output::line("")?;
        let about = finding.about.first().map(String::as_str).unwrap_or_default();
        let verdict = finding.verdict.name();
        output::line(format_args!("{verdict:<9} {about}: {}", finding.what))?;
        rules("broken", &finding.rules)?;
        rules("beware", &finding.beware)?;
    }
    Ok(())
}

fn rules(word: &str, rules: &[&'static Rule]) -> Result<()> {
    for rule in rules {
        let standard = match rule.standard {
            "" => String::new(),
            standard => format!(" ({standard})"),
        };
        output::line(format_args!("  {word}  {}: {}{standard}", rule.code, rule.broken))?;
        for (program, line) in rule.fixes {
            output::line(format_args!("    {program}: {line}"))?;
        }
    }
    Ok(())
}

fn as_json(diagnosis: &Diagnosis) -> Value {
    let files: Vec<Value> =
        diagnosis.files.iter().map(|(file, what)| json!({"file": file, "what": what})).collect();
    let findings: Vec<Value> = diagnosis.findings.iter().map(finding_json).collect();
    json!({"ok": diagnosis.is_clean(), "files": files, "findings": findings})
}

fn finding_json(finding: &Finding) -> Value {
    let list =
        |rules: &[&'static Rule]| -> Vec<Value> { rules.iter().copied().map(rule_json).collect() };
    json!({
        "verdict": finding.verdict.name(),
        "about": finding.about,
        "what": finding.what,
        "broken": list(&finding.rules),
        "beware": list(&finding.beware),
    })
}

fn rule_json(rule: &'static Rule) -> Value {
    let fixes: Vec<Value> = rule
        .fixes
        .iter()
        .map(|(program, line)| json!({"program": program, "line": line}))
        .collect();
    json!({"code": rule.code, "what": rule.broken, "standard": rule.standard, "fixes": fixes})
}
