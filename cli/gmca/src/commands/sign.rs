// SPDX-License-Identifier: Apache-2.0
//! `gmca sign` and `gmca check-sig`: signatures of files of any size.

use crate::Outcome;
use crate::args::{CheckSig, Sign, SignatureForm};
use crate::context::Context;
use crate::{files, keys, output};
use anyhow::{Context as _, Result};
use bccsp::encoding::signature::RawSignature;
use bccsp::{Context as Purpose, PublicKey};
use serde_json::json;
use sys::Access;

const PIECE: usize = 1 << 18;

pub(crate) fn sign(ctx: &Context, args: &Sign) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let key = keys::signing(ctx, &args.key, &args.password)?;
    let mut signer = key.signer(purpose(args.id.as_deref()))?;
    files::each_piece(&args.file, PIECE, &mut |piece| signer.update(piece))
        .with_context(|| args.file.display().to_string())?;
    let der = signer.finish()?;
    let bytes = match args.form {
        SignatureForm::Der => der.into_vec(),
        SignatureForm::Raw => RawSignature::from_der(der.as_ref())?.to_raw().to_vec(),
        SignatureForm::RawPublic => {
            let public = key.verifying_key().public_key();
            RawSignature::from_der(der.as_ref())?.to_raw_with_public_key(public).to_vec()
        }
    };
    files::write(&args.out, &bytes, Access::Public)?;
    ctx.say(format!("{}: signature of {}", args.out.out.display(), args.file.display()));
    Ok(Outcome::Yes)
}

pub(crate) fn check(ctx: &Context, args: &CheckSig) -> Result<Outcome> {
    let signer = args.cert.as_ref().or(args.public_key.as_ref()).context("no signer given")?;
    let public = keys::public(ctx, signer)?;
    let der = signature_der(args, &public)?;
    let key = ctx.providers.verifying_key(&public)?;
    let mut verifier = key.verifier(purpose(args.id.as_deref()))?;
    files::each_piece(&args.file, PIECE, &mut |piece| verifier.update(piece))
        .with_context(|| args.file.display().to_string())?;
    let verdict = der.is_some_and(|der| verifier.finish(&der).is_ok());
    let file = args.file.display().to_string();
    if ctx.json {
        output::line(json!({"file": file, "ok": verdict}))?;
    } else if verdict {
        output::line(format_args!("{file}: OK"))?;
    } else {
        output::line(format_args!("{file}: the signature is not by this key over this file"))?;
    }
    Ok(if verdict { Outcome::Yes } else { Outcome::No })
}

/// The signature as DER; `None` when it is none at all, which is a "no" and not a failure.
fn signature_der(args: &CheckSig, public: &PublicKey) -> Result<Option<Vec<u8>>> {
    let bytes = files::read(&args.signature)?;
    Ok(match args.form {
        SignatureForm::Der => Some(bytes),
        SignatureForm::Raw => RawSignature::from_raw(&bytes).ok().map(|raw| raw.to_der()),
        SignatureForm::RawPublic => {
            let parsed = RawSignature::from_raw_with_public_key(public.algorithm(), &bytes).ok();
            // The key inside says who claims to have signed; the one given says who should have.
            parsed.filter(|(_, inside)| inside == public).map(|(raw, _)| raw.to_der())
        }
    })
}

/// Files are signed as certificates are, unless another SM2 signer ID is named.
fn purpose(id: Option<&str>) -> Purpose<'_> {
    id.map_or(Purpose::X509, |id| Purpose::SignerId(id.as_bytes()))
}
