// SPDX-License-Identifier: Apache-2.0
//! `gmca pair` and `gmca key open`: the two certificates of a GM pair, and the private key that
//! comes with one of them.

use super::{issue, key, profile};
use crate::Outcome;
use crate::args::{KeyOpen, Pair, ProfileSource};
use crate::context::Context;
use crate::{files, keys, objects, output};
use anyhow::{Context as _, Result, bail};
use bccsp::encoding::{key_envelope, pem};
use bccsp::{DecryptionKey, KeyMaterial, Suite};
use ca::{Order, Shape};
use pki::{Certificate, CsrResponse, Name};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use sys::Access;

pub(crate) fn run(ctx: &Context, args: &Pair) -> Result<Outcome> {
    let outs = [Some(&args.out.out), args.sign_out.as_ref(), args.encrypt_out.as_ref()];
    outs.into_iter().flatten().try_for_each(|out| files::check_free(out, args.out.force))?;
    let source = ProfileSource { ca: Some(args.ca.clone()), profiles: None };
    let profiles = profile::read(ctx, &source)?;
    let shape = |name: &str| profile::named(&profiles, name).map(Shape::from);
    let encrypt = shape(&args.encrypt_profile)?;
    let order = Order {
        days: args.days,
        subject: args.subject.as_deref().map(Name::parse).transpose()?,
        wishes: args.wished.wishes()?,
        ..Order::new(objects::request(&args.request)?, shape(&args.profile)?)
    };
    let password = args.password.get(&args.ca.display().to_string())?;
    let authority = issue::open(ctx, &args.ca, password)?;
    let pair = authority
        .issue_pair(&order, &encrypt)
        .with_context(|| args.request.display().to_string())?;
    pair.notes.iter().for_each(|note| ctx.warn(note));
    let serials = [pair.sign.serial_hex(), pair.encrypt.serial_hex()];
    let late = || {
        let [sign, encrypt] = &serials;
        format!("the pair is on record as {sign} and {encrypt} (`gmca list`), but was not written")
    };
    files::write(&args.out, &pair.response.to_der(), Access::Public).with_context(late)?;
    write_certificate(args.sign_out.as_ref(), &pair.sign, args.out.force).with_context(late)?;
    write_certificate(args.encrypt_out.as_ref(), &pair.encrypt, args.out.force)
        .with_context(late)?;
    let [sign, encrypt] = &serials;
    if ctx.json {
        output::line(json!({"out": args.out.out, "sign": sign, "encrypt": encrypt}))?;
    }
    ctx.say(format!(
        "{}: signing certificate {sign} and encryption certificate {encrypt} for {}, the key of \
         the latter for the holder of the former",
        args.out.out.display(),
        pair.sign.subject().oneline()
    ));
    Ok(Outcome::Yes)
}

fn write_certificate(out: Option<&PathBuf>, one: &Certificate, force: bool) -> Result<()> {
    let Some(out) = out else { return Ok(()) };
    files::write_to(out, one.to_pem().as_bytes(), Access::Public, force)
}

/// `gmca key open`
pub(crate) fn open(ctx: &Context, args: &KeyOpen) -> Result<Outcome> {
    let outs = [Some(&args.out.out), args.sign_out.as_ref(), args.encrypt_out.as_ref()];
    outs.into_iter().flatten().try_for_each(|out| files::check_free(out, args.out.force))?;
    let name = || args.file.display().to_string();
    let sent = Sent::read(&files::read(&args.file)?).with_context(name)?;
    let owner = keys::decryption(ctx, &args.key, &args.password)?;
    let opened = open_for(ctx, &owner, &sent.envelope).with_context(name)?;
    let public = *ctx.providers.decryption_key(&opened)?.encryption_key().public_key();
    let fits = |one: &&Certificate| one.public_key(&ctx.providers).is_ok_and(|key| key == public);
    let encrypt = sent.encrypt.iter().find(fits);
    if !sent.encrypt.is_empty() && encrypt.is_none() {
        bail!("{}: the key is not that of the encryption certificate in it", name());
    }
    let new_password = args.new_password.get(&args.out.out.display().to_string())?;
    let (protection, rounds) = (args.new_password.protection, args.new_password.iterations);
    let pem = key::protect(ctx, &opened, new_password.as_ref(), protection, rounds)?;
    let missing = |what: &str| format!("{}: no {what} certificate in it", name());
    if let (Some(out), one) = (&args.sign_out, sent.sign.first()) {
        let one = one.with_context(|| missing("signing"))?;
        write_certificate(Some(out), one, args.out.force)?;
    }
    if let Some(out) = &args.encrypt_out {
        let one = encrypt.with_context(|| missing("encryption"))?;
        write_certificate(Some(out), one, args.out.force)?;
    }
    files::write(&args.out, pem.expose(), Access::Private)?;
    let ski = ctx.providers.ski(&public)?;
    ctx.say(format!("{}: the key {ski}", args.out.out.display()));
    Ok(Outcome::Yes)
}

/// What a CA sent, taken apart.
struct Sent {
    sign: Vec<Certificate>,
    envelope: Vec<u8>,
    encrypt: Vec<Certificate>,
}

impl Sent {
    fn read(bytes: &[u8]) -> Result<Self> {
        let bytes = match pem::is_pem(bytes) {
            true => {
                let blocks = pem::decode_all(bytes)?;
                blocks.first().map(|block| block.der().to_vec()).unwrap_or_default()
            }
            false => bytes.to_vec(),
        };
        Ok(match CsrResponse::from_der(&bytes) {
            Ok(CsrResponse { sign, envelope, encrypt }) => {
                let envelope = envelope.context("there is no private key in this response")?;
                Self { sign, envelope, encrypt }
            }
            Err(_) => Self { sign: Vec::new(), envelope: bytes, encrypt: Vec::new() },
        })
    }
}

fn open_for(ctx: &Context, owner: &Arc<dyn DecryptionKey>, envelope: &[u8]) -> Result<KeyMaterial> {
    let suite = owner.encryption_key().public_key().algorithm().suite();
    let provider = ctx.providers.get(suite)?;
    match key_envelope::open(provider.as_ref(), owner.as_ref(), envelope) {
        Err(bccsp::Error::Refused) => bail!("it is not for this key"),
        Err(error) if suite != Suite::Gm => {
            Err(error).context("keys come so in the gm family only")
        }
        other => Ok(other?),
    }
}
