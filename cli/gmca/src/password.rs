// SPDX-License-Identifier: Apache-2.0
//! Passwords: asked for, from a file or from the environment; never from the command line.

use crate::args::{NewPassword, Password};
use anyhow::{Context as _, Result, bail};
use bccsp::SecretBytes;
use std::path::Path;

impl Password {
    /// The password that was offered, if any was.
    pub(crate) fn get(&self, what: &str) -> Result<Option<SecretBytes>> {
        given(
            self.ask_password,
            self.password_file.as_deref(),
            self.password_env.as_deref(),
            &format!("Password of {what}: "),
            false,
        )
    }
}

impl NewPassword {
    /// The new password that was offered, if any was; asked for twice.
    pub(crate) fn get(&self, what: &str) -> Result<Option<SecretBytes>> {
        given(
            self.ask_new_password,
            self.new_password_file.as_deref(),
            self.new_password_env.as_deref(),
            &format!("New password of {what}: "),
            true,
        )
    }
}

/// A password for a key that is being made: asked for twice.
pub(crate) fn for_new_key(password: &Password, what: &str) -> Result<Option<SecretBytes>> {
    given(
        password.ask_password,
        password.password_file.as_deref(),
        password.password_env.as_deref(),
        &format!("Password of {what}: "),
        true,
    )
}

/// The password in the first line of a file.
pub(crate) fn from_file(path: &Path) -> Result<SecretBytes> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let bytes = SecretBytes::new(bytes);
    let line = bytes.expose().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        bail!("{}: its first line, the password, is empty", path.display());
    }
    Ok(SecretBytes::copy_from(line))
}

fn given(
    ask: bool,
    file: Option<&Path>,
    variable: Option<&str>,
    prompt: &str,
    twice: bool,
) -> Result<Option<SecretBytes>> {
    if ask {
        return prompted(prompt, twice).map(Some);
    }
    if let Some(path) = file {
        return from_file(path).map(Some);
    }
    if let Some(name) = variable {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        let value = value.with_context(|| format!("the variable {name} holds no password"))?;
        return Ok(Some(SecretBytes::new(value.into_bytes())));
    }
    Ok(None)
}

fn prompted(prompt: &str, twice: bool) -> Result<SecretBytes> {
    let ask = |prompt: &str| -> Result<SecretBytes> {
        let typed = rpassword::prompt_password(prompt)
            .context("no terminal to ask for a password; use --password-file or --password-env")?;
        Ok(SecretBytes::new(typed.into_bytes()))
    };
    let first = ask(prompt)?;
    if first.is_empty() {
        bail!("the password is empty");
    }
    if twice && ask("The same again: ")?.expose() != first.expose() {
        bail!("the two passwords differ");
    }
    Ok(first)
}
