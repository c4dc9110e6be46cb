// SPDX-License-Identifier: Apache-2.0
//! Keys, overrides, refusals.

use super::settings::duration;
use super::{OrdererConfig, PeerConfig};
use bccsp::Suite;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn parse(text: &str, environment: &[(&str, &str)]) -> Result<OrdererConfig, String> {
    let environment: Vec<_> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let read = OrdererConfig::parse(text, Path::new("conf/orderer.yaml"), &environment);
    read.map_err(|error| error.to_string())
}

const SMALL: &str = "General:\n  LocalMSPID: OrdererMSP\n";

#[test]
fn defaults_and_paths_relative_to_the_file() {
    let config = parse(SMALL, &[]).unwrap();
    assert_eq!(config.listen, "127.0.0.1:7050");
    assert!(config.tls.is_none());
    assert_eq!(config.max_receive, 100 << 20);
    assert_eq!(config.time_window, Duration::from_secs(900));
    assert!(!config.participation.enabled);
    let text = "General:\n  LocalMSPID: O\n  LocalMSPDir: msp\nFileLedger:\n  Location: data\n\
        General2: {}\n";
    assert!(parse(text, &[]).is_ok(), "an empty section says nothing");
    let config = parse(&text.replace("General2: {}\n", ""), &[]).unwrap();
    assert_eq!(config.msp_dir, PathBuf::from("conf/msp"));
    assert_eq!(config.wal, PathBuf::from("conf/data/wal"));
}

#[test]
fn the_environment_overrides() {
    let set = [("ORDERER_GENERAL_LISTENPORT", "0"), ("ORDERER_GENERAL_BCCSP_DEFAULT", "SW")];
    let config = parse(SMALL, &set).unwrap();
    assert_eq!(config.listen, "127.0.0.1:0");
    assert_eq!(config.bccsp.default, Suite::Nist);
    let roots = [
        ("ORDERER_GENERAL_TLS_ENABLED", "true"),
        ("ORDERER_GENERAL_TLS_CERTIFICATE", "/t/server.crt"),
        ("ORDERER_GENERAL_TLS_PRIVATEKEY", "/t/server.key"),
        ("ORDERER_GENERAL_TLS_CLIENTAUTHREQUIRED", "true"),
        ("ORDERER_GENERAL_TLS_CLIENTROOTCAS", "[/t/a.crt, /t/b.crt]"),
    ];
    let tls = parse(SMALL, &roots).unwrap().tls.unwrap();
    assert_eq!(tls.client_roots, [PathBuf::from("/t/a.crt"), PathBuf::from("/t/b.crt")]);
    let wrong = parse(SMALL, &[("ORDERER_GENERAL_LISTENPROT", "1")]).unwrap_err();
    assert!(wrong.contains("ORDERER_GENERAL_LISTENPROT: there is no such key"), "{wrong}");
    assert!(parse(SMALL, &[("ORDERER_HOME", "x")]).is_ok(), "that is no key of ours");
}

#[test]
fn what_would_not_be_honoured_is_named() {
    let text = "General:\n  LocalMSPID: O\n  Profile: { Enabled: true }\n  Colour: red\n\
        Metrics:\n  Statsd: { Network: udp }\n";
    let wrong = parse(text, &[]).unwrap_err();
    assert!(wrong.contains("General.Profile.Enabled is not supported here"), "{wrong}");
    assert!(wrong.contains("General.Colour: there is no such key"), "{wrong}");
    assert!(wrong.contains("Metrics.Statsd.Network is not supported"), "{wrong}");
    assert_eq!(wrong.lines().count(), 1);
    let text =
        "General:\n  LocalMSPID: O\n  Profile: { Enabled: false }\n  BootstrapMethod: none\n";
    assert!(parse(text, &[]).is_ok(), "values that change nothing are as good as none");
}

#[test]
fn values_are_checked() {
    let refused = |line: &str| parse(&format!("{SMALL}  {line}\n"), &[]).unwrap_err();
    assert!(refused("ListenPort: 70000").contains("General.ListenPort: it is no number"));
    assert!(refused("ListenAddress: 0.0.0.0").contains("loopback only"));
    assert!(refused("TLS: { Enabled: maybe }").contains("neither true nor false"));
    assert!(refused("TLS: { Enabled: true }").contains("General.TLS.Certificate is needed"));
    assert!(refused("MaxRecvMsgSize: much").contains("it is no size"));
    assert!(refused("Keepalive: { ServerTimeout: soon }").contains("it is no time"));
    assert!(refused("BCCSP: { Default: ROT13 }").contains("Default"));
    assert!(parse("General: [", &[]).unwrap_err().starts_with("conf/orderer.yaml: "));
    assert!(parse("", &[]).unwrap_err().contains("General.LocalMSPID is needed"));
    let config = parse(&format!("{SMALL}  MaxRecvMsgSize: 2 MB\n"), &[]).unwrap();
    assert_eq!(config.max_receive, 2 << 20);
}

#[test]
fn what_a_refusal_quotes_makes_no_line_of_its_own() {
    let error = parse(SMALL, &[("ORDERER_GENERAL_\u{1b}[2J", "1")]).unwrap_err();
    assert!(error.contains("ORDERER_GENERAL_ [2J: there is no such key"), "{error:?}");
    let twice = parse("General: {}\nGeneral: {}\n", &[]).unwrap_err();
    assert!(twice.contains("duplicate") && twice.contains("line 2"), "{twice:?}");
}

#[test]
fn times_as_go_writes_them() {
    assert_eq!(duration("1h2m3s"), Some(Duration::from_secs(3723)));
    assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
    assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
    for wrong in ["", "5", "s", "5 parsecs", "1e400h"] {
        assert_eq!(duration(wrong), None, "{wrong}");
    }
}

#[test]
fn where_a_peer_has_its_blocks_from() {
    let parse = |more: &str| {
        let text = format!("peer: {{ localMspId: Org1MSP }}\n{more}");
        let read = PeerConfig::parse(&text, Path::new("core.yaml"), &[]);
        read.map(|config| config.blocks).map_err(|error| error.to_string())
    };
    let usual = parse("").unwrap();
    assert!(usual.peers.is_empty() && usual.orderers);
    let both = parse("blockSource: { peers: ['p1:7051', '[::1]:7051'] }").unwrap();
    assert_eq!(both.peers, ["p1:7051", "[::1]:7051"]);
    assert!(both.orderers);
    let alone = parse("blockSource: { peers: 'p1:7051', orderers: false }").unwrap();
    assert_eq!((alone.peers.len(), alone.orderers), (1, false));
    let none = parse("blockSource: { orderers: false }").unwrap_err();
    assert!(none.contains("there must be blockSource.peers"), "{none}");
    let wrong = parse("blockSource: { peers: ['p1'] }").unwrap_err();
    assert!(wrong.contains("`p1` is no host:port"), "{wrong}");
    let wrong = parse("blockSource: { peer: 'p1:1' }").unwrap_err();
    assert!(wrong.contains("blockSource.peer: there is no such key"), "{wrong}");
}
