// SPDX-License-Identifier: Apache-2.0
//! `gmca show`: any object we can read, in words or as JSON.

use super::key;
use crate::Outcome;
use crate::args::Show;
use crate::context::Context;
use crate::{files, keys, output};
use anyhow::{Context as _, Result, bail};
use bccsp::encoding::{pem, spki};
use pki::summary::{CertificateSummary, CrlSummary, RequestSummary};
use pki::{Certificate, Crl, CsrResponse, Request, text};
use std::path::Path;

pub(crate) fn run(ctx: &Context, args: &Show) -> Result<Outcome> {
    for path in &args.files {
        if path.is_dir() {
            super::msp::show(ctx, path)?;
            continue;
        }
        let bytes = files::read(path)?;
        let texts = if pem::is_pem(&bytes) {
            from_pem(ctx, args, path, &bytes)
        } else {
            from_der(ctx, args, path, &bytes).map(|text| vec![text])
        };
        for text in texts.with_context(|| path.display().to_string())? {
            output::line(text.trim_end())?;
        }
    }
    Ok(Outcome::Yes)
}

fn from_pem(ctx: &Context, args: &Show, path: &Path, bytes: &[u8]) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for block in pem::decode_all(bytes)? {
        let der = block.der();
        match block.label() {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                texts.push(certificate(ctx, &Certificate::from_der(der)?)?);
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                texts.push(request(ctx, &Request::from_der(der)?)?);
            }
            "X509 CRL" => texts.push(crl(ctx, &Crl::from_der(der)?)?),
            "PUBLIC KEY" => {
                texts.push(key::describe(ctx, &spki::decode(&ctx.providers, der)?, None)?);
            }
            "PRIVATE KEY" | "EC PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => {
                texts.push(private_key(ctx, args, path, bytes)?);
            }
            // They belong to the key behind them; OpenSSL has a label of its own for SM2.
            "EC PARAMETERS" | "SM2 PARAMETERS" => {}
            other => bail!("`{other}` is nothing that is read here"),
        }
    }
    Ok(texts)
}

fn from_der(ctx: &Context, args: &Show, path: &Path, bytes: &[u8]) -> Result<String> {
    if let Ok(object) = Certificate::from_der(bytes) {
        return certificate(ctx, &object);
    }
    if let Ok(object) = Request::from_der(bytes) {
        return request(ctx, &object);
    }
    if let Ok(object) = Crl::from_der(bytes) {
        return crl(ctx, &object);
    }
    if let Ok(object) = CsrResponse::from_der(bytes) {
        return response(ctx, &object);
    }
    if let Ok(public) = spki::decode(&ctx.providers, bytes) {
        return key::describe(ctx, &public, None);
    }
    if let Some(suite) = bccsp::seal::suite_of(bytes.get(..10).unwrap_or(bytes)) {
        return Ok(format!("Sealed file, {suite} suite; open it with `gmca decrypt`"));
    }
    private_key(ctx, args, path, bytes)
        .context("neither PEM nor DER of a certificate, request, CRL or key")
}

fn certificate(ctx: &Context, certificate: &Certificate) -> Result<String> {
    match ctx.json {
        true => Ok(serde_json::to_string(&CertificateSummary::from(certificate))?),
        false => Ok(text::certificate(certificate)),
    }
}

fn request(ctx: &Context, request: &Request) -> Result<String> {
    match ctx.json {
        true => Ok(serde_json::to_string(&RequestSummary::from(request))?),
        false => Ok(text::request(request)),
    }
}

/// Both certificates, and that the private key of one is there, without it.
fn response(ctx: &Context, response: &CsrResponse) -> Result<String> {
    let all = response.sign.iter().chain(&response.encrypt);
    let texts = all.map(|one| certificate(ctx, one)).collect::<Result<Vec<_>>>()?;
    if ctx.json {
        return Ok(texts.join("\n"));
    }
    let key = match response.envelope {
        Some(_) => "with a private key in an envelope; `gmca key open` opens it",
        None => "without a private key",
    };
    Ok(format!("CSRResponse (GM/T 0092), {key}\n{}", texts.join("\n")))
}

fn crl(ctx: &Context, crl: &Crl) -> Result<String> {
    match ctx.json {
        true => Ok(serde_json::to_string(&CrlSummary::from(crl))?),
        false => Ok(text::crl(crl)),
    }
}

fn private_key(ctx: &Context, args: &Show, path: &Path, bytes: &[u8]) -> Result<String> {
    let protected = bccsp::encoding::private_key::is_protected(bytes);
    let material = keys::private(ctx, path, &args.password)?;
    let handle = ctx.providers.signing_key(&material)?;
    key::describe(ctx, handle.verifying_key().public_key(), Some(protected))
}
