// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode bench`.

use crate::commands::bench::workload::Workload;
use bccsp::Suite;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Measure a network: transactions a second, latency, processor time of a transaction by stage.
///
/// Without `--dir` it makes a network in a temporary folder, measures it, and removes it. It deploys a
/// chaincode of its own, sends transactions through the gateway of the first peer, each signed as any
/// client's, and keeps so many on their way as `--in-flight` says.
///
/// A machine that does other things at the time gives fewer transactions a second. Processor time a
/// transaction is what stays: it is first in the table, and the share of others is beside it.
///
/// Example: gmnode bench --suite both --html bench.html
/// Example: gmnode bench --dir net --workload blind-write-100 --in-flight 50
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Bench {
    /// The folder of a network that runs; the definition of the chaincode `bench` stays in its channel
    #[arg(long, value_name = "DIR", conflicts_with_all = ["suite", "orderers", "organizations"])]
    pub(crate) dir: Option<PathBuf>,
    /// The family of the network that is made
    #[arg(long, value_enum, default_value = "both")]
    pub(crate) suite: Suites,
    /// How many nodes of the network that is made order: one by itself, several by Raft
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) orderers: u8,
    /// How many organisations it has: more than half of them endorse each transaction
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) organizations: u8,
    /// What is done (may be repeated) [default: all]
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) workload: Vec<Workload>,
    /// How many are on their way at once (may be repeated) [default: 1, 50, 200, 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) in_flight: Vec<u32>,
    /// How long each is measured, after a quarter of that to warm up
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) seconds: u64,
    /// How often each is measured: the table has the median, and how far the others were from it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=99))]
    pub(crate) repeat: u8,
    /// Print JSON instead of the table
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a page with tables and plots
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Replace the page when it exists
    #[arg(long, requires = "html")]
    pub(crate) force: bool,
}

/// The chaincode that is measured with, as a process that ends when its standard input does.
#[derive(Debug, Args)]
pub(crate) struct BenchChaincode {
    /// Its package id
    #[arg(long)]
    pub(crate) id: String,
    /// Where it listens
    #[arg(long)]
    pub(crate) address: String,
}

/// Families of networks that are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suites {
    /// SM2, SM3, SM4
    Gm,
    /// P-256, SHA-256, AES
    Nist,
    /// One network after the other
    Both,
}

impl Suites {
    /// One or two.
    pub(crate) fn list(self) -> &'static [Suite] {
        match self {
            Self::Gm => &[Suite::Gm],
            Self::Nist => &[Suite::Nist],
            Self::Both => &[Suite::Nist, Suite::Gm],
        }
    }
}

impl Bench {
    /// The workloads, in the order of the report.
    pub(crate) fn workloads(&self) -> Vec<Workload> {
        let wanted = |one: &Workload| self.workload.is_empty() || self.workload.contains(one);
        Workload::ALL.into_iter().filter(wanted).collect()
    }

    /// How many on their way, ascending.
    pub(crate) fn in_flights(&self) -> Vec<u32> {
        let mut all = self.in_flight.clone();
        if all.is_empty() {
            all = vec![1, 50, 200, 1000];
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
