// SPDX-License-Identifier: Apache-2.0
//! The port of whoever runs the peer: health, version, metrics and log levels.

use super::error::StartError;
use crate::config::PeerConfig;
use crate::disk_space::{DEFAULT_INTERVAL, DEFAULT_RESERVE, DiskSpace};
use crate::http::{self, Server, Tls};
use crate::operations::{self, Health, Service, Version};
use crate::tls::ServerTls;
use ::peer::Registrar;
use std::sync::Arc;
use sys::{Clock, SystemSpace};

/// Starts the server.
pub(super) async fn start(
    config: &PeerConfig,
    tls: Option<Arc<ServerTls>>,
    registrar: &Arc<Registrar>,
    parts: &super::Parts,
) -> Result<Server, StartError> {
    let options = operations::Options {
        metrics: config.operations.metrics,
        require_certificate: tls.is_some(),
    };
    let version = Version { commit: String::new(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let (registry, logging) = (parts.registry.clone(), parts.logging.clone());
    let health = health(config, registrar, &parts.clock);
    let router = Service { health, registry, logging, version }.router(options);
    let tls = tls.map(|tls| Tls::new(move || tls.config()));
    let address = &config.operations.listen;
    let started = Server::start(address, router, tls, http::Options::default()).await;
    started.map_err(|source| StartError::Listen { address: address.clone(), source })
}

/// Healthy is a peer with room on its disk, all of whose channels take blocks.
fn health(config: &PeerConfig, registrar: &Arc<Registrar>, clock: &Arc<dyn Clock>) -> Health {
    let health = Health::new(Arc::clone(clock));
    let space = DiskSpace::new(&config.location, DEFAULT_RESERVE, Arc::new(SystemSpace));
    space.watch(DEFAULT_INTERVAL);
    health.register_now("disk", move || space.check().map_err(|error| error.to_string()));
    let registrar = Arc::downgrade(registrar);
    health.register_now("channels", move || {
        let all = registrar.upgrade().map(|registrar| registrar.list()).unwrap_or_default();
        let failed = all.into_iter().find_map(|info| Some((info.name, info.failed?)));
        failed.map_or(Ok(()), |(name, why)| Err(format!("{name}: {why}")))
    });
    health
}
