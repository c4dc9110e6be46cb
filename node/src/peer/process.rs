// SPDX-License-Identifier: Apache-2.0
//! The process: started from a configuration, stopped with everything on disk.

use super::chain::PeerChains;
use super::chaincode::{DevMode, Executor, Links};
use super::channels::{Means, PeerChannels};
use super::dial::Dialing;
use super::error::StartError;
use super::service::{Delivering, Endorsing};
use crate::config::PeerConfig;
use crate::server::{Bounds, Server};
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
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use sys::{Clock, Disk, Entropy, SystemClock, SystemDisk, SystemEntropy, Volume};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tonic::service::Routes;

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
}

impl Parts {
    /// What the system and the files of a configuration give.
    ///
    /// # Errors
    /// [`StartError::Crypto`], [`StartError::Identity`].
    pub fn of(config: &PeerConfig) -> Result<Self, StartError> {
        let providers = Arc::new(config.bccsp.providers()?);
        let (dir, id) = (&config.msp_dir, &config.msp_id);
        Ok(Self {
            volume: Arc::new(SystemDisk),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            identity: SigningIdentity::from_folder(&SystemDisk, &providers, dir, id)?,
            local: MspFolder::read(&SystemDisk, &providers, dir)?.definition(&providers, id)?,
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
}

/// A process that endorses and keeps ledgers.
pub struct PeerProcess {
    channels: Arc<PeerChannels>,
    clients: Server,
    chaincodes: Option<Server>,
    streams: Arc<Semaphore>,
    most_streams: usize,
    stop: watch::Sender<bool>,
    reloading: JoinHandle<()>,
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
        let clients = listen(&config.listen).await?;
        let registrar = open(&config, &parts).await?;
        let channels = PeerChannels::start(
            Arc::clone(&registrar),
            means(&config, &parts, &disk, tls.as_deref()),
        );
        let packages = packages(&config, &parts, &disk).await?;
        let links =
            Links::new(packages.clone(), parts.providers.clone(), config.chaincode.startup_timeout);
        let links = Arc::new(links);
        let endorser = endorser(&config, &parts, channels.clone(), packages, &disk)?;
        let executor =
            Executor::new(Arc::new(endorser), links.clone(), config.chaincode.execute_timeout);
        let (stop, stopped) = watch::channel(false);
        let streams = Arc::new(Semaphore::new(config.limits.deliver));
        let chains = Arc::new(PeerChains::new(registrar));
        let times = (parts.clock.clone(), config.time_window);
        let delivering =
            Delivering::new(&chains, times, parts.providers.clone(), streams.clone(), &stopped);
        let routes = routes(&config, executor, delivering);
        let bounds = bounds(&config);
        let chaincodes = match config.chaincode.dev_mode {
            false => None,
            true => {
                let listener = listen(&config.chaincode.listen).await?;
                let service = ChaincodeSupportServer::new(DevMode(links))
                    .max_decoding_message_size(config.max_receive)
                    .max_encoding_message_size(config.max_send);
                Some(Server::start(listener, tls.clone(), Routes::new(service), bounds)?)
            }
        };
        let clients = Server::start(clients, tls.clone(), routes, bounds)?;
        let reloading = tokio::spawn(crate::tls::reload(tls.into_iter().collect()));
        let most_streams = config.limits.deliver;
        Ok(Self { channels, clients, chaincodes, streams, most_streams, stop, reloading })
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        Addresses {
            clients: self.clients.address(),
            chaincodes: self.chaincodes.as_ref().map(Server::address),
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
        self.clients.stop().await;
        if let Some(chaincodes) = self.chaincodes {
            chaincodes.stop().await;
        }
        self.channels.stop().await;
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
    tls: Option<&ServerTls>,
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

fn routes(config: &PeerConfig, executor: Executor, delivering: Delivering) -> Routes {
    let room = Arc::new(Semaphore::new(config.limits.endorser));
    let endorsing = EndorserServer::new(Endorsing { executor, room })
        .max_decoding_message_size(config.max_receive)
        .max_encoding_message_size(config.max_send);
    let delivering = DeliverServer::new(delivering)
        .max_decoding_message_size(config.max_receive)
        .max_encoding_message_size(config.max_send);
    Routes::new(endorsing).add_service(delivering)
}

fn bounds(config: &PeerConfig) -> Bounds {
    Bounds {
        keepalive_interval: config.keepalive_interval,
        keepalive_timeout: config.keepalive_timeout,
        ..Bounds::default()
    }
}

/// For streams to end.
const GRACE: Duration = Duration::from_secs(2);
