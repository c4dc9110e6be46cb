// SPDX-License-Identifier: Apache-2.0
//! The configuration in Fabric's keys: what is read, what the environment overrides, and what is
//! refused with file, line and the allowed values.

use gmca_bccsp::config::Config;
use gmca_bccsp::{Engine, EngineChoice, Suite};
use std::path::PathBuf;

const FULL: &str = "\
BCCSP:
  Default: SW
  GM: { Hash: SM3, Security: 256, Engine: portable, FileKeyStore: { KeyStore: gm/keystore } }
  SW:
    Hash: SHA2
    Security: 256
    Engine: auto
    FileKeyStore:
      KeyStore: msp/keystore
";

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, "x.yaml", &|_| None).map_err(|error| error.to_string())
}

#[test]
fn every_key_is_read() {
    let config = parse(FULL).unwrap();
    assert_eq!(config.default, Suite::Nist);
    assert_eq!(config.gm.engine, EngineChoice::Portable);
    assert_eq!(config.gm.key_store, Some(PathBuf::from("gm/keystore")));
    assert_eq!(config.nist.engine, EngineChoice::Auto);
    assert_eq!(config.nist.key_store, Some(PathBuf::from("msp/keystore")));
}

#[test]
fn what_is_not_said_has_a_default() {
    assert_eq!(parse("BCCSP: {}\n").unwrap(), Config::default());
    assert_eq!(Config::from_environment(&|_| None).unwrap(), Config::default());
}

#[test]
fn the_environment_comes_first() {
    let variable = |name: &str| match name {
        "CORE_BCCSP_DEFAULT" => Some("GM".to_owned()),
        "CORE_BCCSP_SW_ENGINE" => Some("portable".to_owned()),
        "CORE_BCCSP_SW_FILEKEYSTORE_KEYSTORE" => Some("/elsewhere".to_owned()),
        _ => None,
    };
    let config = Config::parse(FULL, "x.yaml", &variable).unwrap();
    assert_eq!((config.default, config.nist.engine), (Suite::Gm, EngineChoice::Portable));
    assert_eq!(config.nist.key_store, Some(PathBuf::from("/elsewhere")));

    let wrong = |name: &str| (name == "CORE_BCCSP_DEFAULT").then(|| "RSA".to_owned());
    let error = Config::parse(FULL, "x.yaml", &wrong).unwrap_err().to_string();
    let expected = "environment: CORE_BCCSP_DEFAULT: `RSA` is not allowed here; allowed: GM, SW";
    assert_eq!(error, expected);
}

#[test]
fn refusals_name_file_line_and_what_is_allowed() {
    for (text, parts) in [
        ("BCCSP:\n  Default: RSA\n", ["x.yaml:2: BCCSP.Default", "`RSA`", "GM, SW"]),
        ("BCCSP:\n  GM:\n    Hash: SHA2\n", ["x.yaml:3: BCCSP.GM.Hash", "`SHA2`", "SM3"]),
        ("BCCSP:\n  SW: { Security: 384 }\n", ["x.yaml:2: BCCSP.SW.Security", "`384`", "256"]),
        ("BCCSP:\n\n  SW: { Engine: best }\n", ["x.yaml:3", "`best`", "auto, fast, portable"]),
        ("BCCSP:\n  Default: GM\n  Defaults: 1\n", ["x.yaml:3", "Defaults", "Default"]),
        ("BCCSP:\n  GM:\n    Curve: 1\n", ["x.yaml:3", "Curve", "Hash"]),
        ("Other: 1\n", ["x.yaml:1", "Other", "BCCSP"]),
        ("BCCSP:\n  Default: PKCS11\n", ["x.yaml:2", "`PKCS11`", "GM, SW"]),
        ("BCCSP: [1\n", ["x.yaml:", "", ""]),
    ] {
        let error = parse(text).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{text:?} gave {error:?}, without {part:?}");
        }
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn the_providers_are_those_that_were_asked_for() {
    let providers = parse(FULL).unwrap().providers().unwrap();
    assert_eq!(providers.default_suite(), Suite::Nist);
    assert_eq!(providers.get(Suite::Gm).unwrap().engine(), Engine::Portable);
    let fast = "BCCSP:\n  Default: GM\n  GM: { Engine: fast }\n";
    let providers = parse(fast).unwrap().providers().unwrap();
    assert_eq!(providers.get(Suite::Gm).unwrap().engine(), Engine::Fast);
}

/// A message about a file is one line, whatever the file says.
#[test]
fn foreign_text_makes_no_lines_of_its_own() {
    for text in ["BCCSP:\n  Default: |\n    a\n    b\n", "BCCSP:\n  \"a\\nb\\e\": x\n"] {
        let error = parse(text).unwrap_err();
        assert!(!error.contains(char::is_control), "{error:?}");
    }
}
