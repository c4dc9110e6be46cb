// SPDX-License-Identifier: Apache-2.0
//! The chaincode `bench` brought onto a network, and served as long as it is measured.

use super::contract::Served;
use super::workload::CHAINCODE;
use crate::network::deploy;
use crate::network::plan::Plan;
use anyhow::Result;
use std::net::TcpListener;
use std::path::Path;

/// Deploys it, and serves it until what is returned is dropped.
pub(super) async fn serve(plan: &Plan, log: &Path) -> Result<Served> {
    let address = plan.endpoint(TcpListener::bind((&*plan.host, 0))?.local_addr()?.port());
    let (_, id) = deploy::package(CHAINCODE, &address)?;
    let served = Served::start(&id, &address, log)?;
    deploy::deploy(plan, CHAINCODE, &address).await?;
    Ok(served)
}
