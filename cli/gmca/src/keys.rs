// SPDX-License-Identifier: Apache-2.0
//! Private and public keys from files, whatever form they are in.

use crate::args::Password;
use crate::context::Context;
use crate::files;
use anyhow::{Context as _, Result, anyhow, bail};
use bccsp::encoding::{pem, private_key, spki};
use bccsp::{DecryptionKey, Error, KeyMaterial, PublicKey, SecretBytes, SigningKey};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

/// The private key in a file. The password is asked for at the terminal when the key has one and
/// none was offered.
pub(crate) fn private(ctx: &Context, path: &Path, password: &Password) -> Result<KeyMaterial> {
    let bytes = SecretBytes::new(files::read(path)?);
    let name = path.display().to_string();
    let mut offered = password.get(&name)?;
    if offered.is_none() && private_key::is_protected(bytes.expose()) {
        offered = Some(ask(&name)?);
    }
    private_key::decode(&ctx.providers, bytes.expose(), &|| match &offered {
        Some(password) => Ok(SecretBytes::copy_from(password.expose())),
        None => private_key::no_password(),
    })
    .map_err(|error| match error {
        Error::Refused => anyhow!("{name}: the password is wrong"),
        other => anyhow!("{name}: {other}"),
    })
}

/// The private key in a file, ready to sign.
pub(crate) fn signing(
    ctx: &Context,
    path: &Path,
    password: &Password,
) -> Result<Arc<dyn SigningKey>> {
    let key = private(ctx, path, password)?;
    ctx.providers.signing_key(&key).with_context(|| path.display().to_string())
}

/// The private key in a file, ready to decrypt.
pub(crate) fn decryption(
    ctx: &Context,
    path: &Path,
    password: &Password,
) -> Result<Arc<dyn DecryptionKey>> {
    let key = private(ctx, path, password)?;
    ctx.providers.decryption_key(&key).with_context(|| path.display().to_string())
}

/// The public key in a file: of a certificate, of a request, or by itself.
pub(crate) fn public(ctx: &Context, path: &Path) -> Result<PublicKey> {
    let bytes = files::read(path)?;
    from_object(ctx, &bytes).with_context(|| path.display().to_string())
}

fn from_object(ctx: &Context, bytes: &[u8]) -> Result<PublicKey> {
    if pem::is_pem(bytes) {
        for block in pem::decode_all(bytes)? {
            match block.label() {
                "PUBLIC KEY" => return Ok(spki::decode(&ctx.providers, block.der())?),
                "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                    let certificate = pki::Certificate::from_der(block.der())?;
                    return Ok(certificate.public_key(&ctx.providers)?);
                }
                "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                    let request = pki::Request::from_der(block.der())?;
                    return Ok(request.public_key(&ctx.providers)?);
                }
                _ => {}
            }
        }
        bail!("no certificate, request or public key in it");
    }
    if let Ok(certificate) = pki::Certificate::from_der(bytes) {
        return Ok(certificate.public_key(&ctx.providers)?);
    }
    if let Ok(request) = pki::Request::from_der(bytes) {
        return Ok(request.public_key(&ctx.providers)?);
    }
    Ok(spki::decode(&ctx.providers, bytes)?)
}

fn ask(name: &str) -> Result<SecretBytes> {
    if !std::io::stderr().is_terminal() {
        bail!(
            "{name}: is protected by a password; offer it with --password-file or --password-env"
        );
    }
    let typed = rpassword::prompt_password(format!("Password of {name}: ")).with_context(|| {
        format!("{name}: is protected by a password, and no terminal to ask at")
    })?;
    Ok(SecretBytes::new(typed.into_bytes()))
}
