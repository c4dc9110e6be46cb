// SPDX-License-Identifier: Apache-2.0
//! `orderer.yaml`: what a node that orders is told.
//!
//! The channel's configuration, not this file, says how Raft is timed and when blocks are cut.

use super::common::{
    LOOPBACK, MESSAGE, Operations, TlsKeys, families, hours, is_loopback, joined, seconds,
};
use super::settings::{Known, Settings};
use super::{ClientAuth, ConfigError, TlsFiles};
use std::path::{Path, PathBuf};
use std::time::Duration;
use sys::Disk;

/// What a node that orders is told, every value checked.
#[derive(Clone, Debug)]
pub struct OrdererConfig {
    /// Host and port that clients come to, `127.0.0.1:7050` by default; port 0 takes a free one.
    pub listen: String,
    /// TLS of that port; none for plain text, which is for loopback only.
    pub tls: Option<TlsFiles>,
    /// How the nodes that agree reach each other.
    pub cluster: Cluster,
    /// The folder of the node's identity.
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
    /// The node's folder: `channels` is in it, and the log unless `wal` says otherwise.
    pub location: PathBuf,
    /// The folder of the log that all channels share.
    pub wal: PathBuf,
    /// Whether and how channels are joined and removed over REST.
    pub participation: Participation,
    /// Health, version, metrics and log levels.
    pub operations: Operations,
}

/// How the nodes that agree reach each other.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Host and port of a listener of its own; without it, the one that clients come to.
    pub listen: Option<String>,
    /// TLS of that listener.
    pub tls: Option<TlsFiles>,
    /// Certificate and key that the node shows to others, PEM; without them, those of the server.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Roots of nodes that a channel on this node does not list yet, PEM.
    pub roots: Vec<PathBuf>,
    /// How long a connection to another node may take.
    pub dial_timeout: Duration,
    /// How long an answer of another node may take.
    pub rpc_timeout: Duration,
    /// How long a block of another node may take.
    pub pull_timeout: Duration,
    /// Messages that wait for one other node, at most.
    pub send_buffer: usize,
}

/// Joining and removing channels over REST.
#[derive(Clone, Debug)]
pub struct Participation {
    /// Whether it is offered.
    pub enabled: bool,
    /// Bytes of a request, at most.
    pub max_body: usize,
    /// Host and port, `127.0.0.1:9443` by default.
    pub listen: String,
    /// Its TLS.
    pub tls: Option<TlsFiles>,
}

