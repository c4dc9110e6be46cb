// SPDX-License-Identifier: Apache-2.0
//! Where a chaincode service is, and what it is shown, as its package says.

use crate::client::Target;
use crate::config::duration;
use crate::tls::{Pem, settings};
use bccsp::SecretBytes;
use package::Connection;
use std::path::Path;
use std::time::Duration;

/// The server of a chaincode. `key` is the private key that its package holds.
pub(super) fn target(connection: &Connection, key: Option<&SecretBytes>) -> Result<Target, String> {
    let Connection { address, domain, tls_required, root_cert, .. } = connection;
    let (address, server_name) = (address.clone(), domain.clone());
    if !tls_required {
        return Ok(Target { address, tls: None, server_name });
    }
    let roots = pem(ROOT, root_cert.as_deref().map(str::as_bytes), "tls_required")?;
    let shown = match connection.client_auth_required {
        false => None,
        true => {
            let certificate = connection.client_cert.as_deref().map(str::as_bytes);
            let certificate = pem(CERTIFICATE, certificate, "client_auth_required")?;
            let key = pem(KEY, key.map(SecretBytes::expose), "client_auth_required")?;
            Some((certificate, key))
        }
    };
    let tls = settings(roots, shown).map_err(|error| error.to_string())?;
    Ok(Target { address, tls: Some(tls), server_name })
}

fn pem<'a>(name: &'static str, text: Option<&'a [u8]>, wanted_by: &str) -> Result<Pem<'a>, String> {
    let none = || format!("{name} is empty, and {wanted_by} asks for it: pack the chaincode again");
    Ok(Pem { name: Path::new(name), text: text.ok_or_else(none)? })
}

/// How long a connection may take.
pub(super) fn dial_timeout(connection: &Connection) -> Duration {
    let said = connection.dial_timeout.as_deref().and_then(duration);
    said.unwrap_or(DIAL)
}

/// Fabric's.
const DIAL: Duration = Duration::from_secs(3);
const ROOT: &str = "connection.json: root_cert";
const CERTIFICATE: &str = "connection.json: client_cert";
const KEY: &str = "connection.json: client_key";
