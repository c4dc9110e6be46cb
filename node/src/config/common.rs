// SPDX-License-Identifier: Apache-2.0
//! What the configurations of all processes have in common.

use super::settings::Settings;
use super::{ClientAuth, ConfigError, TlsFiles};
use std::time::Duration;

/// Health, version, metrics and log levels.
#[derive(Clone, Debug)]
pub struct Operations {
    /// Host and port, on loopback by default: 8443 of an orderer, 9443 of a peer.
    pub listen: String,
    /// Its TLS.
    pub tls: Option<TlsFiles>,
    /// Whether metrics are offered for Prometheus.
    pub metrics: bool,
}

impl Operations {
    /// Reads them; keys are the same for all processes but for their letters, which do not matter.
    pub(super) fn read(of: &Settings, tls: &TlsKeys, port: u16) -> Result<Self, ConfigError> {
        let metrics = match of.text("Metrics.Provider").as_deref() {
            None | Some("disabled") => false,
            Some("prometheus") => true,
            Some(_) => return Err(of.wrong("Metrics.Provider", "prometheus or disabled, no other")),
        };
        let listen = of.text("Operations.ListenAddress");
        Ok(Self {
            listen: listen.unwrap_or_else(|| joined(LOOPBACK, port)),
            tls: tls.read(of, ClientAuth::IfGiven)?,
            metrics,
        })
    }
}

/// How the TLS keys of a section are called.
pub(super) struct TlsKeys {
    section: &'static str,
    certificate: &'static str,
    key: &'static str,
    client_roots: &'static str,
}

impl TlsKeys {
    /// As in `orderer.yaml`.
    pub(super) const fn of_orderer(section: &'static str) -> Self {
        Self {
            section,
            certificate: "Certificate",
            key: "PrivateKey",
            client_roots: "ClientRootCAs",
        }
    }

    /// As in `core.yaml`.
    pub(super) const fn of_peer(section: &'static str) -> Self {
        Self {
            section,
            certificate: "cert.file",
            key: "key.file",
            client_roots: "clientRootCAs.files",
        }
    }

    /// Reads the section; `otherwise` is what is asked of clients when they need show nothing.
    pub(super) fn read(
        &self,
        of: &Settings,
        otherwise: ClientAuth,
    ) -> Result<Option<TlsFiles>, ConfigError> {
        let key = |name: &str| format!("{}.{name}", self.section);
        if !of.flag(&key("Enabled"))? {
            return Ok(None);
        }
        let need = |name: &str| {
            let key = key(name);
            of.path(&key).ok_or_else(|| of.error(&format!("{key} is needed when TLS is on")))
        };
        let mutual = of.flag(&key("ClientAuthRequired"))?;
        let client_roots = of.paths(&key(self.client_roots));
        if mutual && client_roots.is_empty() {
            let roots = key(self.client_roots);
            let why = format!("{roots} is needed when ClientAuthRequired is true");
            return Err(of.error(&why));
        }
        let (certificate, key) = (need(self.certificate)?, need(self.key)?);
        let clients = if mutual { ClientAuth::Required } else { otherwise };
        Ok(Some(TlsFiles { certificate, key, client_roots, clients }))
    }
}

/// The section of the families goes on to `bccsp`, which reads YAML; JSON is YAML. Its variables
/// begin with `prefix`.
pub(super) fn families(
    of: &Settings,
    section: &str,
    prefix: &str,
    environment: &[(String, String)],
) -> Result<bccsp::config::Config, ConfigError> {
    let variable = |name: &str| {
        let name = format!("{prefix}{}", name.trim_start_matches("CORE_"));
        environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let read = match of.tree(section) {
        None => bccsp::config::Config::from_environment(&variable),
        Some(tree) => {
            let text = format!("BCCSP: {tree}\n");
            let parent = section.rsplit_once('.').map_or(section, |(parent, _)| parent);
            bccsp::config::Config::parse(&text, parent, &variable)
        }
    };
    read.map_err(|error| of.error(error.to_string().lines().next().unwrap_or(section)))
}

pub(super) fn joined(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        return format!("[{host}]:{port}");
    }
    format!("{host}:{port}")
}

/// Whether a listener at that address hears this machine only.
pub(super) fn is_loopback(listen: &str) -> bool {
    let host = listen.rsplit_once(':').map_or(listen, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_number = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    is_number || host == "localhost"
}

pub(super) const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

pub(super) const fn hours(number: u64) -> Duration {
    Duration::from_secs(number.saturating_mul(3600))
}

pub(super) const LOOPBACK: &str = "127.0.0.1";
/// Bytes of a message, at most, unless something else is said; Fabric's.
pub(super) const MESSAGE: usize = 100 << 20;
