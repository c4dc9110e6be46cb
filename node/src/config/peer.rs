// SPDX-License-Identifier: Apache-2.0
//! `core.yaml`: what a peer is told.

use super::common::{
    LOOPBACK, MESSAGE, Operations, TlsKeys, families, hours, is_loopback, joined, seconds,
};
use super::settings::{Known, Settings, Unsupported};
use super::{ClientAuth, ConfigError, TlsFiles};
use std::path::{Path, PathBuf};
use std::time::Duration;
use sys::Disk;

/// What a peer is told, every value checked.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// Its name, for logs.
    pub id: String,
    /// Host and port that clients come to, `127.0.0.1:7051` by default; port 0 takes a free one.
    pub listen: String,
    /// Host and port that clients are told.
    pub address: String,
    /// TLS of that port; none for plain text, which is for loopback only.
    pub tls: Option<TlsFiles>,
    /// Certificate and key that it shows to orderers, PEM; without them, those of the server. What a
    /// chaincode is shown stands in its package.
    pub client: Option<(PathBuf, PathBuf)>,
    /// The folder of its identity.
    pub msp_dir: PathBuf,
    /// The name of its MSP.
    pub msp_id: String,
    /// Which families, and how they are computed.
    pub bccsp: bccsp::config::Config,
    /// Silence on a connection after which it is asked for a sign of life.
    pub keepalive_interval: Duration,
    /// How long that sign may take.
    pub keepalive_timeout: Duration,
    /// Bytes of a message that is received, at most.
    pub max_receive: usize,
    /// Bytes of a message that is sent, at most.
    pub max_send: usize,
    /// How far the clock of a client may be off.
    pub time_window: Duration,
    /// The peer's folder.
    pub location: PathBuf,
    /// Requests at once.
    pub limits: Limits,
    /// What the gateway waits for.
    pub gateway: Gateway,
    /// Chaincodes.
    pub chaincode: Chaincode,
    /// How long a connection to an orderer may take.
    pub dial_timeout: Duration,
    /// Where blocks come from.
    pub blocks: BlockSource,
    /// Health, version, metrics and log levels.
    pub operations: Operations,
}

/// Requests at once, by service; further ones are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Proposals.
    pub endorser: usize,
    /// Streams of blocks.
    pub deliver: usize,
    /// Calls of the gateway.
    pub gateway: usize,
}

/// What the gateway waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Whether it is offered.
    pub enabled: bool,
    /// For an endorsement of another peer.
    pub endorsement_timeout: Duration,
    /// For the answer of an orderer.
    pub broadcast_timeout: Duration,
    /// For a connection.
    pub dial_timeout: Duration,
}

/// Where blocks come from; ours, Fabric's peers know no such section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockSource {
    /// Peers that are asked before the orderers of a channel, `host:port`.
    pub peers: Vec<String>,
    /// Whether the orderers are asked when no peer gives what is there.
    pub orderers: bool,
}

/// Chaincodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chaincode {
    /// Whether those register that nobody has installed.
    pub dev_mode: bool,
    /// Host and port that they come to then.
    pub listen: String,
    /// How long one may take to be ready.
    pub startup_timeout: Duration,
    /// How long a transaction may take.
    pub execute_timeout: Duration,
}

impl PeerConfig {
    /// Reads a file. `environment` is all variables of the process.
    ///
    /// # Errors
    /// [`ConfigError`], naming every key that is wrong or unsupported.
    pub fn read(
        disk: &dyn Disk,
        path: &Path,
        environment: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let at = |source| ConfigError::File { path: path.to_path_buf(), source };
        let bytes = disk.read(path).map_err(at)?;
        Self::parse(&String::from_utf8_lossy(&bytes), path, environment)
    }

