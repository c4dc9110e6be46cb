// SPDX-License-Identifier: Apache-2.0
//! What `deploy/` has is started with commands that exist, from files that exist, and systemd takes it.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use run::Session;
use std::process::Command;

const COMPOSE: &str = include_str!("../../../deploy/compose.yaml");
const CONTAINER: &str = include_str!("../../../deploy/Containerfile");
const UNITS: [(&str, &str); 2] = [
    ("orderer", include_str!("../../../deploy/systemd/gmnode-orderer@.service")),
    ("peer", include_str!("../../../deploy/systemd/gmnode-peer@.service")),
];

/// Starts it: the only thing wrong with the command is that the file is not there.
fn wants_its_file(words: &[&str]) {
    let refused = Session::new().run(words).could_not();
    let file = words.last().unwrap();
    assert!(refused.contains(file) && refused.contains("No such file"), "{words:?}: {refused}");
    assert!(!refused.contains("Usage"), "{words:?}: {refused}");
}

#[test]
fn units_start_nodes() {
    for (kind, unit) in UNITS {
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        let line = line.replace("%i", "no-such-node");
        let words = line.strip_prefix("/usr/local/bin/gmnode ").unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        assert_eq!(words[..2], [kind, "start"]);
        wants_its_file(&words);
    }
}

#[test]
fn systemd_takes_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("skipped: there is no systemd-analyze");
        return;
    }
    let session = Session::new();
    for (kind, unit) in UNITS {
        let program = env!("CARGO_BIN_EXE_gmnode");
        let unit = unit.replace("/usr/local/bin/gmnode", program);
        let file = session.file(&format!("gmnode-{kind}@.service"), unit.as_bytes());
        let verify = |file: &str| {
            let mut command = Command::new("systemd-analyze");
            let output = command.args(["verify", "--man=no", file]).output().unwrap();
            String::from_utf8(output.stderr).unwrap()
        };
        assert_eq!(verify(&file), "", "{kind}");
        let bad = unit.replace("RestartSec", "RestartSek");
        let bad = session.file(&format!("gmnode-bad-{kind}@.service"), bad.as_bytes());
        assert!(verify(&bad).contains("RestartSek"), "it looks at them");
    }
}

#[test]
fn containers_start_nodes() {
    let commands = COMPOSE.lines().filter_map(|line| line.trim().strip_prefix("command: ["));
    let commands: Vec<&str> = commands.filter_map(|words| words.strip_suffix(']')).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        let command = command.replace("/node/", "/no-such-node/");
        wants_its_file(&command.split(", ").collect::<Vec<&str>>());
    }
    assert!(CONTAINER.contains("ENTRYPOINT [\"/gmnode\"]"));
    for name in ["gmnode", "gmca"] {
        assert!(CONTAINER.contains(&format!("--bin {name}")), "{name} is built");
        assert!(CONTAINER.contains(&format!("/source/target/release/{name} ")), "{name} is copied");
        let manifest = format!("{}/../{name}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains(&format!("[[bin]]\nname = \"{name}\"")), "{name} exists");
    }
}

/// An anchor with what services share, and `${VARIABLE}`s of the command in the README.
#[test]
fn the_compose_file_is_yaml_that_says_what_it_is_for() {
    let readme = include_str!("../../../deploy/README.md");
    let compose: serde_json::Value = serde_saphyr::from_str(COMPOSE).unwrap();
    for (service, folder) in [("orderer", "ORDERER_DIR"), ("peer", "PEER_DIR")] {
        let service = &compose["services"][service];
        assert_eq!(service["stop_grace_period"], "30s", "merged: {service}");
        let volume = service["volumes"][0].as_str().unwrap();
        assert!(volume.starts_with(&format!("${{{folder}:?")) && volume.ends_with(":/node"));
        assert!(readme.contains(&format!("{folder}=$PWD")), "{folder}");
    }
}
