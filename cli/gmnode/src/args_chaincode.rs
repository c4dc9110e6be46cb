// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode chaincode`.

use crate::args_client::{AtOrderers, AtPeer, AtPeers};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use terminal::Out;

/// Chaincodes: packages, definitions that organisations agree upon, calls.
#[derive(Debug, Subcommand)]
pub(crate) enum Chaincode {
    /// Make the package of a chaincode that runs as a service
    Package(Package),
    /// Install a package on peers
    Install(Install),
    /// Approve a definition for an organisation
    Approve(Box<Approve>),
    /// Show who has approved a definition
    Check(Box<Check>),
    /// Commit a definition that enough organisations approved
    Commit(Box<Commit>),
    /// List what is installed, or what is defined in a channel
    List(List),
    /// Send a transaction and wait for the verdict
    Invoke(Box<Invoke>),
    /// Ask a chaincode, without a transaction
    Query(Query),
    /// Run a sample chaincode as a service
    Serve(Serve),
}

/// Run a sample chaincode as a service, until it is told to stop: things that have an owner, with the
/// functions of Fabric's `asset-transfer-basic`. CHAINCODE_ID and CHAINCODE_SERVER_ADDRESS say under
/// which id and where, and the other variables of Fabric's chaincodes are known as well.
///
/// Example: CHAINCODE_ID=basic_1:e3b0… CHAINCODE_SERVER_ADDRESS=127.0.0.1:9999 gmnode chaincode serve asset
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Serve {
    /// The chaincode
    #[arg(value_name = "NAME", value_parser = ["asset"])]
    pub(crate) name: String,
    /// A file of lines NAME=VALUE, which come before the variables of the process
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

/// Make the package of a chaincode that runs as a service. Its id is printed: peers know it by that,
/// and the service is started with it (CHAINCODE_ID).
///
/// Example: gmnode chaincode package asset_1 127.0.0.1:9999 --out asset.tar.gz
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Package {
    /// The label: letters, digits and _ . + -
    #[arg(value_name = "LABEL")]
    pub(crate) label: String,
    /// Where the service listens
    #[arg(value_name = "HOST:PORT")]
    pub(crate) address: String,
    /// Who may have issued its TLS certificate, PEM; without, there is no TLS
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// The certificate that peers show it, PEM, where it asks for one
    #[arg(long, value_name = "FILE", requires_all = ["tls_ca", "tls_client_key"])]
    pub(crate) tls_client_cert: Option<PathBuf>,
    /// Its private key, PEM, not encrypted: the package holds it, as Fabric has it
    #[arg(long, value_name = "FILE", requires = "tls_client_cert")]
    pub(crate) tls_client_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) out: Out,
}

/// Install a package on peers, as an administrator of their organisation. Its id is printed.
///
/// Example: gmnode chaincode install asset.tar.gz --peer 127.0.0.1:7051 --tls-ca tls/ca.crt --msp
/// admin/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Install {
    /// The package
    #[arg(value_name = "FILE")]
    pub(crate) package: PathBuf,
    #[command(flatten)]
    pub(crate) at: AtPeers,
}

/// What organisations agree upon.
#[derive(Debug, Args)]
pub(crate) struct Definition {
    /// The channel
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: String,
    /// The chaincode
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Its version, which is any text
    #[arg(long, value_name = "TEXT", default_value = "1")]
    pub(crate) version: String,
    /// The number of the definition: 1, then one more each time
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) sequence: i64,
    /// Whether it must be initialised before it is called
    #[arg(long)]
    pub(crate) init_required: bool,
    /// Who must endorse, such as AND('Org1MSP.peer','Org2MSP.peer')
    #[arg(long, value_name = "RULE", conflicts_with = "policy_path")]
    pub(crate) policy: Option<String>,
    /// A policy of the channel that says who must endorse [default: /Channel/Application/Endorsement]
    #[arg(long, value_name = "PATH")]
    pub(crate) policy_path: Option<String>,
}

/// Approve a definition for the organisation of the peer, as its administrator.
///
/// Example: gmnode chaincode approve --channel ch1 --name asset --package-id asset_1:e3b0…
/// --peer 127.0.0.1:7051 --tls-ca tls/ca.crt --msp admin/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) definition: Definition,
    /// The package that peers of this organisation run; without, they run none
    #[arg(long, value_name = "ID")]
    pub(crate) package_id: Option<String>,
    #[command(flatten)]
    pub(crate) at: AtPeer,
    #[command(flatten)]
    pub(crate) orderers: AtOrderers,
}

/// Show who has approved a definition. Exit status 1 when an organisation has not.
///
/// Example: gmnode chaincode check --channel ch1 --name asset --peer 127.0.0.1:7051 --tls-ca
/// tls/ca.crt --msp admin/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) definition: Definition,
    #[command(flatten)]
    pub(crate) at: AtPeer,
}

/// Commit a definition. Peers of as many organisations must endorse as the channel asks for, and
/// have approved.
///
/// Example: gmnode chaincode commit --channel ch1 --name asset --peer 127.0.0.1:7051 --tls-ca
/// org1-ca.crt --peer 127.0.0.1:8051 --tls-ca org2-ca.crt --msp admin/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Commit {
    #[command(flatten)]
    pub(crate) definition: Definition,
    #[command(flatten)]
    pub(crate) at: AtPeers,
    #[command(flatten)]
    pub(crate) orderers: AtOrderers,
}

/// List what is installed on a peer, or with --channel what is defined there.
///
/// Example: gmnode chaincode list --channel ch1 --peer 127.0.0.1:7051 --tls-ca tls/ca.crt --msp
/// client/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct List {
    /// The channel
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
    #[command(flatten)]
    pub(crate) at: AtPeer,
}

/// Which function is called.
#[derive(Debug, Args)]
pub(crate) struct Function {
    /// The channel
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: String,
    /// The chaincode
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The function, then its arguments
    #[arg(value_name = "FUNCTION", required = true)]
    pub(crate) call: Vec<String>,
    /// What the chaincode may see and the block must not (may be repeated)
    #[arg(long, value_name = "NAME=TEXT")]
    pub(crate) transient: Vec<String>,
}

/// Send a transaction: the peers endorse, the orderers order, and the first peer says what became of
/// it. What the chaincode returned is printed. Exit status 1 when the chaincode says no or the
/// transaction is not valid.
///
/// Example: gmnode chaincode invoke --channel ch1 --name asset --peer 127.0.0.1:7051 --tls-ca
/// tls/ca.crt --msp client/msp --mspid Org1MSP -- create a1 blue 5 Ann 100
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Invoke {
    #[command(flatten)]
    pub(crate) function: Function,
    /// This is the call that initialises the chaincode
    #[arg(long)]
    pub(crate) init: bool,
    /// Seconds that the verdict may take
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) at: AtPeers,
    #[command(flatten)]
    pub(crate) orderers: AtOrderers,
}

/// Ask a chaincode and print its answer. Nothing is changed. Exit status 1 when it says no.
///
/// Example: gmnode chaincode query --channel ch1 --name asset --peer 127.0.0.1:7051 --tls-ca
/// tls/ca.crt --msp client/msp --mspid Org1MSP -- read a1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) function: Function,
    #[command(flatten)]
    pub(crate) at: AtPeer,
}
