// SPDX-License-Identifier: Apache-2.0
//! `gmca p12`: a key with its certificates in one file under a password.

use super::key;
use crate::Outcome;
use crate::args::{NewPassword, P12Export, P12Import, ProtectionArg};
use crate::context::Context;
use crate::{files, keys, objects};
use anyhow::{Context as _, Result, bail};
use bccsp::encoding::pbes2::Protection;
use cms::pkcs12::{self, Options};
use sys::Access;

pub(crate) fn export(ctx: &Context, args: &P12Export) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let key = keys::private(ctx, &args.key, &args.password)?;
    let own = objects::certificate(&args.cert)?;
    let mut certificates = vec![own];
    for one in objects::certificates(&args.chain)? {
        if !certificates.contains(&one) {
            certificates.push(one);
        }
    }
    let name = args.out.out.display().to_string();
    let Some(password) = args.new_password.get(&name)? else {
        bail!(
            "say which password it gets: --ask-new-password, --new-password-file or --new-password-env"
        );
    };
    let NewPassword { protection, iterations, .. } = args.new_password;
    let protection = match protection {
        None => Protection::of(key.algorithm().suite()),
        Some(ProtectionArg::Gm) => Protection::Gm,
        Some(ProtectionArg::Nist) => Protection::Nist,
        Some(ProtectionArg::Compat) => Protection::Compat,
    };
    let options = Options { name: args.name.clone(), protection, iterations };
    let der = pkcs12::write(&ctx.providers, &key, &certificates, &password, &options)
        .with_context(|| args.cert.display().to_string())?;
    files::write(&args.out, &der, Access::Private)?;
    ctx.say(format!("{name}: a key and {} certificates", certificates.len()));
    Ok(Outcome::Yes)
}

pub(crate) fn import(ctx: &Context, args: &P12Import) -> Result<Outcome> {
    files::check_free(&args.key_out, args.force)?;
    files::check_free(&args.cert_out, args.force)?;
    let name = args.file.display().to_string();
    let bytes = files::read(&args.file)?;
    let Some(password) = args.password.get(&name)? else {
        bail!("{name}: offer its password with --ask-password, --password-file or --password-env");
    };
    let bag = pkcs12::read(&ctx.providers, &bytes, &password).with_context(|| name.clone())?;
    let [entry] = bag.keys.as_slice() else {
        bail!("{name}: holds {} private keys, and one is expected", bag.keys.len());
    };
    // Taking it in checks it, and gives it back with its public key.
    let handle = ctx.providers.signing_key(&entry.value).with_context(|| name.clone())?;
    let public = *handle.verifying_key().public_key();
    let is_own = |one: &&pki::Certificate| one.public_key(&ctx.providers).ok() == Some(public);
    let all: Vec<&pki::Certificate> = bag.certificates.iter().map(|entry| &entry.value).collect();
    let (own, others): (Vec<_>, Vec<_>) = all.iter().copied().partition(is_own);
    let pem: String = own.iter().chain(&others).map(|one| one.to_pem()).collect();
    let new_password = args.new_password.get(&args.key_out.display().to_string())?;
    let NewPassword { protection, iterations, .. } = args.new_password;
    let key = key::protect(ctx, &handle.export()?, new_password.as_ref(), protection, iterations)?;
    files::write_to(&args.key_out, key.expose(), Access::Private, args.force)?;
    files::write_to(&args.cert_out, pem.as_bytes(), Access::Public, args.force)?;
    ctx.say(format!("{name}: a key and {} certificates", all.len()));
    Ok(Outcome::Yes)
}
