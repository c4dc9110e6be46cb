// SPDX-License-Identifier: Apache-2.0
//! The process: started from a configuration, stopped with everything on disk.

use super::channels::OrdererChannels;
use super::error::StartError;
use super::folder::{Folder, salt};
use super::operator::{Operator, OperatorTls, Shown};
use super::service::{Ordering, Whole};
use crate::broadcast;
use crate::cluster::{self, ClusterService, Links, Times};
use crate::config::OrdererConfig;
use crate::deliver::{self, Delivery};
use crate::disk_space::{DEFAULT_INTERVAL, DEFAULT_RESERVE, DiskSpace};
use crate::operations::logging::{Logging, Spec};
use crate::operations::metrics::fabric::Grpc;
use crate::operations::metrics::{Calls, Registry, Stages};
use crate::server::{Bounds, Server};
use crate::services::gmca::cluster_server::ClusterServer;
use crate::services::orderer::atomic_broadcast_server::AtomicBroadcastServer;
use crate::tls::{ClientIdentity, ServerTls};
use bccsp::Providers;
use msp::SigningIdentity;
use orderer::Node;
use proto::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use sys::{Clock, Disk, Entropy, SystemClock, SystemDisk, SystemEntropy, SystemSpace, Volume};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::service::Routes;
use tower::Layer as _;

/// What a process is made of besides its configuration.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Its disk.
    pub volume: Arc<dyn Volume>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Its randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Both families, or those that were compiled in.
    pub providers: Providers,
    /// Whom its blocks are signed by.
    pub identity: SigningIdentity,
    /// The log that operators may change.
    pub logging: Logging,
    /// The numbers that operators see.
    pub registry: Registry,
}

impl Parts {
    /// What the system and the files of a configuration give, with a log and numbers of their own.
    ///
    /// # Errors
    /// [`StartError::Crypto`], [`StartError::Identity`].
    pub fn of(config: &OrdererConfig) -> Result<Self, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let providers = config.bccsp.providers()?;
        let (dir, id) = (&config.msp_dir, &config.msp_id);
        let identity = SigningIdentity::from_folder(&SystemDisk, &providers, dir, id)?;
        Ok(Self {
            volume: Arc::new(SystemDisk),
            entropy: Arc::new(SystemEntropy),
            providers,
            identity,
            logging: Logging::new(Spec::default(), clock.clone(), None),
            registry: Registry::new(),
            clock,
        })
    }
}

/// Where a process listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// For clients, and for other nodes unless they have their own.
    pub clients: SocketAddr,
    /// For other nodes only.
    pub cluster: Option<SocketAddr>,
    /// For channel participation.
    pub admin: Option<SocketAddr>,
    /// For health, metrics and log levels.
    pub operations: SocketAddr,
}

/// A process that orders.
pub struct OrdererProcess {
    channels: Arc<OrdererChannels>,
    folder: Arc<Folder>,
    links: Arc<Links>,
    servers: Servers,
    operator: Operator,
    streams: [Arc<Semaphore>; 2],
    stop: watch::Sender<bool>,
    reloading: JoinHandle<()>,
}

struct Servers {
    clients: Server,
    cluster: Option<Server>,
}

impl OrdererProcess {
    /// Opens the node's folder, starts its channels, and listens.
    ///
    /// # Errors
    /// [`StartError`]: also when another process has the folder.
    pub async fn start(config: OrdererConfig) -> Result<Self, StartError> {
        let parts = Parts::of(&config)?;
        Self::start_with(config, parts).await
    }