impl OrdererConfig {
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
        let text = String::from_utf8(bytes).map_err(|_| ConfigError::Content {
            name: path.display().to_string(),
            why: "it is not UTF-8 text".to_owned(),
        })?;
        Self::parse(&text, path, environment)
    }

    /// Reads the text of a file called `name`; relative paths are relative to its folder. An empty
    /// text gives the defaults.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(
        text: &str,
        name: &Path,
        environment: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let of = Settings::read(text, name, environment, &KNOWN)?;
        let location = of.path("FileLedger.Location").unwrap_or_else(|| PathBuf::from(LOCATION));
        let wal = of.path("Consensus.WALDir").unwrap_or_else(|| location.join("wal"));
        let port = of.number("General.ListenPort", 7050_u16)?;
        let host = of.text("General.ListenAddress").unwrap_or_else(|| LOOPBACK.to_owned());
        let msp_dir = of.path("General.LocalMSPDir");
        let msp_id = of.text("General.LocalMSPID");
        let config = Self {
            listen: joined(&host, port),
            tls: TlsKeys::of_orderer("General.TLS").read(&of, ClientAuth::Any)?,
            cluster: cluster(&of, &host)?,
            msp_dir: msp_dir.unwrap_or_else(|| PathBuf::from("msp")),
            msp_id: msp_id.ok_or_else(|| of.error("General.LocalMSPID is needed"))?,
            bccsp: families(&of, "General.BCCSP", "ORDERER_GENERAL_", environment)?,
            keepalive_interval: of.duration("General.Keepalive.ServerInterval", hours(2))?,
            keepalive_timeout: of.duration("General.Keepalive.ServerTimeout", seconds(20))?,
            max_receive: of.size("General.MaxRecvMsgSize", MESSAGE)?,
            max_send: of.size("General.MaxSendMsgSize", MESSAGE)?,
            time_window: of.duration("General.Authentication.TimeWindow", seconds(900))?,
            location,
            wal,
            participation: participation(&of)?,
            operations: Operations::read(&of, &TlsKeys::of_orderer("Operations.TLS"), 8443)?,
        };
        config.check(&of)?;
        Ok(config)
    }

    /// Plain text is for those who sit on the same machine.
    fn check(&self, of: &Settings) -> Result<(), ConfigError> {
        if self.tls.is_none() && !is_loopback(&self.listen) {
            let why = "without TLS the node listens on loopback only: turn General.TLS.Enabled on";
            return Err(of.wrong("General.ListenAddress", why));
        }
        let Participation { enabled, listen, tls, .. } = &self.participation;
        match tls {
            None if *enabled && !is_loopback(listen) => {
                let why = "without TLS channels are joined over loopback only";
                return Err(of.wrong("Admin.ListenAddress", why));
            }
            Some(tls) if tls.clients != ClientAuth::Required => {
                let why = "an operator is known by a certificate: it must be true";
                return Err(of.wrong("Admin.TLS.ClientAuthRequired", why));
            }
            _ => {}
        }
        if self.tls.is_none() && self.cluster.listen.is_some() && self.cluster.tls.is_none() {
            let why = "a listener for the cluster needs ServerCertificate and ServerPrivateKey";
            return Err(of.wrong("General.Cluster.ListenPort", why));
        }
        Ok(())
    }
}

fn cluster(of: &Settings, host: &str) -> Result<Cluster, ConfigError> {
    let pair = |certificate: &str, key: &str| match (of.path(certificate), of.path(key)) {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (None, None) => Ok(None),
        (_, None) => Err(of.error(&format!("{certificate} needs {key}"))),
        (None, _) => Err(of.error(&format!("{key} needs {certificate}"))),
    };
    let server = pair("General.Cluster.ServerCertificate", "General.Cluster.ServerPrivateKey")?;
    let roots = of.paths("General.Cluster.RootCAs");
    let listen = match of.text("General.Cluster.ListenPort") {
        None => None,
        Some(_) => {
            let port = of.number("General.Cluster.ListenPort", 0_u16)?;
            let own = of.text("General.Cluster.ListenAddress");
            Some(joined(own.as_deref().unwrap_or(host), port))
        }
    };
    let tls = server.map(|(certificate, key)| TlsFiles {
        certificate,
        key,
        client_roots: roots.clone(),
        clients: ClientAuth::Any,
    });
    Ok(Cluster {
        listen,
        tls,
        client: pair("General.Cluster.ClientCertificate", "General.Cluster.ClientPrivateKey")?,
        roots,
        dial_timeout: of.duration("General.Cluster.DialTimeout", seconds(5))?,
        rpc_timeout: of.duration("General.Cluster.RPCTimeout", seconds(7))?,
        pull_timeout: of.duration("General.Cluster.ReplicationPullTimeout", seconds(5))?,
        send_buffer: of.number("General.Cluster.SendBufferSize", 100)?,
    })
}

fn participation(of: &Settings) -> Result<Participation, ConfigError> {
    Ok(Participation {
        enabled: of.flag("ChannelParticipation.Enabled")?,
        max_body: of.size("ChannelParticipation.MaxRequestBodySize", 1 << 20)?,
        listen: of.text("Admin.ListenAddress").unwrap_or_else(|| joined(LOOPBACK, 9443)),
        tls: TlsKeys::of_orderer("Admin.TLS").read(of, ClientAuth::IfGiven)?,
    })
}

