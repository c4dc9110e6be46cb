// SPDX-License-Identifier: Apache-2.0
//! Where a chaincode service is, as its package says.

use crate::client::Target;
use crate::config::duration;
use crate::tls::ClientRoots;
use package::Connection;
use std::sync::Arc;
use std::time::Duration;
use sys::SystemDisk;

/// The server of a chaincode.
pub(super) fn target(connection: &Connection) -> Result<Target, String> {
    let Connection { address, domain, tls_required, client_auth_required, root_cert, .. } =
        connection;
    let (address, server_name) = (address.clone(), domain.clone());
    if !tls_required {
        return Ok(Target { address, tls: None, server_name });
    }
    if *client_auth_required {
        let why = "connection.json asks for a client certificate (client_auth_required), which this \
                   peer does not show to chaincodes";
        return Err(why.to_owned());
    }
    let pem = root_cert.as_deref().ok_or("connection.json has no root_cert")?;
    let roots = pki::Certificate::all_from_pem(pem.as_bytes()).map_err(|e| e.to_string())?;
    let roots: Vec<_> = roots.iter().map(|root| root.as_der().to_vec()).collect();
    let config = ClientRoots::of(&roots, None).and_then(|roots| roots.config(&SystemDisk));
    let tls = Some(Arc::clone(&config.map_err(|error| error.to_string())?));
    Ok(Target { address, tls, server_name })
}

/// How long a connection may take.
pub(super) fn dial_timeout(connection: &Connection) -> Duration {
    let said = connection.dial_timeout.as_deref().and_then(duration);
    said.unwrap_or(DIAL)
}

/// Fabric's.
const DIAL: Duration = Duration::from_secs(3);
