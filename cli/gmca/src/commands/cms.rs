// SPDX-License-Identifier: Apache-2.0
//! `gmca cms`: messages, signed and enveloped, in the forms of the RFCs and of GM/T 0010.

use crate::Outcome;
use crate::args::{CmsDecrypt, CmsEncrypt, CmsSign, CmsVerify, DialectArg};
use crate::context::Context;
use crate::{files, keys, objects, output, when};
use anyhow::{Context as _, Result, bail};
use bccsp::{SecretBytes, Suite};
use cms::{Content, Dialect, Enveloped, Error, SignOptions, Signer, Verified};
use pki::path::{Options, Verifier};
use pki::{Certificate, Time};
use serde_json::json;
use std::path::{Path, PathBuf};
use sys::Access;

pub(crate) fn sign(ctx: &Context, args: &CmsSign) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let key = keys::signing(ctx, &args.key, &args.password)?;
    let (certificate, more) = own_certificate(&args.cert)?;
    let suite = key.verifying_key().public_key().algorithm().suite();
    let dialect = args.form.map_or(Dialect::of(suite), Dialect::from);
    let mut options = SignOptions { detached: args.detached, ..SignOptions::of(dialect) };
    options.certificates = more;
    options.time = Some(Time::from(ctx.now()));
    check_pair(ctx, key.verifying_key().public_key(), &certificate, &args.cert)?;
    let content = files::read(&args.file)?;
    let signer = Signer { key: &*key, certificate: &certificate };
    let der = cms::sign(&ctx.providers, &[signer], &content, &options)?;
    write(&args.out, args.der, dialect, &der)?;
    ctx.say(format!("{}: {} signed", args.out.out.display(), args.file.display()));
    Ok(Outcome::Yes)
}

fn own_certificate(path: &Path) -> Result<(Certificate, Vec<Certificate>)> {
    let all = objects::certificates(std::slice::from_ref(&path.to_path_buf()))?;
    let (first, more) =
        all.split_first().with_context(|| format!("{}: no certificate in it", path.display()))?;
    Ok((first.clone(), more.to_vec()))
}

fn check_pair(
    ctx: &Context,
    public: &bccsp::PublicKey,
    certificate: &Certificate,
    path: &Path,
) -> Result<()> {
    if certificate.public_key(&ctx.providers).ok().as_ref() != Some(public) {
        bail!("{}: is the certificate of another key", path.display());
    }
    Ok(())
}

fn write(out: &crate::args::Out, plain_der: bool, dialect: Dialect, der: &[u8]) -> Result<()> {
    let pem = cms::to_pem(dialect, der);
    files::write(out, if plain_der { der } else { pem.as_bytes() }, Access::Public)
}

pub(crate) fn verify(ctx: &Context, args: &CmsVerify) -> Result<Outcome> {
    if let Some(out) = &args.out {
        files::check_free(out, args.force)?;
    }
    let name = args.file.display().to_string();
    let message = match cms::read(&files::read(&args.file)?).with_context(|| name.clone())? {
        Content::Signed(message) => message,
        Content::Enveloped(_) => bail!("{name}: is encrypted; `gmca cms decrypt` opens it"),
        Content::Data(_) => bail!("{name}: is not signed"),
    };
    let apart = args.content.as_ref().map(|path| files::read(path)).transpose()?;
    let more = objects::certificates(&args.untrusted)?;
    let verdict = match args.form {
        Some(DialectArg::Gmssl) => message.verify_gmssl(&ctx.providers, &more),
        _ => message.verify(&ctx.providers, apart.as_deref(), &more),
    };
    let trust = Trust::new(
        ctx,
        &args.ca_file,
        [message.certificates(), &more].concat(),
        args.at.as_deref(),
    )?;
    let outcome = report(ctx, &name, verdict, &trust)?;
    if let (Outcome::Yes, Some(out)) = (outcome, &args.out) {
        let content = message.content().or(apart.as_deref()).unwrap_or_default();
        files::write_to(out, content, Access::Public, args.force)?;
    }
    Ok(outcome)
}

/// What signers' certificates are held to.
struct Trust {
    verifier: Option<Verifier>,
    options: Options,
}

impl Trust {
    fn new(
        ctx: &Context,
        roots: &[PathBuf],
        more: Vec<Certificate>,
        at: Option<&str>,
    ) -> Result<Self> {
        let time = at.map(when::parse).transpose()?.unwrap_or(ctx.now());
        let roots = objects::certificates(roots)?;
        let verifier = (!roots.is_empty()).then(|| Verifier::new(&ctx.providers, roots, more, []));
        Ok(Self { verifier, options: Options::at(time) })
    }

    /// Why a certificate is not trusted, if it is not.
    fn complaint(&self, certificate: &Certificate) -> Option<String> {
        let verdict = self.verifier.as_ref()?.verify(certificate, &self.options);
        verdict.err().map(|failure| failure.to_string())
    }
}

