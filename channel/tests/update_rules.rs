// SPDX-License-Identifier: Apache-2.0
//! Who may change what, rule by rule.

mod made;

use bccsp::Suite;
use gmca_channel::{Channel, Error, update};
use made::*;
use msp::SigningIdentity;
use proto::common::{
    Config, ConfigEnvelope, ConfigGroup, ConfigUpdate, ConfigValue, OrdererAddresses,
};
use proto::protos::{AnchorPeer, AnchorPeers};

/// Two organisations of the application, one of each family, and one that orders.
struct Net {
    orderer: Org,
    one: Org,
    two: Org,
    config: Config,
    channel: Channel,
}

impl Net {
    fn new() -> Self {
        let orderer = Org::new("Ord", Suite::Nist);
        let (one, two) = (Org::new("One", Suite::Nist), Org::new("Two", Suite::Gm));
        let config = config(&orderer, &[&one, &two]);
        let channel = channel(&config);
        Self { orderer, one, two, config, channel }
    }

    /// The update that sets anchor peers of `One`, which `One`'s administrator alone may do.
    fn anchors(&self) -> ConfigUpdate {
        let new = edited(&self.config, |config| {
            at(config, "Application/One").values.insert("AnchorPeers".to_owned(), anchors(7051));
        });
        update::compute(&self.config, &new, "ch").unwrap()
    }

    fn propose(&self, update: &ConfigUpdate) -> Result<Channel, Error> {
        self.channel.propose(&signed(update, &[&self.one.admin]))
    }
}

fn anchors(port: i32) -> ConfigValue {
    value(&AnchorPeers { anchor_peers: vec![AnchorPeer { host: "p".to_owned(), port }] })
}

fn write_set<'a>(update: &'a mut ConfigUpdate, path: &str) -> &'a mut ConfigGroup {
    let names = path.split('/').filter(|name| !name.is_empty());
    let root = update.write_set.as_mut().unwrap();
    names.fold(root, |group, name| group.groups.get_mut(name).unwrap())
}

fn read_set<'a>(update: &'a mut ConfigUpdate, path: &str) -> &'a mut ConfigGroup {
    let names = path.split('/').filter(|name| !name.is_empty());
    let root = update.read_set.as_mut().unwrap();
    names.fold(root, |group, name| group.groups.get_mut(name).unwrap())
}

#[test]
fn what_an_administrator_may_change_needs_that_administrator() {
    let net = Net::new();
    let update = net.anchors();
    let next = net.propose(&update).unwrap();
    assert_eq!(next.sequence(), 8);
    let one = &next.application().organizations()["One"];
    assert_eq!(one.anchor_peers(), [("p".to_owned(), 7051)]);
    let group = &mut next.config().clone();
    assert_eq!(at(group, "Application/One").version, 1);
    assert_eq!(at(group, "Application/One").values["AnchorPeers"].version, 0);
    assert_eq!(at(group, "Application").version, 0);
    for others in [vec![], vec![&net.two.admin], vec![&net.one.client], vec![&net.orderer.admin]] {
        let refused = net.channel.propose(&signed(&update, &others));
        let element = "[Group] /Channel/Application/One: ";
        refusal(refused, &[element, "policy /Channel/Application/One/Admins is not satisfied"]);
    }
}

#[test]
fn a_majority_is_more_than_half_and_nobody_counts_twice() {
    let net = Net::new();
    let new = edited(&net.config, |config| {
        at(config, "Application").values.insert("Capabilities".to_owned(), capabilities(&["V2_0"]));
    });
    let both = [&net.one.admin, &net.two.admin];
    assert!(propose(&net.channel, &new, &both).is_ok());
    let element = "[Value] /Channel/Application/Capabilities";
    for some in [[&net.one.admin; 2], [&net.two.admin; 2], [&net.one.admin, &net.one.client]] {
        refusal(propose(&net.channel, &new, &some), &[element, "/Channel/Application/Admins"]);
    }
}

#[test]
fn what_was_read_is_still_there_at_that_version() {
    let net = Net::new();
    let mut stale = net.anchors();
    read_set(&mut stale, "Application/One").values.get_mut("MSP").unwrap().version = 3;
    refusal(net.propose(&stale), &["[Value] /Channel/Application/One/MSP", "version 3", "is at 0"]);
    let mut unknown = net.anchors();
    let group = ConfigGroup::default();
    read_set(&mut unknown, "Application").groups.insert("Three".to_owned(), group);
    refusal(net.propose(&unknown), &["[Group] /Channel/Application/Three", "no such element"]);
    // Without a read set, whatever is written counts as a change.
    let mut unread = net.anchors();
    unread.read_set = None;
    refusal(net.propose(&unread), &["[Group] /Channel/Application: ", "no mod_policy"]);
}

