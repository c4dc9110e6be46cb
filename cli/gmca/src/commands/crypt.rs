// SPDX-License-Identifier: Apache-2.0
//! `gmca encrypt` and `gmca decrypt`: files of any size to the holder of a key.
//!
//! A public key wraps a content key, and the content is sealed in chunks under that (see
//! `bccsp::seal`). `--raw` is the plain public-key encryption of a small input.

use crate::Outcome;
use crate::args::{Decrypt, Encrypt, Out, RawForm};
use crate::context::Context;
use crate::{files, keys};
use anyhow::{Context as _, Result, bail};
use bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use bccsp::{SecretBytes, Suite, seal};
use std::io::Write;
use std::path::Path;
use sys::Access;

/// Plain public-key encryption is for keys and the like.
const RAW_LIMIT: usize = 64 << 10;

pub(crate) fn encrypt(ctx: &Context, args: &Encrypt) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let public = keys::public(ctx, &args.to)?;
    let suite = public.algorithm().suite();
    let key = ctx.providers.encryption_key(&public)?;
    let name = || args.file.display().to_string();
    match args.raw {
        Some(form) => {
            let plain = SecretBytes::new(files::read(&args.file)?);
            if plain.len() > RAW_LIMIT {
                bail!("{}: over 64 KiB; leave --raw out for files of any size", name());
            }
            let sealed = key.encrypt(plain.expose()).with_context(name)?;
            files::write(&args.out, &to_form(suite, form, &sealed)?, Access::Public)?;
        }
        None => {
            let mut input = files::input(&args.file)?;
            let provider = ctx.providers.get(suite)?;
            files::write_stream(&args.out, Access::Public, |mut out: &mut dyn Write| {
                Ok(seal::encrypt(provider.as_ref(), key.as_ref(), &mut input, &mut out)?)
            })
            .with_context(name)?;
        }
    }
    say(ctx, &args.file, &args.out, &format!("encrypted to a {} key", public.algorithm()));
    Ok(Outcome::Yes)
}

pub(crate) fn decrypt(ctx: &Context, args: &Decrypt) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let key = keys::decryption(ctx, &args.key, &args.password)?;
    let suite = key.encryption_key().public_key().algorithm().suite();
    let name = || args.file.display().to_string();
    match args.raw {
        Some(form) => {
            let sealed = from_form(suite, form, &files::read(&args.file)?).with_context(name)?;
            let plain = key.decrypt(&sealed).with_context(name)?;
            files::write(&args.out, plain.expose(), Access::Private)?;
        }
        None => {
            let mut input = files::input(&args.file)?;
            let provider = ctx.providers.get(suite)?;
            files::write_stream(&args.out, Access::Private, |mut out: &mut dyn Write| {
                Ok(seal::decrypt(provider.as_ref(), key.as_ref(), &mut input, &mut out)?)
            })
            .with_context(name)?;
        }
    }
    say(ctx, &args.file, &args.out, "decrypted");
    Ok(Outcome::Yes)
}

fn to_form(suite: Suite, form: RawForm, sealed: &[u8]) -> Result<Vec<u8>> {
    Ok(match form {
        RawForm::Der => sealed.to_vec(),
        _ if suite != Suite::Gm => bail!("this form is of the gm family; use --raw der"),
        RawForm::C1c3c2 => Sm2Ciphertext::from_der(sealed)?.to_c1c3c2(),
        RawForm::C1c2c3 => Sm2Ciphertext::from_der(sealed)?.to_c1c2c3(),
    })
}

fn from_form(suite: Suite, form: RawForm, bytes: &[u8]) -> Result<Vec<u8>> {
    Ok(match form {
        RawForm::Der => bytes.to_vec(),
        _ if suite != Suite::Gm => bail!("this form is of the gm family; use --raw der"),
        RawForm::C1c3c2 => Sm2Ciphertext::from_c1c3c2(bytes)?.to_der(),
        RawForm::C1c2c3 => Sm2Ciphertext::from_c1c2c3(bytes)?.to_der(),
    })
}

fn say(ctx: &Context, from: &Path, out: &Out, what: &str) {
    ctx.say(format!("{}: {} {what}", out.out.display(), from.display()));
}