    /// The same for the text of a file called `name`; paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError::Content`].
    pub fn parse(
        text: &str,
        name: &Path,
        environment: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let of = Settings::read(text, name, environment, &KNOWN)?;
        let listen = of.text("peer.listenAddress").unwrap_or_else(|| joined(LOOPBACK, 7051));
        let msp_id = of.text("peer.localMspId");
        let config = Self {
            id: of.text("peer.id").unwrap_or_else(|| "peer".to_owned()),
            address: of.text("peer.address").unwrap_or_else(|| listen.clone()),
            tls: TlsKeys::of_peer("peer.tls").read(&of, ClientAuth::Any)?,
            client: client(&of)?,
            msp_dir: of.path("peer.mspConfigPath").unwrap_or_else(|| PathBuf::from("msp")),
            msp_id: msp_id.ok_or_else(|| of.error("peer.localMspId is needed"))?,
            bccsp: families(&of, "peer.BCCSP", "CORE_PEER_", environment)?,
            keepalive_interval: of.duration("peer.keepalive.interval", hours(2))?,
            keepalive_timeout: of.duration("peer.keepalive.timeout", seconds(20))?,
            max_receive: of.size("peer.maxRecvMsgSize", MESSAGE)?,
            max_send: of.size("peer.maxSendMsgSize", MESSAGE)?,
            time_window: of.duration("peer.authentication.timewindow", seconds(900))?,
            location: of.path("peer.fileSystemPath").unwrap_or_else(|| PathBuf::from(LOCATION)),
            limits: Limits {
                endorser: of.number("peer.limits.concurrency.endorserService", 2500)?,
                deliver: of.number("peer.limits.concurrency.deliverService", 2500)?,
                gateway: of.number("peer.limits.concurrency.gatewayService", 500)?,
            },
            gateway: gateway(&of)?,
            chaincode: chaincode(&of)?,
            dial_timeout: of.duration("peer.deliveryclient.connTimeout", seconds(3))?,
            blocks: blocks(&of)?,
            operations: Operations::read(&of, &TlsKeys::of_peer("operations.tls"), 9443)?,
            listen,
        };
        config.check(&of)?;
        Ok(config)
    }

    /// Plain text is for those who sit on the same machine.
    fn check(&self, of: &Settings) -> Result<(), ConfigError> {
        if self.tls.is_none() && !is_loopback(&self.listen) {
            let why = "without TLS the peer listens on loopback only: turn peer.tls.enabled on";
            return Err(of.wrong("peer.listenAddress", why));
        }
        if self.chaincode.dev_mode && self.tls.is_none() && !is_loopback(&self.chaincode.listen) {
            let why = "without TLS chaincodes come over loopback only";
            return Err(of.wrong("peer.chaincodeListenAddress", why));
        }
        Ok(())
    }
}

fn client(of: &Settings) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
    let pair = (of.path("peer.tls.clientCert.file"), of.path("peer.tls.clientKey.file"));
    match pair {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (None, None) => Ok(None),
        _ => Err(of.error("peer.tls.clientCert.file and peer.tls.clientKey.file go together")),
    }
}