#[test]
fn versions_go_up_by_one_and_begin_at_zero() {
    let net = Net::new();
    let mut new = net.anchors();
    write_set(&mut new, "Application/One").values.get_mut("AnchorPeers").unwrap().version = 1;
    let element = "[Value] /Channel/Application/One/AnchorPeers";
    refusal(net.propose(&new), &[element, "it is new, so its version is 0 and not 1"]);
    for version in [0, 2, u64::MAX] {
        let mut group = net.anchors();
        // Version 0 is that of the channel, and no change if it was read: then the new member hangs.
        write_set(&mut group, "Application/One").version = version;
        if version == 0 {
            read_set(&mut group, "Application").groups.remove("One");
        }
        let wanted = ["[Group] /Channel/Application/One", "it is at version 0"];
        refusal(net.propose(&group), &wanted);
    }
}

/// Fabric drops such an element without a word and counts the configuration up, for nobody's
/// signature at all.
#[test]
fn an_element_that_no_group_takes_in_is_refused() {
    let net = Net::new();
    let mut hanging = net.anchors();
    write_set(&mut hanging, "Application/One").version = 0;
    let element = "[Value] /Channel/Application/One/AnchorPeers";
    refusal(net.channel.propose(&signed(&hanging, &[])), &[element]);
    refusal(net.propose(&hanging), &[element]);
    // A peer has to follow an orderer that did not refuse it.
    let stamp = update::Stamp { nonce: vec![1; 24].into(), time: Default::default() };
    let hanging = signed(&hanging, &[]);
    let last_update = update::update_envelope("ch", &hanging, &net.one.client, stamp).unwrap();
    let config = Some(Config { sequence: 8, ..net.config.clone() });
    let envelope = ConfigEnvelope { config, last_update: Some(last_update) };
    assert_eq!(net.channel.validate(&envelope).unwrap().sequence(), 8);
}

#[test]
fn an_update_that_changes_nothing_is_none() {
    let net = Net::new();
    let none = update::compute(&net.config, &net.config, "ch");
    assert!(matches!(none, Err(Error::NoChange)));
    let mut same = net.anchors();
    same.write_set = same.read_set.clone();
    assert!(matches!(net.propose(&same), Err(Error::NoChange)));
    let empty = ConfigUpdate { channel_id: "ch".to_owned(), ..ConfigUpdate::default() };
    assert!(matches!(net.propose(&empty), Err(Error::NoChange)));
}

#[test]
fn an_update_is_for_one_channel() {
    let net = Net::new();
    let mut other = net.anchors();
    other.channel_id = "ch2".to_owned();
    refusal(net.propose(&other), &["`ch2`", "`ch`"]);
}

#[test]
fn the_policy_of_a_change_is_the_one_that_stands_there() {
    let net = Net::new();
    // It would be enough by the policy that is written with it.
    let new = edited(&net.config, |config| {
        let policies = &mut at(config, "Application/One").policies;
        policies.insert("Admins".to_owned(), signature("OR('Two.admin')"));
    });
    let element = "[Policy] /Channel/Application/One/Admins";
    refusal(propose(&net.channel, &new, &[&net.two.admin]), &[element]);
    let next = propose(&net.channel, &new, &[&net.one.admin]).unwrap();
    let again = edited(next.config(), |config| {
        at(config, "Application/One").values.insert("AnchorPeers".to_owned(), anchors(1));
    });
    refusal(propose(&next, &again, &[&net.one.admin]), &["/Channel/Application/One/Admins"]);
    // Nor is it enough by the modification policy that is written with it.
    let taken = edited(&net.config, |config| {
        let readers = at(config, "Application/One").policies.get_mut("Readers").unwrap();
        readers.mod_policy = "/Channel/Application/Two/Admins".to_owned();
    });
    let wanted = ["[Policy] /Channel/Application/One/Readers", "/Channel/Application/One/Admins"];
    refusal(propose(&net.channel, &taken, &[&net.two.admin]), &wanted);
    assert!(propose(&next, &again, &[&net.two.admin]).is_ok());
}

#[test]
fn a_modification_policy_may_be_anywhere() {
    let net = Net::new();
    let addresses = |host: &str| {
        let addresses = vec![format!("{host}:7050")];
        let mod_policy = "/Channel/Orderer/Admins".to_owned();
        ConfigValue { mod_policy, ..value(&OrdererAddresses { addresses }) }
    };
    let config = edited(&net.config, |config| {
        at(config, "").values.insert("OrdererAddresses".to_owned(), addresses("a"));
    });
    let channel = channel(&config);
    let new = edited(&config, |config| {
        at(config, "").values.insert("OrdererAddresses".to_owned(), addresses("b"));
    });
    let wanted = ["[Value] /Channel/OrdererAddresses", "policy /Channel/Orderer/Admins"];
    refusal(propose(&channel, &new, &[&net.one.admin, &net.two.admin]), &wanted);
    let next = propose(&channel, &new, &[&net.orderer.admin]).unwrap();
    assert_eq!(next.orderer_endpoints(), ["b:7050"]);
}

