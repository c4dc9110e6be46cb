// SPDX-License-Identifier: Apache-2.0
//! A peer on a channel of two organisations: `basic` asks for both, `one` for the first. Its keys are
//! others in each run: inputs never have signatures in them, the targets make them.

use peer::endorse::{Endorser, Parts};
use peer::stream::Limits;
use peer::system::{MemoryPackages, MemoryValues};
use peer::testing::{Draft, Kit, now, reference, signatures};
use peer::{PeerChannel, Registrar};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use sys::Timestamp;
use sys::sim::{MemoryDisk, SetClock};

/// Its channel.
pub const CHANNEL: &str = "ch1";

/// A peer of the first organisation.
pub struct Here {
    pub kit: Kit,
    pub registrar: Arc<Registrar>,
    pub endorser: Arc<Endorser>,
}

/// The one that all inputs of a run meet.
pub fn here() -> &'static Here {
    static HERE: LazyLock<Here> = LazyLock::new(Here::new);
    &HERE
}

impl Here {
    fn new() -> Self {
        let kit = Kit::new(bccsp::Suite::Nist);
        let registrar = registrar(&kit);
        let channel = registrar.join(&kit.genesis(CHANNEL)).expect("our own");
        define(&kit, &channel);
        let member = &kit.members[0];
        let time = Timestamp(u64::try_from(now().seconds).expect("after 1970"));
        let parts = Parts {
            identity: member.node.clone(),
            local: msp::Manager::new(&kit.providers, [member.definition(&[])]).expect("our own"),
            clock: Arc::new(SetClock::new(time)),
            channels: registrar.clone(),
            packages: Arc::new(MemoryPackages::default()),
            values: Arc::new(MemoryValues::default()),
            limits: Limits { bytes: 1 << 20, calls: 8, queries: 64 },
        };
        let endorser = Arc::new(Endorser::new(&kit.providers, parts));
        Self { kit, registrar, endorser }
    }

    pub fn channel(&self) -> Arc<PeerChannel> {
        self.registrar.get(CHANNEL).expect("it was joined")
    }
}

/// A peer without channels, on a disk of its own.
pub fn registrar(kit: &Kit) -> Arc<Registrar> {
    let node = Arc::new(kit.node(&MemoryDisk::new(1 << 30)));
    Arc::new(Registrar::open(node, Path::new("channels")).expect("an empty disk"))
}

/// Has the channel agree on both chaincodes, and gives `basic` some keys.
pub fn define(kit: &Kit, channel: &PeerChannel) {
    let basic = Draft::define("basic", &reference("/Channel/Application/Endorsement"));
    let one = Draft::define("one", &signatures("OR('Org1MSP.peer')"));
    kit.commit(channel, &[basic, one]);
    let keys = (0..60).map(|number| format!("k{number:02}"));
    kit.commit(channel, &[keys.fold(Draft::new("basic"), |draft, key| draft.put(&key, "value"))]);
}
