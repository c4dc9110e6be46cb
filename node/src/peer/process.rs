// SPDX-License-Identifier: Apache-2.0
//! The process: started from a configuration, stopped with everything on disk.

use super::chain::PeerChains;
use super::chaincode::{DevMode, Executor, Links};
use super::channels::{Means, PeerChannels};
use super::dial::Dialing;
use super::error::StartError;
use super::numbers::Numbers;
use super::operator;
use super::service::{Delivering, Endorsing};
use crate::client::Caller;
use crate::config::PeerConfig;
use crate::deliver;
use crate::gateway::{self, Gateway, Timeouts};
use crate::http;
use crate::limits::Limit;
use crate::operations::logging::{Logging, Spec};
use crate::operations::metrics::fabric::Grpc;
use crate::operations::metrics::{Calls, Registry, Stages};
use crate::server::{Bounds, Connections, Server};
use crate::services::protos::chaincode_support_server::ChaincodeSupportServer;
use crate::services::protos::deliver_server::DeliverServer;
use crate::services::protos::endorser_server::EndorserServer;
use crate::tls::ServerTls;
use ::peer::endorse::{self, Endorser};
use ::peer::stream::Limits;
use ::peer::system::{PackageFolder, Packages, ValueFolder};
use ::peer::{Node, Registrar};
use bccsp::{HashAlgorithm, Providers};
use msp::{Definition, Manager, MspFolder, SigningIdentity};
use proto::Bytes;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use sys::{Clock, Disk, Entropy, SystemClock, SystemDisk, SystemEntropy, Volume};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tonic::service::Routes;
use tower::Layer as _;

/// What a peer is made of besides its configuration.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Its disk.
    pub volume: Arc<dyn Volume>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Its randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Both families, or those that were compiled in.
    pub providers: Arc<Providers>,
    /// Who endorses.
    pub identity: SigningIdentity,
    /// The MSP of its organisation.
    pub local: Definition,
    /// The log that operators may change.
    pub logging: Logging,
    /// The numbers that operators see.
    pub registry: Registry,
}

impl Parts {
    /// What the system and the files of a configuration give.
    ///
    /// # Errors
    /// [`StartError::Crypto`], [`StartError::Identity`].
    pub fn of(config: &PeerConfig) -> Result<Self, StartError> {
        let providers = Arc::new(config.bccsp.providers()?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (dir, id) = (&config.msp_dir, &config.msp_id);
        Ok(Self {
            volume: Arc::new(SystemDisk),
            entropy: Arc::new(SystemEntropy),
            identity: SigningIdentity::from_folder(&SystemDisk, &providers, dir, id)?,
            local: MspFolder::read(&SystemDisk, &providers, dir)?.definition(&providers, id)?,
            logging: Logging::new(Spec::default(), clock.clone(), None),
            registry: Registry::new(),
            clock,
            providers,
        })
    }
}

/// Where a peer listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// For clients.
    pub clients: SocketAddr,
    /// For chaincodes, in dev mode.
    pub chaincodes: Option<SocketAddr>,
    /// For health, metrics and log levels.
    pub operations: SocketAddr,
}

/// A process that endorses and keeps ledgers.
pub struct PeerProcess {
    channels: Arc<PeerChannels>,
    servers: Servers,
    streams: Arc<Semaphore>,
    most_streams: usize,
    stop: watch::Sender<bool>,
    reloading: JoinHandle<()>,
}

struct Servers {
    clients: Server,
    chaincodes: Option<Server>,
    operations: http::Server,
}

impl PeerProcess {
    /// Opens the peer's folder, has its channels follow their orderers, and listens.
    ///
    /// # Errors
    /// [`StartError`]: also when another process has the folder.
    pub async fn start(config: PeerConfig) -> Result<Self, StartError> {
        let parts = Parts::of(&config)?;
        Self::start_with(config, parts).await
    }