/// Fabric's.
const LOCATION: &str = "/var/hyperledger/production/orderer";
const KNOWN: Known =
    Known { prefix: "ORDERER", used: USED, unsupported: UNSUPPORTED, whole: WHOLE };

const WHOLE: &[&str] = &["General.BCCSP"];

const USED: &[&str] = &[
    "General.ListenAddress",
    "General.ListenPort",
    "General.TLS.Enabled",
    "General.TLS.PrivateKey",
    "General.TLS.Certificate",
    "General.TLS.ClientAuthRequired",
    "General.TLS.ClientRootCAs",
    "General.Keepalive.ServerInterval",
    "General.Keepalive.ServerTimeout",
    "General.MaxRecvMsgSize",
    "General.MaxSendMsgSize",
    "General.Cluster.SendBufferSize",
    "General.Cluster.ClientCertificate",
    "General.Cluster.ClientPrivateKey",
    "General.Cluster.RootCAs",
    "General.Cluster.ListenPort",
    "General.Cluster.ListenAddress",
    "General.Cluster.ServerCertificate",
    "General.Cluster.ServerPrivateKey",
    "General.Cluster.DialTimeout",
    "General.Cluster.RPCTimeout",
    "General.Cluster.ReplicationPullTimeout",
    "General.LocalMSPDir",
    "General.LocalMSPID",
    "General.Authentication.TimeWindow",
    "FileLedger.Location",
    "Consensus.WALDir",
    "ChannelParticipation.Enabled",
    "ChannelParticipation.MaxRequestBodySize",
    "Admin.ListenAddress",
    "Admin.TLS.Enabled",
    "Admin.TLS.PrivateKey",
    "Admin.TLS.Certificate",
    "Admin.TLS.ClientAuthRequired",
    "Admin.TLS.ClientRootCAs",
    "Operations.ListenAddress",
    "Operations.TLS.Enabled",
    "Operations.TLS.PrivateKey",
    "Operations.TLS.Certificate",
    "Operations.TLS.ClientAuthRequired",
    "Operations.TLS.ClientRootCAs",
    "Metrics.Provider",
];

const UNSUPPORTED: &[super::settings::Unsupported] = &[
    ("General.TLS.RootCAs", &[""]),
    ("Admin.TLS.RootCAs", &[""]),
    ("Operations.TLS.RootCAs", &[""]),
    ("General.Keepalive.ServerMinInterval", &[""]),
    ("General.TLS.TLSHandshakeTimeShift", &["", "0", "0s"]),
    ("General.Cluster.TLSHandshakeTimeShift", &["", "0", "0s"]),
    ("General.Cluster.CertExpirationWarningThreshold", &[""]),
    ("General.Cluster.ReplicationBufferSize", &[""]),
    ("General.Cluster.ReplicationRetryTimeout", &[""]),
    ("General.Cluster.ReplicationBackgroundRefreshInterval", &[""]),
    ("General.Cluster.ReplicationMaxRetries", &[""]),
    ("General.BootstrapMethod", &["", "none"]),
    ("General.BootstrapFile", &[""]),
    ("General.LocalMSPType", &["", "bccsp"]),
    ("General.Profile.Enabled", &["", "false"]),
    ("General.Profile.Address", &[""]),
    ("General.Authentication.NoExpirationChecks", &["", "false"]),
    ("General.Throttling.Rate", &["", "0"]),
    ("General.Throttling.InactivityTimeout", &["", "0s"]),
    ("FileLedger.Prefix", &[""]),
    ("Consensus.SnapDir", &[""]),
    ("Consensus.EvictionSuspicion", &[""]),
    ("Consensus.TickIntervalOverride", &[""]),
    ("Debug.BroadcastTraceDir", &[""]),
    ("Debug.DeliverTraceDir", &[""]),
    ("Metrics.Statsd.Network", &[""]),
    ("Metrics.Statsd.Address", &[""]),
    ("Metrics.Statsd.WriteInterval", &[""]),
    ("Metrics.Statsd.Prefix", &[""]),
];
