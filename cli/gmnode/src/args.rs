// SPDX-License-Identifier: Apache-2.0
//! What can be typed: commands, their options, and help with an example each.

use crate::args_bench::{Bench, BenchChaincode};
use crate::args_chaincode::Chaincode;
use crate::args_channel::Channel;
use crate::args_ledger::Ledger;
use crate::args_network::Network;
use crate::args_orderer::Orderer;
use crate::args_osn::Osn;
use crate::args_peer::Peer;
use crate::args_quickstart::Quickstart;
use crate::args_tx::Tx;
use bccsp::Suite;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use terminal::Out;

const FIRST: &str = "\
What most people need:
  gmnode quickstart                                         a whole network at work, in one command
  gmnode genesis --config configtx.yaml --profile Ch --channel ch1 --out ch1.block     begin a channel
  gmnode inspect ch1.block                                  what is in a file, and whether it holds
  gmnode config show ch1.block                              what the members agreed on
  gmnode config set ch1.block --max-messages 200 --out update.pb         ask for a change
  gmnode config sign update.pb --msp admin/msp --mspid Org1MSP           agree to it
  gmnode network create --dir net && gmnode network up --dir net         a network on this machine

`gmnode help COMMAND` explains each. Both families work side by side: which one a channel uses is in
its configuration.";

/// Blocks, identities, policies and configurations of a Hyperledger Fabric channel, in SM2 or P-256.
#[derive(Debug, Parser)]
#[command(name = "gmnode", version, arg_required_else_help = true, after_help = FIRST)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See a whole network at work, in one command
    Quickstart(Quickstart),
    /// Show what is in a file, layer by layer, and judge every hash, link and signature
    Inspect(Inspect),
    /// Make the genesis block of a channel from `configtx.yaml`
    Genesis(Genesis),
    /// Show, compare, change and sign configurations
    #[command(subcommand)]
    Config(Config),
    /// Look after the folder of a channel's ledger
    #[command(subcommand)]
    Ledger(Ledger),
    /// Run a node that orders, or look after its folder while it does not run
    #[command(subcommand)]
    Orderer(Orderer),
    /// Run a node that endorses and keeps ledgers
    #[command(subcommand)]
    Peer(Peer),
    /// Channels of a running orderer, for its administrators
    #[command(subcommand)]
    Osn(Osn),
    /// Channels of running nodes: join, list, show, get blocks, send updates
    #[command(subcommand)]
    Channel(Channel),
    /// What became of a transaction, and why
    #[command(subcommand)]
    Tx(Tx),
    /// Chaincodes: packages, definitions that organisations agree upon, calls
    #[command(subcommand)]
    Chaincode(Chaincode),
    /// A whole network on this machine
    #[command(subcommand)]
    Network(Network),
    /// Measure a network: transactions a second, latency, processor time of a transaction
    Bench(Bench),
    /// The chaincode that `bench` starts
    #[command(hide = true)]
    BenchChaincode(BenchChaincode),
    /// Watch nodes elect a leader, replicate, lose the leader, part and come together again
    RaftDemo(RaftDemo),
}

/// Watch nodes elect a leader, replicate, lose the leader, part and come together again.
///
/// The engine is the one that orders blocks; time, network and disks are in memory, so it is over at
/// once, and the same seed shows the same. Exit status 1 when the nodes do not agree in the end.
///
/// Example: gmnode raft-demo --nodes 5 --partition 3/2
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RaftDemo {
    /// How many nodes there are
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(3..=26))]
    pub(crate) nodes: u8,
    /// How the network is cut: the larger side, and the smaller one with the leader [default: as near
    /// to the middle as it goes]
    #[arg(long, value_name = "A/B")]
    pub(crate) partition: Option<String>,
    /// What happens is drawn from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The family whose hash function chains the blocks
    #[arg(long, value_parser = suite, default_value = "gm", value_name = "gm|nist")]
    pub(crate) suite: Suite,
}