    /// The same with parts that are there already.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start_with(config: PeerConfig, parts: Parts) -> Result<Self, StartError> {
        let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
        let load = |files| ServerTls::load(&disk, &parts.clock, files).map(Arc::new);
        let tls = config.tls.clone().map(load).transpose()?;
        let operations_tls = config.operations.tls.clone().map(load).transpose()?;
        let listeners = Listeners::bind(&config).await?;
        let registrar = open(&config, &parts).await?;
        let numbers = Numbers::new(&parts.registry);
        numbers.show(&parts.registry, &registrar);
        let means = means(&config, &parts, &disk, (tls.as_deref(), &numbers));
        let (dials, binding) = (Arc::new(means.dialing.clone()), means.binding.clone());
        let channels = PeerChannels::start(Arc::clone(&registrar), means);
        let packages = packages(&config, &parts, &disk).await?;
        let startup = config.chaincode.startup_timeout;
        let providers = parts.providers.clone();
        let links = Links::new(packages.clone(), providers, startup, numbers.clone());
        let links = Arc::new(links);
        let endorser = Arc::new(endorser(&config, &parts, channels.clone(), packages, &disk)?);
        let patience = config.chaincode.execute_timeout;
        let executor = Executor::new(endorser, links.clone(), patience, numbers.clone());
        let (stop, stopped) = watch::channel(false);
        let streams = Arc::new(Semaphore::new(config.limits.deliver));
        let of = Offered {
            config: &config,
            parts: &parts,
            channels: &channels,
            stop: &stopped,
            grpc: &numbers.grpc,
            stages: &numbers.stages,
            binding: binding.unwrap_or_default(),
        };
        let routes = of.routes(executor, dials, streams.clone(), listeners.address()?);
        let operations = operator::start(&config, operations_tls.clone(), &registrar, &parts);
        let operations = operations.await?;
        let served = (routes, numbers.grpc.connections());
        let servers = listeners.serve(&config, served, links, tls.as_ref(), operations)?;
        let watched = [tls, operations_tls].into_iter().flatten().collect();
        let reloading = tokio::spawn(crate::tls::reload(watched));
        let most_streams = config.limits.deliver;
        Ok(Self { channels, servers, streams, most_streams, stop, reloading })
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        Addresses {
            clients: self.servers.clients.address(),
            chaincodes: self.servers.chaincodes.as_ref().map(Server::address),
            operations: self.servers.operations.address(),
        }
    }

    /// Its channels.
    #[must_use]
    pub fn registrar(&self) -> &Arc<Registrar> {
        self.channels.registrar()
    }

    /// Ends all streams, commits what was begun, and stops with everything on disk: after it, the
    /// folder can be opened again.
    pub async fn stop(self) {
        self.reloading.abort();
        let _ = self.stop.send(true);
        let all = u32::try_from(self.most_streams).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(GRACE, self.streams.acquire_many(all)).await;
        let Servers { clients, chaincodes, operations } = self.servers;
        operations.stop().await;
        clients.stop().await;
        if let Some(chaincodes) = chaincodes {
            chaincodes.stop().await;
        }
        self.channels.stop().await;
    }
}

struct Listeners {
    clients: TcpListener,
    chaincodes: Option<TcpListener>,
}

impl Listeners {
    async fn bind(config: &PeerConfig) -> Result<Self, StartError> {
        let chaincodes = match config.chaincode.dev_mode {
            false => None,
            true => Some(listen(&config.chaincode.listen).await?),
        };
        Ok(Self { clients: listen(&config.listen).await?, chaincodes })
    }

    fn address(&self) -> std::io::Result<SocketAddr> {
        self.clients.local_addr()
    }

    fn serve(
        self,
        config: &PeerConfig,
        (routes, counted): (Routes, Connections),
        links: Arc<Links>,
        tls: Option<&Arc<ServerTls>>,
        operations: http::Server,
    ) -> Result<Servers, StartError> {
        let bounds = Bounds {
            keepalive_interval: config.keepalive_interval,
            keepalive_timeout: config.keepalive_timeout,
            ..Bounds::default()
        };
        let service = ChaincodeSupportServer::new(DevMode(links))
            .max_decoding_message_size(config.max_receive)
            .max_encoding_message_size(config.max_send);
        let serve = |listener| Server::start(listener, tls.cloned(), Routes::new(service), bounds);
        let chaincodes = self.chaincodes.map(serve).transpose()?;
        let tls = tls.cloned();
        let clients = Server::start_counting(self.clients, tls, routes, bounds, counted)?;
        Ok(Servers { clients, chaincodes, operations })
    }
}

async fn listen(address: &str) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| StartError::Listen { address: address.to_owned(), source })
}

async fn open(config: &PeerConfig, parts: &Parts) -> Result<Arc<Registrar>, StartError> {
    let mut options = ledger::Options::default();
    let mut salt = [0; 4];
    parts.entropy.fill(&mut salt)?;
    options.blocks.log.salt = u32::from_le_bytes(salt);
    let node = Node { volume: parts.volume.clone(), providers: parts.providers.clone(), options };
    let dir = config.location.join("channels");
    let opened = spawn_blocking(move || Registrar::open(Arc::new(node), &dir)).await;
    Ok(Arc::new(opened.map_err(std::io::Error::other)??))
}

fn means(
    config: &PeerConfig,
    parts: &Parts,
    disk: &Arc<dyn Disk>,
    (tls, numbers): (Option<&ServerTls>, &Numbers),
) -> Means {
    let own = config.tls.as_ref().map(|files| (files.certificate.clone(), files.key.clone()));
    let binding = tls.and_then(|tls| {
        let hash = parts.providers.hash(HashAlgorithm::FABRIC_CLIENT).ok()?;
        Some(Bytes::copy_from_slice(hash.digest(&[&tls.certificate()]).as_ref()))
    });
    Means {
        identity: Arc::new(parts.identity.clone()),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        dialing: Dialing {
            disk: Arc::clone(disk),
            tls: tls.is_some(),
            identity: config.client.clone().or(own),
        },
        from: Arc::new(config.blocks.clone()),
        numbers: numbers.clone(),
        binding,
    }
}

