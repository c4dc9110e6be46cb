// SPDX-License-Identifier: Apache-2.0
//! `gmca key`: make, look at and convert private keys.

use crate::Outcome;
use crate::args::{KeyConvert, KeyForm, KeyNew, KeyPasswd, KeyShow, NewPassword, ProtectionArg};
use crate::context::Context;
use crate::{files, keys, output, password};
use anyhow::{Context as _, Result, bail};
use bccsp::encoding::pbes2::Protection;
use bccsp::encoding::{pem, pkcs8, private_key, spki};
use bccsp::keystore::{FolderKeyStore, KeyStore};
use bccsp::{KeyMaterial, PublicKey, SecretBytes};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use sys::Access;

pub(crate) fn new(ctx: &Context, args: &KeyNew) -> Result<Outcome> {
    match (&args.keystore, &args.out) {
        (Some(dir), _) => new_in_store(ctx, args, dir),
        (None, Some(out)) => new_in_file(ctx, args, out),
        (None, None) => {
            let dir = ctx.key_store_dir().context(
                "say where the key goes: --out FILE, --keystore DIR, \
                 or FileKeyStore in the configuration",
            )?;
            new_in_store(ctx, args, &dir)
        }
    }
}

fn new_in_file(ctx: &Context, args: &KeyNew, out: &Path) -> Result<Outcome> {
    files::check_free(out, args.force)?;
    let password = password::for_new_key(&args.password, &out.display().to_string())?;
    let key = ctx.providers.default_provider().generate_signing_key()?;
    let rounds = bccsp::encoding::pbes2::DEFAULT_ITERATIONS;
    let pem = protect(ctx, &key.export()?, password.as_ref(), None, rounds)?;
    files::write_to(out, pem.expose(), Access::Private, args.force)?;
    let public = key.verifying_key().public_key();
    let ski = ctx.providers.ski(public)?;
    ctx.say(format!("{}: a new {} key, identifier {ski}", out.display(), public.algorithm()));
    Ok(Outcome::Yes)
}

fn new_in_store(ctx: &Context, args: &KeyNew, dir: &Path) -> Result<Outcome> {
    let existed = dir.exists();
    let mut store = FolderKeyStore::open(Arc::clone(&ctx.providers), dir)?;
    if let Some(password) = password::for_new_key(&args.password, "the new key")? {
        store = store.with_password(password);
    }
    let generated = store.generate(ctx.suite(), args.key_use.into(), &args.label);
    if generated.is_err() && !existed {
        // Only when it is still empty.
        let _ = std::fs::remove_dir(dir);
    }
    let info = generated?;
    let path = store.path_of(&info.ski);
    ctx.say(format!("{}: a new {} key to {}", path.display(), info.algorithm, info.key_use));
    Ok(Outcome::Yes)
}

pub(crate) fn show(ctx: &Context, args: &KeyShow) -> Result<Outcome> {
    let bytes = SecretBytes::new(files::read(&args.file)?);
    let protected = private_key::is_protected(bytes.expose());
    let key = keys::private(ctx, &args.file, &args.password)?;
    let public = public_of(ctx, &key).with_context(|| args.file.display().to_string())?;
    output::line(describe(ctx, &public, Some(protected))?)?;
    Ok(Outcome::Yes)
}

/// What can be said of a key: a few lines, or JSON.
pub(crate) fn describe(
    ctx: &Context,
    public: &PublicKey,
    protected: Option<bool>,
) -> Result<String> {
    let ski = ctx.providers.ski(public)?;
    let point = hex::encode(public.point());
    if ctx.json {
        return Ok(json!({
            "algorithm": public.algorithm().name(),
            "suite": public.algorithm().suite().name(),
            "ski": ski.to_string(),
            "public": point,
            "protected": protected,
        })
        .to_string());
    }
    let kind = match protected {
        None => "Public key",
        Some(false) => "Private key, not protected by a password",
        Some(true) => "Private key, protected by a password",
    };
    Ok(format!(
        "{kind}\n    Algorithm:  {}\n    Identifier: {ski}\n    Public:     {point}",
        public.algorithm()
    ))
}

pub(crate) fn convert(ctx: &Context, args: &KeyConvert) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let key = keys::private(ctx, &args.file, &args.password)?;
    // Taking it in checks it, and gives it back with its public key.
    let handle =
        ctx.providers.signing_key(&key).with_context(|| args.file.display().to_string())?;
    let (key, public) = (handle.export()?, *handle.verifying_key().public_key());
    let name = args.out.out.display().to_string();
    let new_password = args.new_password.get(&name)?;
    let plain_only = !matches!(args.to, KeyForm::Pkcs8);
    if plain_only && new_password.is_some() {
        bail!("this form cannot be protected by a password; use --to pkcs8");
    }
    let (bytes, access) = match args.to {
        KeyForm::Pkcs8 => {
            let NewPassword { protection, iterations, .. } = args.new_password;
            let pem = protect(ctx, &key, new_password.as_ref(), protection, iterations)?;
            (pem, Access::Private)
        }
        KeyForm::Pkcs8Der => (pkcs8::encode(&key)?, Access::Private),
        KeyForm::Sec1 => (private_key::encode_sec1(&key)?, Access::Private),
        KeyForm::Public => {
            let pem = pem::encode("PUBLIC KEY", &spki::encode(&public));
            (SecretBytes::new(pem.into_bytes()), Access::Public)
        }
        KeyForm::PublicDer => (SecretBytes::new(spki::encode(&public)), Access::Public),
    };
    files::write(&args.out, bytes.expose(), access)?;
    ctx.say(format!("{name}: written"));
    Ok(Outcome::Yes)
}

pub(crate) fn passwd(ctx: &Context, args: &KeyPasswd) -> Result<Outcome> {
    let key = keys::private(ctx, &args.file, &args.password)?;
    let handle =
        ctx.providers.signing_key(&key).with_context(|| args.file.display().to_string())?;
    let name = args.file.display().to_string();
    let new_password = args.new_password.get(&name)?;
    if new_password.is_none() && !args.no_password {
        bail!(
            "say which password it gets: --ask-new-password, --new-password-file, \
               --new-password-env, or --no-password"
        );
    }
    let NewPassword { protection, iterations, .. } = args.new_password;
    let pem = protect(ctx, &handle.export()?, new_password.as_ref(), protection, iterations)?;
    files::write_to(&args.file, pem.expose(), Access::Private, true)?;
    let state = if new_password.is_some() { "has a new password" } else { "has no password now" };
    ctx.say(format!("{name}: {state}"));
    Ok(Outcome::Yes)
}

/// PKCS#8 in PEM, under the password if there is one.
pub(crate) fn protect(
    ctx: &Context,
    key: &KeyMaterial,
    password: Option<&SecretBytes>,
    protection: Option<ProtectionArg>,
    iterations: u32,
) -> Result<SecretBytes> {
    let Some(password) = password else { return Ok(private_key::encode(key)?) };
    let protection = match protection {
        None => Protection::of(key.algorithm().suite()),
        Some(ProtectionArg::Gm) => Protection::Gm,
        Some(ProtectionArg::Nist) => Protection::Nist,
        Some(ProtectionArg::Compat) => Protection::Compat,
    };
    let providers = &ctx.providers;
    Ok(private_key::encode_protected(providers, key, password.expose(), protection, iterations)?)
}

fn public_of(ctx: &Context, key: &KeyMaterial) -> Result<PublicKey> {
    Ok(*ctx.providers.signing_key(key)?.verifying_key().public_key())
}