/// Says what came of the signatures, and of the certificates behind them.
fn report(
    ctx: &Context,
    name: &str,
    verdict: Result<Vec<Verified>, Error>,
    trust: &Trust,
) -> Result<Outcome> {
    let signers = match verdict {
        Ok(signers) => signers,
        Err(error @ (Error::BadSignature(_) | Error::NoSigner | Error::NoCertificate(_))) => {
            return say(ctx, name, &[], Some(&error.to_string()), trust);
        }
        Err(error) => return Err(anyhow::Error::new(error).context(name.to_owned())),
    };
    let complaint = signers.iter().find_map(|signer| trust.complaint(&signer.certificate));
    say(ctx, name, &signers, complaint.as_deref(), trust)
}

fn say(
    ctx: &Context,
    name: &str,
    signers: &[Verified],
    complaint: Option<&str>,
    trust: &Trust,
) -> Result<Outcome> {
    let judged = trust.verifier.is_some();
    let names: Vec<String> =
        signers.iter().map(|signer| signer.certificate.subject().to_string()).collect();
    let times: Vec<Option<String>> =
        signers.iter().map(|signer| signer.signing_time.map(|time| time.to_string())).collect();
    if ctx.json {
        output::line(json!({"file": name, "ok": complaint.is_none(), "signers": names,
            "signing_times": times, "trust_judged": judged, "error": complaint}))?;
    } else {
        match complaint {
            None => output::line(format_args!("{name}: OK, signed by {}", names.join("; ")))?,
            Some(why) => output::line(format_args!("{name}: {why}"))?,
        }
    }
    if complaint.is_none() && !judged {
        ctx.warn("the signatures hold; whether their certificates may be trusted was not asked: name roots with --ca-file");
    }
    Ok(if complaint.is_none() { Outcome::Yes } else { Outcome::No })
}

pub(crate) fn encrypt(ctx: &Context, args: &CmsEncrypt) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let receivers = objects::certificates(&args.to)?;
    let is_gm = |one: &Certificate| {
        one.public_key_info().key_algorithm().is_some_and(|kind| kind.suite() == Suite::Gm)
    };
    let usual = if receivers.iter().all(is_gm) { Dialect::Gm } else { Dialect::Rfc };
    let dialect = args.form.map_or(usual, Dialect::from);
    let to: Vec<&Certificate> = receivers.iter().collect();
    let content = SecretBytes::new(files::read(&args.file)?);
    let der = match (&args.key, &args.cert) {
        (Some(key), Some(cert)) => {
            let key = keys::signing(ctx, key, &args.password)?;
            let (certificate, more) = own_certificate(cert)?;
            check_pair(ctx, key.verifying_key().public_key(), &certificate, cert)?;
            let options = SignOptions { certificates: more, ..SignOptions::of(dialect) };
            let signer = Signer { key: &*key, certificate: &certificate };
            cms::sign_and_encrypt(&ctx.providers, &[signer], &to, content.expose(), &options)?
        }
        _ => cms::encrypt(&ctx.providers, &to, content.expose(), dialect)?,
    };
    write(&args.out, args.der, dialect, &der)?;
    let count = to.len();
    ctx.say(format!("{}: {} encrypted for {count}", args.out.out.display(), args.file.display()));
    Ok(Outcome::Yes)
}

pub(crate) fn decrypt(ctx: &Context, args: &CmsDecrypt) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let key = keys::decryption(ctx, &args.key, &args.password)?;
    let name = args.file.display().to_string();
    let message = match cms::read(&files::read(&args.file)?).with_context(|| name.clone())? {
        Content::Enveloped(message) => message,
        _ => bail!("{name}: is not encrypted"),
    };
    let certificate = args.cert.as_deref().map(objects::certificate).transpose()?;
    let content = message
        .decrypt(&ctx.providers, &*key, certificate.as_ref())
        .with_context(|| name.clone())?;
    if message.is_signed() {
        let outcome = signed_too(ctx, args, &name, &message, &content)?;
        if outcome == Outcome::No {
            return Ok(outcome);
        }
    }
    files::write(&args.out, content.expose(), Access::Private)?;
    ctx.say(format!("{}: {name} decrypted", args.out.out.display()));
    Ok(Outcome::Yes)
}

/// The signatures of a message that is encrypted, too. Content that nobody signed is not written.
fn signed_too(
    ctx: &Context,
    args: &CmsDecrypt,
    name: &str,
    message: &Enveloped,
    content: &SecretBytes,
) -> Result<Outcome> {
    let verdict = match args.form {
        Some(DialectArg::Gmssl) => message.verify_gmssl(&ctx.providers, content, &[]),
        _ => message.verify(&ctx.providers, content, &[]),
    };
    let trust = Trust::new(ctx, &args.ca_file, Vec::new(), None)?;
    report(ctx, name, verdict, &trust)
}
