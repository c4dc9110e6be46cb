// SPDX-License-Identifier: Apache-2.0
//! The configuration of each process, in Fabric's keys; paths in it are relative to its own folder.

use super::plan::{Node, Organization, Plan};
use anyhow::{Context as _, Result};
use bccsp::Suite;
use sys::{Access, Disk as _, SystemDisk};

/// The file of a node that orders.
pub(crate) const ORDERER: &str = "orderer.yaml";

/// The file of a peer.
pub(crate) const PEER: &str = "core.yaml";

/// The file of a chaincode that runs with the network.
pub(crate) const CHAINCODE: &str = "chaincode.env";

/// Writes all of them.
pub(crate) fn make(plan: &Plan) -> Result<()> {
    for node in &plan.orderers.nodes {
        let path = plan.node(&plan.orderers, node).join(ORDERER);
        let written = SystemDisk.create(&path, orderer(plan, node).as_bytes(), Access::Public);
        written.with_context(|| path.display().to_string())?;
    }
    for member in &plan.members {
        for node in &member.nodes {
            let path = plan.node(member, node).join(PEER);
            let text = peer(plan, member, node);
            let written = SystemDisk.create(&path, text.as_bytes(), Access::Public);
            written.with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// As Fabric's section `BCCSP` has it.
fn family(plan: &Plan) -> &'static str {
    match plan.suite {
        Suite::Gm => "GM",
        Suite::Nist => "SW",
    }
}

fn peer(plan: &Plan, organization: &Organization, node: &Node) -> String {
    let (name, msp, default) = (&node.name, organization.msp_id(), family(plan));
    let (address, operations) = (plan.endpoint(node.port), plan.endpoint(node.operations_port));
    format!(
        "\
peer:
  id: {name}
  listenAddress: {address}
  address: {address}
  localMspId: {msp}
  mspConfigPath: msp
  fileSystemPath: data
  BCCSP: {{Default: {default}}}   # GM: SM2, SM3, SM4.  SW: P-256, SHA-256, AES.
  tls:
    enabled: true
    cert: {{file: tls/server.crt}}
    key: {{file: tls/server.key}}
operations:
  listenAddress: {operations}
metrics:
  provider: prometheus
"
    )
}

fn orderer(plan: &Plan, node: &Node) -> String {
    let default = family(plan);
    let (msp, host, port) = (plan.orderers.msp_id(), &plan.host, node.port);
    let (admin, operations) = (plan.endpoint(node.admin_port), plan.endpoint(node.operations_port));
    let server = "Certificate: tls/server.crt, PrivateKey: tls/server.key";
    format!(
        "\
General:
  ListenAddress: {host}
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
