// SPDX-License-Identifier: Apache-2.0
//! `gmca profile`: what certificates may look like, as data.

use crate::Outcome;
use crate::args::{Profile, ProfileSource};
use crate::context::Context;
use crate::{files, output};
use anyhow::{Context as _, Result};
use ca::Profiles;
use serde_json::json;
use std::path::Path;

pub(crate) fn run(ctx: &Context, command: &Profile) -> Result<Outcome> {
    match command {
        Profile::List(source) => list(ctx, &read(ctx, source)?),
        Profile::Show { name, source } => {
            let profiles = read(ctx, source)?;
            let yaml = named(&profiles, name)?.to_yaml();
            let indented: Vec<String> =
                yaml.trim_end().lines().map(|l| format!("    {l}")).collect();
            let first = indented.join("\n").replacen("    ", "  - ", 1);
            output::line(format_args!("profiles:\n{first}"))?;
            Ok(Outcome::Yes)
        }
        Profile::Check { file } => {
            let profiles = from_file(file)?;
            let own = profiles.iter().count();
            ctx.say(format!("{}: OK, {own} profiles with those that are built in", file.display()));
            Ok(Outcome::Yes)
        }
    }
}

fn list(ctx: &Context, profiles: &Profiles) -> Result<Outcome> {
    for profile in profiles {
        if ctx.json {
            output::line(json!({"name": profile.name, "purpose": profile.purpose,
                   "days": profile.days, "max_days": profile.max_days, "ca": profile.ca.is_some()}))?;
        } else {
            let (name, days) = (&profile.name, profile.days);
            output::line(format_args!("{name:<12} {days:>5} days  {}", profile.purpose))?;
        }
    }
    Ok(Outcome::Yes)
}

/// The profiles that a source has.
pub(super) fn read(ctx: &Context, source: &ProfileSource) -> Result<Profiles> {
    match (&source.ca, &source.profiles) {
        (_, Some(file)) => from_file(file),
        (Some(dir), None) => Ok(Profiles::of_ca(&ctx.ca_host(), dir)?),
        (None, None) => Ok(Profiles::built_in().clone()),
    }
}

/// The profile of a name, or which ones there are.
pub(super) fn named(profiles: &Profiles, name: &str) -> Result<ca::Profile> {
    profiles.named(name).cloned().with_context(|| {
        let known: Vec<String> =
            profiles.iter().map(|p| format!("{} ({})", p.name, p.purpose)).collect();
        format!("no profile `{name}`; there are: {}", known.join(", "))
    })
}

pub(super) fn from_file(file: &Path) -> Result<Profiles> {
    let name = file.display().to_string();
    let text = String::from_utf8(files::read(file)?)
        .with_context(|| format!("{name}: is not UTF-8 text"))?;
    Ok(Profiles::parse(&text, &name)?)
}
