// SPDX-License-Identifier: Apache-2.0
//! A sample chaincode that runs with a network, as one more process of it.

use super::create::Ports;
use super::plan::{Plan, Service};
use super::{deploy, settings, topology};
use anyhow::{Context as _, Result};
use sys::{Access, Disk as _, SystemDisk};

/// Adds the sample of that name to a network: a folder, and a line in the topology. Peers do not know
/// it yet.
pub(crate) fn add(plan: &mut Plan, name: &str) -> Result<Service> {
    let service = Service { name: name.to_owned(), port: Ports::of(&plan.host).free()? };
    let address = plan.endpoint(service.port);
    let (_, id) = deploy::package(name, &address)?;
    let folder = plan.chaincode(name);
    let at = || folder.display().to_string();
    SystemDisk.create_dir(&folder, Access::Public).with_context(at)?;
    let text = format!("CHAINCODE_ID={id}\nCHAINCODE_SERVER_ADDRESS={address}\n");
    SystemDisk
        .create(&folder.join(settings::CHAINCODE), text.as_bytes(), Access::Public)
        .with_context(at)?;
    plan.chaincodes.push(service.clone());
    topology::write(plan)?;
    Ok(service)
}
