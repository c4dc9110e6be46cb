// SPDX-License-Identifier: Apache-2.0
//! Random configurations: what is computed between two leads from one to the other, and counts up
//! exactly the versions of what differs.

mod made;

use bccsp::Suite;
use gmca_channel::{Error, update};
use made::*;
use proptest::collection::btree_map;
use proptest::prelude::*;
use proto::common::{Config, ConfigGroup, ConfigPolicy, ConfigValue};
use proto::protos::{AcLs, AnchorPeer, AnchorPeers, ApiResource};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static ORDERER: LazyLock<Org> = LazyLock::new(|| Org::new("Ord", Suite::Nist));
static MEMBERS: LazyLock<Vec<Org>> = LazyLock::new(|| {
    let suites = [("One", Suite::Nist), ("Two", Suite::Gm), ("Three", Suite::Nist)];
    suites.iter().map(|(id, suite)| Org::new(id, *suite)).collect()
});

/// What is arbitrary about a group: its own modification policy and version, and policies.
#[derive(Clone, Debug)]
struct Shape {
    mod_policy: usize,
    version: u64,
    policies: BTreeMap<usize, (usize, usize, u64)>,
    value: Option<(u8, usize, u64)>,
}

const MOD_POLICIES: [&str; 3] = ["Admins", "/Channel/Application/Admins", "/Channel/Admins"];
const RULES: [&str; 3] = ["OR('One.peer')", "AND('Two.client', 'One.admin')", "OR('Two.member')"];

fn shape() -> impl Strategy<Value = Shape> {
    let policies = btree_map(0..4_usize, (0..3_usize, 0..3_usize, 0..4_u64), 0..4);
    let value = proptest::option::of((1..4_u8, 0..3_usize, 0..4_u64));
    (0..3_usize, 0..4_u64, policies, value).prop_map(|(mod_policy, version, policies, value)| {
        Shape { mod_policy, version, policies, value }
    })
}

/// The root, the application, the orderers, and the members that there are.
fn tree() -> impl Strategy<Value = Config> {
    let members = btree_map(0..3_usize, shape(), 0..=3);
    (shape(), shape(), shape(), members).prop_map(|(root, application, orderer, members)| {
        let orgs: Vec<&Org> = members.keys().map(|number| &MEMBERS[*number]).collect();
        let mut config = config(&ORDERER, &orgs);
        apply(at(&mut config, ""), &Shape { value: None, ..root }, "");
        apply(at(&mut config, "Orderer"), &Shape { value: None, ..orderer }, "");
        apply(at(&mut config, "Application"), &application, "ACLs");
        for (number, shape) in &members {
            let path = format!("Application/{}", MEMBERS[*number].id);
            apply(at(&mut config, &path), shape, "AnchorPeers");
        }
        config
    })
}

fn apply(group: &mut ConfigGroup, shape: &Shape, value_name: &str) {
    group.mod_policy = MOD_POLICIES[shape.mod_policy].to_owned();
    group.version = shape.version;
    for (name, (rule, mod_policy, version)) in &shape.policies {
        let mod_policy = MOD_POLICIES[*mod_policy].to_owned();
        let policy = ConfigPolicy { mod_policy, version: *version, ..signature(RULES[*rule]) };
        group.policies.insert(format!("P{name}"), policy);
    }
    if let Some((content, mod_policy, version)) = shape.value {
        let mod_policy = MOD_POLICIES[mod_policy].to_owned();
        let value = match value_name {
            "ACLs" => value(&AcLs {
                acls: [(format!("qscc/{content}"), ApiResource { policy_ref: admins() })].into(),
            }),
            _ => value(&AnchorPeers {
                anchor_peers: vec![AnchorPeer { host: "p".to_owned(), port: content.into() }],
            }),
        };
        group.values.insert(value_name.to_owned(), ConfigValue { mod_policy, version, ..value });
    }
}

/// One element: its version, and what it says. Of a group that is who its members are.
type Flat = BTreeMap<String, (u64, String)>;

fn flat(config: &Config) -> Flat {
    let mut all = Flat::new();
    list("/Channel", config.channel_group.as_ref().unwrap(), &mut all);
    all
}

fn list(path: &str, group: &ConfigGroup, all: &mut Flat) {
    let members = (
        group.values.keys().collect::<Vec<_>>(),
        group.policies.keys().collect::<Vec<_>>(),
        group.groups.keys().collect::<Vec<_>>(),
    );
    let says = format!("{members:?} {}", group.mod_policy);
    all.insert(format!("group {path}"), (group.version, says));
    for (name, value) in &group.values {
        let says = format!("{:?} {}", value.value, value.mod_policy);
        all.insert(format!("value {path}/{name}"), (value.version, says));
    }
    for (name, policy) in &group.policies {
        let says = format!("{:?} {}", policy.policy, policy.mod_policy);
        all.insert(format!("policy {path}/{name}"), (policy.version, says));
    }
    for (name, child) in &group.groups {
        list(&format!("{path}/{name}"), child, all);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_computed_leads_from_one_to_the_other(old in tree(), new in tree()) {
        let (before, wanted) = (flat(&old), flat(&new));
        let says = |flat: &Flat| -> Vec<(String, String)> {
            flat.iter().map(|(path, (_, says))| (path.clone(), says.clone())).collect()
        };
        let update = update::compute(&old, &new, "ch");
        if says(&before) == says(&wanted) {
            prop_assert!(matches!(update, Err(Error::NoChange)));
            return Ok(());
        }
        let everybody: Vec<_> = MEMBERS.iter().map(|org| &org.admin).collect();
        let everybody = [everybody, vec![&ORDERER.admin]].concat();
        let update = signed(&update.unwrap(), &everybody);
        let after = channel(&old).propose(&update).unwrap();
        prop_assert_eq!(after.sequence(), old.sequence + 1);
        let after = flat(after.config());
        prop_assert_eq!(says(&after), says(&wanted));
        for (path, (version, says)) in &after {
            let expected = match before.get(path) {
                None => 0,
                Some((version, before)) => version + u64::from(before != says),
            };
            prop_assert_eq!(*version, expected, "{}", path);
        }
    }

    /// A signature that no policy asks for changes nothing.
    #[test]
    fn nothing_changes_without_signatures(old in tree(), new in tree()) {
        if let Ok(update) = update::compute(&old, &new, "ch") {
            let refused = channel(&old).propose(&signed(&update, &[&MEMBERS[0].client]));
            // Nobody but the orderers is asked where there are no members.
            if let Ok(next) = refused {
                prop_assert!(old.channel_group.unwrap().groups["Application"].groups.is_empty());
                prop_assert_eq!(next.sequence(), old.sequence + 1);
            }
        }
    }
}
