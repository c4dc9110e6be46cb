// SPDX-License-Identifier: Apache-2.0
//! What the targets have in common. The targets are in `fuzz_targets/`, one for each parser; the
//! inputs they start from are in `seeds/`, made by `cargo run --example seeds`.
#![forbid(unsafe_code)]

pub mod archive;
pub mod peers;

use bccsp::{EngineChoice, Providers, Suite};
use ledger::mvcc;
use ledger::simulator::Simulator;
use ledger::state::{Options, Snapshot, State};
use msp::{MetaPolicy, MetaRule, Policy};
use proto::common::Config;
use proto::prost::Message;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use sys::Volume;
use sys::sim::MemoryDisk;

/// Both families, computed portably.
pub fn providers() -> &'static Providers {
    static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| {
        Providers::new(Suite::Gm, EngineChoice::Portable).expect("both families are compiled in")
    });
    &PROVIDERS
}

/// The environment of configuration files: nothing is set but one name.
pub fn variable(name: &str) -> Option<String> {
    (name == "HOME").then(|| "/x".to_owned())
}

/// A private key that everybody knows: the number 1 to 32 in bytes.
pub fn key_material(suite: Suite) -> bccsp::KeyMaterial {
    let scalar: Vec<u8> = (1..=32).collect();
    bccsp::KeyMaterial::new(suite.key_algorithm(), bccsp::SecretBytes::new(scalar), None)
        .expect("32 bytes")
}

/// A state with 60 public keys, so that a range over them is summed up in hashes, and as many
/// private ones.
pub fn state() -> &'static Snapshot {
    static STATE: LazyLock<(State, Snapshot)> = LazyLock::new(|| {
        let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
        let options = Options { cache_size: 1 << 20, ..Options::default() };
        let state = State::open(&disk, Path::new("c"), options).expect("an empty state");
        let empty = state.snapshot().expect("in memory");
        let hash = providers().default_provider().hash().expect("a hash");
        let mut simulator = Simulator::new(empty.clone(), hash);
        for number in 0..60 {
            let key = format!("k{number:02}");
            simulator.put("ns", &key, "value".into()).expect("a write");
            simulator.put_private("ns", "c", &key, "value".into()).expect("a write");
        }
        let set = simulator.finish().public.encode_to_vec().into();
        let set = block::ReadWriteSet::decode(&set).expect("our own");
        let updates = mvcc::replay(&empty, hash, 0, [(true, Some(&set))]).expect("in memory");
        state.commit(&updates, None, hash.digest(&[])).expect("in memory");
        let snapshot = state.snapshot().expect("in memory");
        (state, snapshot)
    });
    &STATE.1
}

/// Fabric's own configuration.
pub fn fabric_config() -> &'static Config {
    static CONFIG: LazyLock<Config> = LazyLock::new(|| {
        let bytes = include_bytes!("../../vectors/data/fabric/config/before.config");
        Config::decode(&bytes[..]).expect("Fabric's own")
    });
    &CONFIG
}

/// The same where nobody's signature is asked for: the policies of organisations count groups that
/// they do not have.
pub fn open_config() -> Config {
    let mut config = fabric_config().clone();
    let anybody = Policy::ImplicitMeta(MetaPolicy::new(MetaRule::Any, "Admins")).to_proto();
    let root = config.channel_group.iter_mut();
    for organization in
        root.flat_map(|root| root.groups.values_mut()).flat_map(|group| group.groups.values_mut())
    {
        for policy in organization.policies.values_mut() {
            policy.policy = Some(anybody.clone());
        }
    }
    config
}

/// Foreign text must not make lines of its own.
pub fn check_line(error: &(impl std::error::Error + ?Sized)) {
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
}
