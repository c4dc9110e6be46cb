// SPDX-License-Identifier: Apache-2.0
//! `gmca req`: make a certificate request.

use crate::Outcome;
use crate::args::Req;
use crate::conf::Conf;
use crate::context::Context;
use crate::wishes::parse_name;
use crate::{files, keys};
use anyhow::{Result, bail};
use bccsp::SigningKey;
use ca::openssl_conf::KeyIds;
use pki::extension::{Extension, SubjectAltName, TypedExtension};
use pki::{Name, RequestBuilder};
use sys::Access;

pub(crate) fn run(ctx: &Context, args: &Req) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let conf = Conf::read(ctx, &args.conf, true)?;
    let subject = match (&args.subject, &conf) {
        (Some(text), _) => Name::parse(text)?,
        (None, Some(conf)) => conf.conf.subject()?,
        (None, None) => bail!("a request needs a name: --subject '/O=Org1/CN=peer0'"),
    };
    let key = keys::signing(ctx, &args.key, &args.password)?;
    let mut builder = RequestBuilder::new(&subject);
    if let Some(conf) = conf {
        for extension in requested(ctx, &conf, key.as_ref())? {
            builder = builder.extension(extension);
        }
    }
    if !args.san.is_empty() {
        let names = args.san.iter().map(|name| parse_name(name)).collect::<Result<Vec<_>>>()?;
        builder = builder.extension(SubjectAltName(names).extension(subject.is_empty()));
    }
    let request = builder.sign(key.as_ref())?;
    files::write(&args.out, request.to_pem().as_bytes(), Access::Public)?;
    ctx.say(format!("{}: a request for {}", args.out.out.display(), subject.oneline()));
    Ok(Outcome::Yes)
}

fn requested(ctx: &Context, conf: &Conf, key: &dyn SigningKey) -> Result<Vec<Extension>> {
    let id = ctx.providers.ski(key.verifying_key().public_key())?.for_certificate();
    let keys = KeyIds { subject: &id, issuer: None, request: true };
    let found = conf.conf.extensions(&conf.section, &keys, conf.leniency)?;
    found.warnings.iter().for_each(|warning| ctx.warn(warning));
    Ok(found.extensions)
}