    /// The same with parts that are there already.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start_with(config: OrdererConfig, parts: Parts) -> Result<Self, StartError> {
        let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
        let tls = Tls::load(&config, &disk, &parts.clock)?;
        let listeners = Listeners::bind(&config).await?;
        let node = node(&parts, tls.key())?;
        let (location, wal) = (config.location.clone(), config.wal.clone());
        let stages = Stages::new(&parts.registry);
        let open = move || Folder::open(node, &location, &wal, THREADS, stages);
        let opened = tokio::task::spawn_blocking(open).await;
        let folder = Arc::new(opened.map_err(std::io::Error::other)??);
        let watched = tls.servers();
        let links = Arc::new(Links::new(tls.client, times(&config)));
        let space = DiskSpace::new(&config.location, DEFAULT_RESERVE, Arc::new(SystemSpace));
        space.watch(DEFAULT_INTERVAL);
        let channels =
            Arc::new(OrdererChannels::start(folder.clone(), links.clone(), space.clone()));
        let (stop, stopped) = watch::channel(false);
        let streams = [BROADCASTS, DELIVERIES].map(|most| Arc::new(Semaphore::new(most)));
        let shown = Shown {
            clock: parts.clock.clone(),
            space,
            registry: parts.registry.clone(),
            logging: parts.logging.clone(),
        };
        let grpc = Grpc::new(&parts.registry);
        let service = (service(&config, parts, &channels, &streams, stopped), &grpc);
        let servers = listeners.serve(&config, service, &channels, tls.clients, tls.cluster)?;
        let operator = Operator::start(&config, tls.operator, &channels, shown).await?;
        let reloading = tokio::spawn(crate::tls::reload(watched));
        Ok(Self { channels, folder, links, servers, operator, streams, stop, reloading })
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        Addresses {
            clients: self.servers.clients.address(),
            cluster: self.servers.cluster.as_ref().map(Server::address),
            admin: self.operator.admin_address(),
            operations: self.operator.operations_address(),
        }
    }

    /// Its channels.
    #[must_use]
    pub fn channels(&self) -> &Arc<OrdererChannels> {
        &self.channels
    }

    /// Hands leadership over, ends all streams, and stops with everything on disk: after it, the
    /// folder can be opened again.
    pub async fn stop(self) {
        self.reloading.abort();
        self.operator.stop().await;
        // Other nodes are still answered, so that one of them can take over.
        self.channels.stop().await;
        let _ = self.stop.send(true);
        for (streams, most) in self.streams.iter().zip([BROADCASTS, DELIVERIES]) {
            let all = u32::try_from(most).unwrap_or(u32::MAX);
            let _ = timeout(GRACE, streams.acquire_many(all)).await;
        }
        let Servers { clients, cluster } = self.servers;
        let cluster = async {
            if let Some(cluster) = cluster {
                cluster.stop().await;
            }
        };
        futures_util::future::join(clients.stop(), cluster).await;
        self.links.close();
        let folder = self.folder;
        let _ = tokio::task::spawn_blocking(move || folder.close()).await;
    }
}

/// The TLS of a process.
struct Tls {
    clients: Option<Arc<ServerTls>>,
    cluster: Option<Arc<ServerTls>>,
    client: Option<ClientIdentity>,
    operator: OperatorTls,
}

impl Tls {
    fn load(
        config: &OrdererConfig,
        disk: &Arc<dyn Disk>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let own = config.cluster.tls.clone();
        let load = |files| ServerTls::load(disk, clock, files).map(Arc::new);
        let clients = config.tls.clone().map(|mut files| {
            // Nodes come to the same port.
            files.client_roots.extend(config.cluster.roots.iter().cloned());
            files
        });
        let shown = own.as_ref().or(config.tls.as_ref());
        let shown = shown.map(|files| (files.certificate.clone(), files.key.clone()));
        let client = match config.cluster.client.clone().or(shown.clone()) {
            Some((certificate, key)) if shown.is_some() => {
                Some(ClientIdentity::load(disk, certificate, key)?)
            }
            _ => None,
        };
        let [clients, cluster] = [clients.map(load).transpose()?, own.map(load).transpose()?];
        let admin = config.participation.tls.clone().filter(|_| config.participation.enabled);
        let operations = config.operations.tls.clone();
        let operator = OperatorTls {
            admin: admin.map(load).transpose()?,
            operations: operations.map(load).transpose()?,
        };
        Ok(Self { clients, cluster, client, operator })
    }

    fn servers(&self) -> Vec<Arc<ServerTls>> {
        let OperatorTls { admin, operations } = &self.operator;
        [&self.clients, &self.cluster, admin, operations].into_iter().flatten().cloned().collect()
    }