fn blocks(of: &Settings) -> Result<BlockSource, ConfigError> {
    let key = "blockSource.peers";
    let peers = of.texts(key);
    let is_address = |peer: &String| {
        let parts = peer.rsplit_once(':');
        parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    if let Some(wrong) = peers.iter().find(|peer| !is_address(peer)) {
        let why = format!("`{}` is no host:port", wrong.escape_debug());
        return Err(of.wrong(key, &why));
    }
    let named = of.text("blockSource.orderers").is_some();
    let orderers = !named || of.flag("blockSource.orderers")?;
    if !orderers && peers.is_empty() {
        let why = "without orderers there must be blockSource.peers";
        return Err(of.wrong("blockSource.orderers", why));
    }
    Ok(BlockSource { peers, orderers })
}

fn gateway(of: &Settings) -> Result<Gateway, ConfigError> {
    Ok(Gateway {
        enabled: of.text("peer.gateway.enabled").is_none() || of.flag("peer.gateway.enabled")?,
        endorsement_timeout: of.duration("peer.gateway.endorsementTimeout", seconds(30))?,
        broadcast_timeout: of.duration("peer.gateway.broadcastTimeout", seconds(30))?,
        dial_timeout: of.duration("peer.gateway.dialTimeout", seconds(120))?,
    })
}

fn chaincode(of: &Settings) -> Result<Chaincode, ConfigError> {
    let dev_mode = match of.text("chaincode.mode").as_deref() {
        None | Some("net") => false,
        Some("dev") => true,
        Some(_) => return Err(of.wrong("chaincode.mode", "net or dev, no other")),
    };
    let listen = of.text("peer.chaincodeListenAddress");
    Ok(Chaincode {
        dev_mode,
        listen: listen.unwrap_or_else(|| joined(LOOPBACK, 7052)),
        startup_timeout: of.duration("chaincode.startuptimeout", seconds(300))?,
        execute_timeout: of.duration("chaincode.executetimeout", seconds(30))?,
    })
}

/// Fabric's.
const LOCATION: &str = "/var/hyperledger/production";

const KNOWN: Known = Known { prefix: "CORE", used: USED, unsupported: UNSUPPORTED, whole: WHOLE };

const WHOLE: &[&str] = &["peer.BCCSP"];

const USED: &[&str] = &[
    "peer.id",
    "peer.listenAddress",
    "peer.address",
    "peer.chaincodeListenAddress",
    "peer.tls.enabled",
    "peer.tls.clientAuthRequired",
    "peer.tls.cert.file",
    "peer.tls.key.file",
    "peer.tls.clientRootCAs.files",
    "peer.tls.clientKey.file",
    "peer.tls.clientCert.file",
    "peer.mspConfigPath",
    "peer.localMspId",
    "peer.keepalive.interval",
    "peer.keepalive.timeout",
    "peer.maxRecvMsgSize",
    "peer.maxSendMsgSize",
    "peer.authentication.timewindow",
    "peer.fileSystemPath",
    "peer.limits.concurrency.endorserService",
    "peer.limits.concurrency.deliverService",
    "peer.limits.concurrency.gatewayService",
    "peer.gateway.enabled",
    "peer.gateway.endorsementTimeout",
    "peer.gateway.broadcastTimeout",
    "peer.gateway.dialTimeout",
    "peer.deliveryclient.connTimeout",
    "blockSource.peers",
    "blockSource.orderers",
    "chaincode.mode",
    "chaincode.startuptimeout",
    "chaincode.executetimeout",
    "operations.listenAddress",
    "operations.tls.enabled",
    "operations.tls.cert.file",
    "operations.tls.key.file",
    "operations.tls.clientAuthRequired",
    "operations.tls.clientRootCAs.files",
    "metrics.provider",
];

const UNSUPPORTED: &[Unsupported] = &[
    ("peer.tls.rootcert.file", &[""]),
    ("peer.networkId", &["", "dev"]),
    ("peer.chaincodeAddress", &[""]),
    ("peer.addressAutoDetect", &["", "false"]),
    ("peer.keepalive.minInterval", &["", "60s"]),
    ("peer.gossip.bootstrap", &[""]),
    ("peer.gossip.useLeaderElection", &["", "false"]),
    ("peer.gossip.orgLeader", &["", "true"]),
    ("peer.gossip.endpoint", &[""]),
    ("peer.gossip.externalEndpoint", &[""]),
    ("peer.localMspType", &["", "bccsp"]),
    ("peer.profile.enabled", &["", "false"]),
    ("peer.profile.listenAddress", &[""]),
    ("peer.handlers.authFilters", &[""]),
    ("peer.handlers.decorators", &[""]),
    ("peer.discovery.enabled", &["", "false"]),
    ("peer.validatorPoolSize", &["", "0"]),
    ("vm.endpoint", &[""]),
    ("vm.docker.tls.enabled", &["", "false"]),
    ("chaincode.builder", &[""]),
    ("chaincode.pull", &["", "false"]),
    ("chaincode.installTimeout", &[""]),
    ("chaincode.keepalive", &["", "0"]),
    ("chaincode.externalBuilders", &["", "[]"]),
    ("chaincode.logging.level", &[""]),
    ("ledger.state.stateDatabase", &["", "goleveldb"]),
    ("ledger.history.enableHistoryDatabase", &["", "true"]),
    ("ledger.snapshots.rootDir", &[""]),
];