pub(crate) fn suite(text: &str) -> Result<Suite, String> {
    let found = Suite::ALL.into_iter().find(|suite| suite.to_string() == text);
    found.ok_or_else(|| "gm or nist is wanted".to_owned())
}

/// Show what is in a file, layer by layer, and judge every hash, link and signature.
///
/// Takes blocks, envelopes, configurations, config updates, proposals, responses and chaincode
/// packages, and tells them apart. The answer is JSON: `message` is what `configtxlator proto_decode`
/// prints for the same bytes, `checks` has a verdict for everything that can be computed again. Several
/// blocks are held against each other, too. Exit status 1 when a check says no.
///
/// Example: gmnode inspect --trust ch1.block 3.block 4.block
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Inspect {
    /// The files (`-`: standard input)
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) files: Vec<PathBuf>,
    /// What the file is, where it is not to be guessed
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    pub(crate) kind: Option<KindArg>,
    /// A config block to trust: signatures are then judged by its members and policies
    #[arg(long, value_name = "BLOCK")]
    pub(crate) trust: Option<PathBuf>,
    /// Print the message alone, as `configtxlator proto_decode` does
    #[arg(long, conflicts_with_all = ["trust", "encode"])]
    pub(crate) bare: bool,
    /// Go back: read JSON of that `--type` (or of `inspect`), write bytes to `--out`
    ///
    /// Maps come back in the order of their keys: bytes that were signed otherwise are then an equal
    /// message and no longer the signed bytes.
    #[arg(long, requires = "out")]
    pub(crate) encode: bool,
    /// The file to write with `--encode` (`-`: standard output)
    #[arg(long, short, value_name = "FILE", requires = "encode")]
    pub(crate) out: Option<PathBuf>,
    /// Replace that file when it exists
    #[arg(long, requires = "encode")]
    pub(crate) force: bool,
}

/// What a file can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// common.Block
    Block,
    /// common.Envelope
    Envelope,
    /// common.Config
    Config,
    /// common.ConfigUpdate
    ConfigUpdate,
    /// common.ConfigUpdateEnvelope
    ConfigUpdateEnvelope,
    /// protos.SignedProposal
    SignedProposal,
    /// protos.Proposal
    Proposal,
    /// protos.ProposalResponse
    ProposalResponse,
    /// A chaincode package, .tar.gz
    Package,
}

