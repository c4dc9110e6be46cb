// SPDX-License-Identifier: Apache-2.0
//! The ports of whoever runs the node: channel participation, and operations.

use super::channels::OrdererChannels;
use super::error::StartError;
use super::numbers;
use super::participation::Operated;
use crate::config::OrdererConfig;
use crate::disk_space::DiskSpace;
use crate::http::{self, Server, Tls};
use crate::leadership;
use crate::operations::logging::Logging;
use crate::operations::metrics::Registry;
use crate::operations::{self, Health, Service, Version};
use crate::participation;
use crate::tls::ServerTls;
use std::net::SocketAddr;
use std::sync::Arc;
use sys::Clock;

/// TLS of these ports.
pub(super) struct OperatorTls {
    pub(super) admin: Option<Arc<ServerTls>>,
    pub(super) operations: Option<Arc<ServerTls>>,
}

/// What the operations service shows.
pub(super) struct Shown {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) space: Arc<DiskSpace>,
    pub(super) registry: Registry,
    pub(super) logging: Logging,
}

/// The servers, running.
pub(super) struct Operator {
    admin: Option<Server>,
    operations: Server,
}

impl Operator {
    pub(super) async fn start(
        config: &OrdererConfig,
        tls: OperatorTls,
        channels: &Arc<OrdererChannels>,
        shown: Shown,
    ) -> Result<Self, StartError> {
        let admin = match config.participation.enabled {
            false => None,
            true => Some(admin(config, tls.admin, channels).await?),
        };
        let options = operations::Options {
            metrics: config.operations.metrics,
            require_certificate: tls.operations.is_some(),
        };
        numbers::show(&shown.registry, channels);
        let router = service(channels, shown).router(options);
        let operations = listen(&config.operations.listen, router, tls.operations).await?;
        Ok(Self { admin, operations })
    }

    pub(super) fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Server::address)
    }

    pub(super) fn operations_address(&self) -> SocketAddr {
        self.operations.address()
    }

    pub(super) async fn stop(self) {
        let Self { admin, operations } = self;
        let admin = async {
            if let Some(admin) = admin {
                admin.stop().await;
            }
        };
        futures_util::future::join(admin, operations.stop()).await;
    }
}

async fn admin(
    config: &OrdererConfig,
    tls: Option<Arc<ServerTls>>,
    channels: &Arc<OrdererChannels>,
) -> Result<Server, StartError> {
    let options = participation::Options {
        enabled: true,
        max_request_body_size: config.participation.max_body,
        require_certificate: tls.is_some(),
    };
    let operated = Arc::new(Operated(Arc::clone(channels)));
    let router = participation::router(operated.clone(), options)
        .merge(leadership::router(operated, tls.is_some()));
    listen(&config.participation.listen, router, tls).await
}

async fn listen(
    address: &str,
    router: axum::Router,
    tls: Option<Arc<ServerTls>>,
) -> Result<Server, StartError> {
    let tls = tls.map(|tls| Tls::new(move || tls.config()));
    let started = Server::start(address, router, tls, http::Options::default()).await;
    started.map_err(|source| StartError::Listen { address: address.to_owned(), source })
}

/// Healthy is a node with room on its disk, all of whose channels run.
fn service(channels: &Arc<OrdererChannels>, shown: Shown) -> Service {
    let Shown { clock, space, registry, logging } = shown;
    let health = Health::new(clock);
    health.register_now("disk", move || space.check().map_err(|error| error.to_string()));
    let channels = Arc::downgrade(channels);
    health.register_now("channels", move || {
        let all = channels.upgrade().map(|channels| channels.list()).unwrap_or_default();
        let failed = all.into_iter().map(|channel| channel.info);
        let mut failed = failed.filter(|info| info.status == orderer::Status::Failed);
        match failed.next() {
            None => Ok(()),
            Some(info) => Err(format!("{}: {}", info.name, info.why.unwrap_or_default())),
        }
    });
    let version = Version { commit: String::new(), version: env!("CARGO_PKG_VERSION").to_owned() };
    Service { health, registry, logging, version }
}
