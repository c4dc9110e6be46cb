// SPDX-License-Identifier: Apache-2.0
//! Updates of a configuration: judged by Fabric's channel, which nobody's signature here satisfies, and
//! by one that asks for no signatures, where what is accepted can be computed again.
#![no_main]

use block::ConfigUpdate;
use channel::{Channel, Error, update, wire};
use gmca_fuzz::{check_line, fabric_config, open_config, providers};
use libfuzzer_sys::fuzz_target;
use proto::Bytes;
use proto::common::{Config, ConfigGroup};
use std::sync::LazyLock;

static FABRIC: LazyLock<Channel> = LazyLock::new(|| {
    Channel::new(providers(), "mych", fabric_config().clone()).expect("Fabric's own")
});
static OPEN: LazyLock<Channel> =
    LazyLock::new(|| Channel::new(providers(), "mych", open_config()).expect("made of Fabric's"));

fuzz_target!(|bytes: &[u8]| {
    let bytes = Bytes::copy_from_slice(bytes);
    // A bare update, and one in its envelope with signatures.
    let mut updates = vec![ConfigUpdate::new(bytes.clone())];
    match ConfigUpdate::open(&bytes) {
        Ok(update) => updates.push(update),
        Err(error) => check_line(&error),
    }
    for update in &updates {
        match FABRIC.propose(update) {
            // Fabric's own update, with the signature that it came with.
            Ok(next) => assert_eq!(next.sequence(), 1),
            Err(error) => check_line(&error),
        }
        match OPEN.propose(update) {
            Ok(next) => computed_again(&next),
            Err(error) => check_line(&error),
        }
    }
});

fn computed_again(next: &Channel) {
    assert_eq!(next.sequence(), OPEN.sequence() + 1);
    let computed = match update::compute(OPEN.config(), next.config(), "mych") {
        Ok(computed) => computed,
        // Versions went up and nothing else.
        Err(Error::NoChange) => return,
        Err(error) => panic!("{error}"),
    };
    let again = OPEN.propose(&ConfigUpdate::new(wire::config_update(computed)));
    let again = again.expect("it was accepted with other versions");
    assert_eq!(without_versions(again.config()), without_versions(next.config()));
}

fn without_versions(config: &Config) -> ConfigGroup {
    let mut group = config.channel_group.clone().expect("it was read");
    clear(&mut group);
    group
}

fn clear(group: &mut ConfigGroup) {
    group.version = 0;
    group.values.values_mut().for_each(|value| value.version = 0);
    group.policies.values_mut().for_each(|policy| policy.version = 0);
    group.groups.values_mut().for_each(clear);
}