#[test]
fn a_modification_policy_must_be_there_and_be_a_path() {
    let net = Net::new();
    let everybody: [&SigningIdentity; 3] = [&net.orderer.admin, &net.one.admin, &net.two.admin];
    for (bad, wanted) in [("", "no mod_policy"), ("a b", "no path"), ("/Channel//x", "no path")] {
        let new = edited(&net.config, |config| {
            let anchors = ConfigValue { mod_policy: bad.to_owned(), ..anchors(1) };
            at(config, "Application/One").values.insert("AnchorPeers".to_owned(), anchors);
        });
        let element = "[Value] /Channel/Application/One/AnchorPeers";
        refusal(propose(&net.channel, &new, &everybody), &[element, wanted]);
    }
    // One that names nothing lets nobody in.
    let stuck = edited(&net.config, |config| {
        let policies = &mut at(config, "Application/One").policies;
        policies.get_mut("Readers").unwrap().mod_policy = "Nobody".to_owned();
    });
    let channel = channel(&stuck);
    let new = edited(&stuck, |config| {
        at(config, "Application/One").policies.insert("Readers".to_owned(), meta("ANY Readers"));
    });
    let wanted = ["[Policy] /Channel/Application/One/Readers", "/Channel/Application/One/Nobody"];
    refusal(propose(&channel, &new, &everybody), &wanted);
}

#[test]
fn what_comes_of_an_update_is_a_channel() {
    let net = Net::new();
    let ordering = [&net.orderer.admin];
    let new = edited(&net.config, |config| {
        at(config, "Orderer").values.insert("BatchSize".to_owned(), batch_size(0));
    });
    let wanted = ["[Value] /Channel/Orderer/BatchSize", "max_message_count"];
    refusal(propose(&net.channel, &new, &ordering), &wanted);
    let new = edited(&net.config, |config| {
        at(config, "Orderer").values.insert("Capabilities".to_owned(), capabilities(&["V9_9"]));
    });
    let wanted = ["[Value] /Channel/Orderer/Capabilities", "`V9_9`", "newer version"];
    refusal(propose(&net.channel, &new, &ordering), &wanted);
}

#[test]
fn an_organisation_comes_and_goes() {
    let net = Net::new();
    let three = Org::new("Three", Suite::Gm);
    let new = edited(&net.config, |config| {
        at(config, "Application").groups.insert("Three".to_owned(), three.group());
    });
    let wanted = ["[Group] /Channel/Application: ", "/Channel/Application/Admins"];
    refusal(propose(&net.channel, &new, &[&net.one.admin, &three.admin]), &wanted);
    let next = propose(&net.channel, &new, &[&net.one.admin, &net.two.admin]).unwrap();
    assert_eq!(next.msps().ids().collect::<Vec<_>>(), ["One", "Ord", "Three", "Two"]);
    let without = edited(next.config(), |config| {
        at(config, "Application").groups.remove("Two");
    });
    let last = propose(&next, &without, &[&net.one.admin, &three.admin]).unwrap();
    assert_eq!(last.msps().ids().collect::<Vec<_>>(), ["One", "Ord", "Three"]);
    assert_eq!(last.sequence(), 9);
}

#[test]
fn the_msp_of_an_organisation_keeps_its_name_and_is_one() {
    let net = Net::new();
    let new = edited(&net.config, |config| {
        let other = organization(&definition("Other", &[&net.one.ca]));
        let msp = other.values["MSP"].clone();
        at(config, "Application/One").values.insert("MSP".to_owned(), msp);
    });
    let wanted = ["[Value] /Channel/Application/One/MSP", "`One`", "`Other`"];
    refusal(propose(&net.channel, &new, &[&net.one.admin]), &wanted);
    // The same name with another root, in the orderers' group as well.
    let twice = edited(&net.config, |config| {
        let other = organization(&definition("One", &[&net.two.ca]));
        at(config, "Orderer").groups.insert("One".to_owned(), other);
    });
    let wanted = ["/Channel/Application/One/MSP", "`One`"];
    refusal(Channel::new(made::providers(), "ch", twice), &wanted);
    let same = edited(&net.config, |config| {
        at(config, "Orderer").groups.insert("One".to_owned(), net.one.group());
    });
    assert!(Channel::new(made::providers(), "ch", same).is_ok());
}