/// Make the genesis block of a channel from `configtx.yaml`.
///
/// Example: gmnode genesis --config configtx.yaml --profile Ch --channel ch1 --out ch1.block
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Genesis {
    /// The file with the profiles, as `configtxgen` reads it
    #[arg(long, value_name = "FILE", default_value = "configtx.yaml")]
    pub(crate) config: PathBuf,
    /// The profile
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: String,
    /// The name of the channel
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: String,
    #[command(flatten)]
    pub(crate) out: Out,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show what the members of a channel agreed on
    Show(ConfigShow),
    /// Show what differs between two configurations, and write the update that leads from one to the other
    Diff(ConfigDiff),
    /// Write the update that makes the usual changes
    Set(Box<ConfigSet>),
    /// Add a signature to an update
    Sign(ConfigSign),
    /// Say whether an update would be accepted, and what would come of it
    Check(ConfigCheck),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigShow {
    /// A config block (`-`: standard input)
    #[arg(value_name = "BLOCK")]
    pub(crate) block: PathBuf,
    /// Print the configuration as JSON, as `configtxlator` does
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigDiff {
    /// The config block in force
    #[arg(value_name = "BLOCK")]
    pub(crate) from: PathBuf,
    /// What it is to become: a config block, or a common.Config
    #[arg(value_name = "CONFIG")]
    pub(crate) to: PathBuf,
    /// Write the update, to be signed, to this file (`-`: standard output)
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file when it exists
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

/// Write the update that makes the usual changes. Nobody has signed it yet: see `config sign`.
///
/// Example: gmnode config set ch1.block --max-messages 200 --batch-timeout 1s --out update.pb
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ConfigSet {
    /// The config block in force
    #[arg(value_name = "BLOCK")]
    pub(crate) block: PathBuf,
    /// Add an organisation of the application: its name; with `--msp` and `--mspid`
    #[arg(long, value_name = "NAME", requires_all = ["msp", "mspid"], group = "who")]
    pub(crate) add_org: Option<String>,
    /// Add an organisation that runs orderers: its name; with `--msp`, `--mspid` and `--endpoint`
    #[arg(long, value_name = "NAME", requires_all = ["msp", "mspid"], group = "who")]
    pub(crate) add_orderer_org: Option<String>,
    /// Give an organisation another MSP of the same name: renewed CAs, or a second family
    #[arg(long, value_name = "NAME", requires_all = ["msp", "mspid"], group = "who")]
    pub(crate) replace_msp: Option<String>,
    /// Remove an organisation
    #[arg(long, value_name = "NAME")]
    pub(crate) remove_org: Option<String>,
    /// The MSP folder for `--add-org`, `--add-orderer-org`, `--replace-msp`
    #[arg(long, value_name = "DIR", requires = "who")]
    pub(crate) msp: Option<PathBuf>,
    /// The name of that MSP
    #[arg(long, value_name = "ID", requires = "who")]
    pub(crate) mspid: Option<String>,
    /// Where orderers listen: ORG=HOST:PORT (may be repeated; replaces those of ORG)
    #[arg(long, value_name = "ORG=HOST:PORT")]
    pub(crate) endpoint: Vec<String>,
    /// Anchor peers: ORG=HOST:PORT (may be repeated; replaces those of ORG)
    #[arg(long, value_name = "ORG=HOST:PORT")]
    pub(crate) anchor_peer: Vec<String>,
    /// Add a consenter HOST:PORT; with `--tls-cert`
    #[arg(long, value_name = "HOST:PORT", requires = "tls_cert")]
    pub(crate) add_consenter: Option<String>,
    /// The TLS certificate of that consenter, PEM, as server and client
    #[arg(long, value_name = "FILE", requires = "add_consenter")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Remove a consenter
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) remove_consenter: Option<String>,
    /// Envelopes in a block, at most
    #[arg(long, value_name = "N")]
    pub(crate) max_messages: Option<u32>,
    /// Bytes of one envelope, at most
    #[arg(long, value_name = "BYTES")]
    pub(crate) absolute_max_bytes: Option<u32>,
    /// Bytes in a block above which no further envelope is added
    #[arg(long, value_name = "BYTES")]
    pub(crate) preferred_max_bytes: Option<u32>,
    /// How long an envelope waits for others, such as 2s or 500ms
    #[arg(long, value_name = "TIME")]
    pub(crate) batch_timeout: Option<String>,
    /// The hash function of the blocks to come: SHA256 or SM3
    #[arg(long, value_name = "NAME")]
    pub(crate) hash: Option<String>,
    /// Ask every node for a capability: NAME of the channel, orderer/NAME or application/NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) add_capability: Vec<String>,
    /// Set a policy: PATH=RULE, such as /Channel/Application/Org1/Endorsement=OR('Org1MSP.peer')
    #[arg(long, value_name = "PATH=RULE")]
    pub(crate) policy: Vec<String>,
    #[command(flatten)]
    pub(crate) out: Out,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigSign {
    /// The update, from `config set` or `config diff` or `configtxlator`; the signature is added to it
    #[arg(value_name = "UPDATE")]
    pub(crate) update: PathBuf,
    /// The MSP folder of who signs, with the key
    #[arg(long, value_name = "DIR")]
    pub(crate) msp: PathBuf,
    /// The name of that MSP
    #[arg(long, value_name = "ID")]
    pub(crate) mspid: String,
    /// Also sign the envelope around it, as the one who sends it
    #[arg(long)]
    pub(crate) submit: bool,
    /// Write to this file instead of replacing UPDATE
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace that file when it exists
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigCheck {
    /// The config block in force
    #[arg(value_name = "BLOCK")]
    pub(crate) block: PathBuf,
    /// The update
    #[arg(value_name = "UPDATE")]
    pub(crate) update: PathBuf,
}
