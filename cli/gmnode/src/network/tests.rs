// SPDX-License-Identifier: Apache-2.0
//! What is made fits together.

use super::plan::Plan;
use super::{genesis, material, settings};
use crate::objects;
use bccsp::Suite;
use block::Block;
use channel::Channel;
use msp::SigningIdentity;
use std::path::Path;
use std::sync::Arc;
use sys::SystemDisk;

fn made(dir: &Path, suite: Suite, orderers: usize) -> Plan {
    let mut next = 7000;
    let port = || {
        next += 1;
        Ok(next)
    };
    let plan = Plan::new(dir, suite, "ch1", (orderers, &[1, 1]), port).unwrap();
    material::make(&plan).unwrap();
    genesis::make(&plan).unwrap();
    settings::make(&plan).unwrap();
    plan
}

#[test]
fn everybody_is_who_the_channel_knows() {
    for suite in Suite::ALL {
        let dir = tempfile::tempdir().unwrap();
        let plan = made(dir.path(), suite, 3);
        let providers = Arc::new(objects::providers().unwrap());
        let block = Block::decode(terminal::files::read(&plan.genesis("ch1")).unwrap()).unwrap();
        let channel = Channel::from_block(&providers, &block).unwrap();
        assert_eq!(orderer::members(&channel).len(), 3);
        assert_eq!(channel.hash_algorithm(), suite.hash_algorithm());
        for organization in plan.organizations() {
            let nodes = organization.nodes.iter().map(|node| plan.node(organization, node));
            let users = material::USERS.iter().map(|user| plan.user(organization, user));
            for folder in nodes.chain(users) {
                let (msp, id) = (folder.join("msp"), organization.msp_id());
                let own = SigningIdentity::from_folder(&SystemDisk, &providers, &msp, &id).unwrap();
                channel.msps().identity(own.serialized()).unwrap();
            }
        }
    }
}

#[test]
fn a_node_is_found_by_its_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let plan = made(dir.path(), Suite::Gm, 3);
    let providers = objects::providers().unwrap();
    let block = Block::decode(terminal::files::read(&plan.genesis("ch1")).unwrap()).unwrap();
    let channel = Channel::from_block(&providers, &block).unwrap();
    let keys: Vec<_> = orderer::members(&channel).into_iter().map(|member| member.key).collect();
    for (node, expected) in plan.orderers.nodes.iter().zip(keys) {
        let certificate = plan.node(&plan.orderers, node).join("tls/server.crt");
        let certificate = terminal::files::read(&certificate).unwrap();
        assert_eq!(orderer::member_key(&certificate), Some(expected));
    }
}