    /// What other nodes know this one by; empty without TLS.
    fn key(&self) -> Bytes {
        let server = self.cluster.as_ref().or(self.clients.as_ref());
        let key = server.and_then(|server| orderer::member_key(&server.certificate()));
        key.unwrap_or_default()
    }
}

struct Listeners {
    clients: TcpListener,
    cluster: Option<TcpListener>,
}

impl Listeners {
    async fn bind(config: &OrdererConfig) -> Result<Self, StartError> {
        let cluster = match &config.cluster.listen {
            None => None,
            Some(address) => Some(listen(address).await?),
        };
        Ok(Self { clients: listen(&config.listen).await?, cluster })
    }

    fn serve(
        self,
        config: &OrdererConfig,
        (service, grpc): (Ordering, &Grpc),
        channels: &Arc<OrdererChannels>,
        tls: Option<Arc<ServerTls>>,
        cluster_tls: Option<Arc<ServerTls>>,
    ) -> Result<Servers, StartError> {
        let bounds = Bounds {
            keepalive_interval: config.keepalive_interval,
            keepalive_timeout: config.keepalive_timeout,
            ..Bounds::default()
        };
        let service = AtomicBroadcastServer::new(service)
            .max_decoding_message_size(config.max_receive)
            .max_encoding_message_size(config.max_send);
        let nodes = ClusterServer::new(ClusterService(channels.clone()))
            .max_decoding_message_size(cluster::MESSAGE)
            .max_encoding_message_size(cluster::MESSAGE);
        let calls = Calls::new(grpc, "orderer.AtomicBroadcast", &[], &["Broadcast", "Deliver"]);
        let routes = Routes::new(calls.layer(service));
        let (routes, cluster) = match self.cluster {
            None => (routes.add_service(nodes), None),
            Some(listener) => {
                let tls = cluster_tls.or_else(|| tls.clone());
                (routes, Some(Server::start(listener, tls, Routes::new(nodes), bounds)?))
            }
        };
        let counted = grpc.connections();
        let clients = Server::start_counting(self.clients, tls, routes, bounds, counted)?;
        Ok(Servers { clients, cluster })
    }
}

async fn listen(address: &str) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| StartError::Listen { address: address.to_owned(), source })
}

fn node(parts: &Parts, key: Bytes) -> Result<Arc<Node>, StartError> {
    let mut options = ledger::blocks::Options::default();
    options.log.salt = salt(&*parts.entropy)?;
    Ok(Arc::new(Node {
        volume: parts.volume.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        identity: parts.identity.clone(),
        key,
        providers: parts.providers.clone(),
        options,
    }))
}

fn times(config: &OrdererConfig) -> Times {
    let cluster = &config.cluster;
    Times {
        dial: cluster.dial_timeout,
        // An envelope that was forwarded is answered when it is in a block.
        call: cluster.rpc_timeout.saturating_add(UNTIL_ORDERED),
        pull: cluster.pull_timeout,
        waiting: cluster.send_buffer,
    }
}

fn service(
    config: &OrdererConfig,
    parts: Parts,
    channels: &Arc<OrdererChannels>,
    [broadcasts, deliveries]: &[Arc<Semaphore>; 2],
    stop: watch::Receiver<bool>,
) -> Ordering {
    let delivery = Delivery {
        chains: channels.clone(),
        format: Whole,
        clock: parts.clock,
        window: config.time_window,
        numbers: deliver::Numbers::new(&parts.registry),
        stop: stop.clone(),
    };
    Ordering {
        channels: channels.clone(),
        delivery: Arc::new(delivery),
        providers: parts.providers,
        numbers: broadcast::Numbers::new(&parts.registry),
        broadcasts: broadcasts.clone(),
        deliveries: deliveries.clone(),
        stop,
    }
}

/// Threads that seal blocks.
const THREADS: usize = 4;
const GRACE: Duration = Duration::from_secs(2);
const UNTIL_ORDERED: Duration = Duration::from_secs(15);
/// Streams at once, at most.
const BROADCASTS: usize = 2500;
/// Fabric's.
const DELIVERIES: usize = 2500;
