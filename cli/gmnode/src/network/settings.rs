// SPDX-License-Identifier: Apache-2.0
//! The configuration of each process, in Fabric's keys; paths in it are relative to its own folder.

use super::material::endpoint;
use super::plan::{HOST, Node, Plan};
use anyhow::{Context as _, Result};
use bccsp::Suite;
use sys::{Access, Disk as _, SystemDisk};

/// The file of a node that orders.
pub(crate) const ORDERER: &str = "orderer.yaml";

/// Writes all of them.
pub(crate) fn make(plan: &Plan) -> Result<()> {
    for node in &plan.orderers.nodes {
        let path = plan.node(&plan.orderers, node).join(ORDERER);
        let written = SystemDisk.create(&path, orderer(plan, node).as_bytes(), Access::Public);
        written.with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn orderer(plan: &Plan, node: &Node) -> String {
    let default = match plan.suite {
        Suite::Gm => "GM",
        Suite::Nist => "SW",
    };
    let (msp, port) = (plan.orderers.msp_id(), node.port);
    let (admin, operations) = (endpoint(node.admin_port), endpoint(node.operations_port));
    let server = "Certificate: tls/server.crt, PrivateKey: tls/server.key, RootCAs: [tls/ca.crt]";
    format!(
        "\
General:
  ListenAddress: {HOST}
  ListenPort: {port}
  TLS: {{Enabled: true, {server}}}
  Cluster:
    ClientCertificate: tls/server.crt
    ClientPrivateKey: tls/server.key
    RootCAs: [tls/ca.crt]
  LocalMSPDir: msp
  LocalMSPID: {msp}
  BCCSP: {{Default: {default}}}   # GM: SM2, SM3, SM4.  SW: P-256, SHA-256, AES.
FileLedger:
  Location: data
ChannelParticipation:
  Enabled: true
Admin:
  ListenAddress: {admin}
  TLS: {{Enabled: true, {server}, ClientAuthRequired: true, ClientRootCAs: [tls/ca.crt]}}
Operations:
  ListenAddress: {operations}
Metrics:
  Provider: prometheus
"
    )
}
