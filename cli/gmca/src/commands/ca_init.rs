// SPDX-License-Identifier: Apache-2.0
//! `gmca init`: make a CA, at the top or below another.

use super::profile;
use crate::Outcome;
use crate::args::Init;
use crate::conf::Conf;
use crate::context::Context;
use crate::interrupt::Interrupt;
use crate::password;
use anyhow::{Context as _, Result, bail};
use ca::{Authority, NewCa, Profiles, Shape};
use pki::Name;

pub(crate) fn run(ctx: &Context, args: &Init) -> Result<Outcome> {
    let conf = Conf::read(ctx, &args.conf, false)?;
    let subject = match (&args.subject, &conf) {
        (Some(text), _) => Name::parse(text)?,
        (None, Some(conf)) => conf.conf.subject()?,
        (None, None) => bail!("a CA needs a name: --subject '/C=CN/O=Org1/CN=Org1 CA'"),
    };
    let name = args.dir.display().to_string();
    let new = NewCa {
        subject,
        shape: shape(args, conf)?,
        days: args.days,
        suite: Some(ctx.suite()),
        password: password::for_new_key(&args.password, &name)?,
    };
    // What comes now is soon done, and half of a CA is worse than a whole one too many.
    let _later = Interrupt::deferred()?;
    let host = ctx.ca_host();
    let (authority, warnings) = match &args.parent {
        None => Authority::init(&host, &args.dir, &new)?,
        Some(dir) => {
            let password =
                args.parent_password_file.as_deref().map(password::from_file).transpose()?;
            let parent = Authority::open_unlocked(&host, dir, password)
                .with_context(|| format!("the CA above, {}", dir.display()))?;
            Authority::init_below(&host, &args.dir, &new, &parent)?
        }
    };
    warnings.iter().for_each(|warning| ctx.warn(warning));
    let own = authority.certificate();
    ctx.say(format!(
        "{name}: a {} CA, {}, until {}\n{name}/ca.crt: its certificate",
        ctx.suite(),
        own.subject().oneline(),
        own.not_after().openssl()
    ));
    Ok(Outcome::Yes)
}

fn shape(args: &Init, conf: Option<Conf>) -> Result<Shape> {
    if let Some(conf) = conf {
        if args.path_len.is_some() {
            bail!(
                "--path-len and --openssl-conf both say how many CAs may be below; leave one out"
            );
        }
        return Ok(conf.into_shape());
    }
    let default = if args.parent.is_some() { "ca" } else { "root-ca" };
    let profiles = match &args.profiles {
        Some(file) => profile::from_file(file)?,
        None => Profiles::built_in().clone(),
    };
    let found = profile::named(&profiles, args.profile.as_deref().unwrap_or(default))?;
    if found.ca.is_none() {
        bail!("profile `{}` makes no CA; name one with `ca:` in it", found.name);
    }
    Ok(match args.path_len {
        Some(path_len) => found.with_path_len(Some(path_len)),
        None => found,
    }
    .into())
}