async fn packages(
    config: &PeerConfig,
    parts: &Parts,
    disk: &Arc<dyn Disk>,
) -> Result<Arc<dyn Packages>, StartError> {
    let path = config.location.join("chaincodes");
    let (disk, providers, dir) = (disk.clone(), parts.providers.clone(), path.clone());
    let opened = spawn_blocking(move || PackageFolder::open(disk, &providers, &dir)).await;
    let (packages, others) = opened
        .map_err(std::io::Error::other)?
        .map_err(|source| StartError::Folder { path, source })?;
    for other in others {
        tracing::warn!(file = %other.display(), "no package of a chaincode, and passed over");
    }
    Ok(Arc::new(packages))
}

fn endorser(
    config: &PeerConfig,
    parts: &Parts,
    channels: Arc<PeerChannels>,
    packages: Arc<dyn Packages>,
    disk: &Arc<dyn Disk>,
) -> Result<Endorser, StartError> {
    let path = config.location.join("approvals");
    let values = ValueFolder::open(disk.clone(), &path);
    let values = values.map_err(|source| StartError::Folder { path, source })?;
    let local = Manager::new(&parts.providers, [parts.local.clone()])?;
    let of = endorse::Parts {
        identity: parts.identity.clone(),
        local,
        clock: parts.clock.clone(),
        channels,
        packages,
        values: Arc::new(values),
        limits: Limits::default(),
    };
    Ok(Endorser::new(&parts.providers, of))
}

/// What the services of a peer are made of.
struct Offered<'a> {
    config: &'a PeerConfig,
    parts: &'a Parts,
    channels: &'a Arc<PeerChannels>,
    stop: &'a watch::Receiver<bool>,
    grpc: &'a Grpc,
    stages: &'a Stages,
    /// The hash of the TLS certificate that the peer shows; empty when it shows none.
    binding: Bytes,
}

impl Offered<'_> {
    fn routes(
        &self,
        executor: Executor,
        dials: Arc<Dialing>,
        streams: Arc<Semaphore>,
        here: SocketAddr,
    ) -> Routes {
        let Self { config, parts, channels, stop, grpc, .. } = self;
        let chains = Arc::new(PeerChains::new(Arc::clone(channels.registrar())));
        let times = (parts.clock.clone(), config.time_window);
        let numbers = deliver::Numbers::new(&parts.registry);
        let providers = parts.providers.clone();
        let delivering = Delivering::new(&chains, times, providers, streams, (&numbers, stop));
        let gateway = self.gateway(&executor, chains, dials, here);
        let endorsing = EndorserServer::new(Endorsing { executor })
            .max_decoding_message_size(config.max_receive)
            .max_encoding_message_size(config.max_send);
        let delivering = DeliverServer::new(delivering)
            .max_decoding_message_size(config.max_receive)
            .max_encoding_message_size(config.max_send);
        let limit = Limit::new("protos.Endorser", config.limits.endorser);
        let calls = Calls::new(grpc, "protos.Endorser", &["ProcessProposal"], &[]);
        let streams = ["Deliver", "DeliverFiltered", "DeliverWithPrivateData"];
        let deliveries = Calls::new(grpc, "protos.Deliver", &[], &streams);
        let routes = Routes::new(calls.layer(limit.layer(endorsing)));
        let routes = routes.add_service(deliveries.layer(delivering));
        match config.gateway.enabled {
            true => gateway.add_to(routes, config.limits.gateway, config.max_receive, grpc),
            false => routes,
        }
    }

    fn gateway(
        &self,
        executor: &Executor,
        chains: Arc<PeerChains>,
        dials: Arc<Dialing>,
        here: SocketAddr,
    ) -> Gateway {
        let config = &self.config.gateway;
        Gateway::new(gateway::Parts {
            executor: Arc::new(executor.clone()),
            endorser: Arc::clone(executor.endorser()),
            channels: self.channels.clone(),
            chains,
            dials,
            entropy: self.parts.entropy.clone(),
            caller: Caller {
                identity: self.parts.identity.clone(),
                providers: self.parts.providers.clone(),
                clock: self.parts.clock.clone(),
                entropy: self.parts.entropy.clone(),
                binding: self.binding.clone(),
            },
            address: here.to_string(),
            msp_id: self.config.msp_id.clone(),
            peers: BTreeMap::new(),
            timeouts: Timeouts {
                endorsement: config.endorsement_timeout,
                broadcast: config.broadcast_timeout,
                dial: config.dial_timeout,
                ..Timeouts::default()
            },
            stages: self.stages.clone(),
            stop: self.stop.clone(),
        })
    }
}

/// For streams to end.
const GRACE: Duration = Duration::from_secs(2);
