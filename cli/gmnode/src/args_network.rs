// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode network`.

use crate::lifecycle;
use bccsp::Suite;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// A whole network on this machine.
#[derive(Debug, Subcommand)]
pub(crate) enum Network {
    /// Make the keys, certificates, MSP folders, first block and configurations of a network
    Create(Create),
    /// Start the processes of a network, and join its channel
    Up(Up),
    /// Stop the processes of a network
    Down(Down),
    /// Show how the processes of a network stand, and who leads
    Status(Status),
}

/// Start the processes of a network that `network create` made, and join its channel on all of them.
/// They go on when this ends; what they say is in `log` in the folder of each. What runs already is
/// left alone.
///
/// With --chaincode, a chaincode that you run as a service is agreed upon: packed, installed on every
/// peer, approved by every organisation, committed. What is done already is left alone; with another
/// address, peers go there from then on. The line that begins with CHAINCODE_ID= is what to start the
/// service with.
///
/// With --topology, the network is made first, from a file that describes it: organisations, peers,
/// orderers, channels, host, ports (an example is deploy/topology.yaml).
///
/// Examples: gmnode network up --dir net --chaincode basic=127.0.0.1:9999
///           gmnode network up --dir net --topology topology.yaml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Up {
    /// The folder of the network
    #[arg(long, value_name = "DIR", default_value = "network")]
    pub(crate) dir: PathBuf,
    /// What to make, when the folder is not there
    #[arg(long, value_name = "FILE")]
    pub(crate) topology: Option<PathBuf>,
    /// A chaincode, and where its service listens (may be repeated)
    #[arg(long, value_name = "NAME=HOST:PORT", value_parser = Named::parse)]
    pub(crate) chaincode: Vec<Named>,
}

/// A chaincode, and where its service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) address: String,
}

impl Named {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, address) = text.split_once('=').ok_or("NAME=HOST:PORT is wanted")?;
        lifecycle::check_name(name).map_err(|error| error.to_string())?;
        let is_place = address.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if !is_place {
            return Err(format!("{address:?}: HOST:PORT is wanted"));
        }
        Ok(Self { name: name.to_owned(), address: address.to_owned() })
    }
}

/// Stop the processes of a network, and wait until everything is on disk.
///
/// Example: gmnode network down --dir net
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Down {
    /// The folder of the network
    #[arg(long, value_name = "DIR", default_value = "network")]
    pub(crate) dir: PathBuf,
}

/// Show how the processes of a network stand, and who leads. Exit status 1 when one does not run.
///
/// Example: gmnode network status --dir net
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Status {
    /// The folder of the network
    #[arg(long, value_name = "DIR", default_value = "network")]
    pub(crate) dir: PathBuf,
}

/// Make the keys, certificates, MSP folders, first block and configurations of a network.
///
/// One organisation orders, the others use the channel. Each has a CA for its members in the family
/// that is asked for, and one for TLS, which is P-256: no client of today speaks TLS with SM2. All
/// processes are to run on this machine, on ports that are free now.
///
/// Example: gmnode network create --dir net --suite gm --orderers 3
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Create {
    /// The folder, which must not be there
    #[arg(long, value_name = "DIR", default_value = "network")]
    pub(crate) dir: PathBuf,
    /// The family of identities and blocks
    #[arg(long, value_parser = crate::args::suite, default_value = "gm", value_name = "gm|nist")]
    pub(crate) suite: Suite,
    /// The channel
    #[arg(long, value_name = "NAME", default_value = "ch1")]
    pub(crate) channel: String,
    /// How many nodes order: one by itself, several by Raft
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) orderers: u8,
    /// How many organisations use the channel
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) organizations: u8,
    /// How many peers each of them has
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) peers: u8,
}
