// SPDX-License-Identifier: Apache-2.0
//! What the arguments and the environment say, under the names that Fabric's chaincode libraries use.

use super::ServeError;
use std::path::PathBuf;

/// How a chaincode is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The name it registers with: a package id (`label:hash`), or `name:version` in development.
    pub chaincode_id: String,
    /// Who dials whom.
    pub mode: Mode,
    /// TLS; without, the stream is in the clear.
    pub tls: Option<TlsFiles>,
    /// The organisation of the peer, told to the chaincode.
    pub peer_msp_id: Option<String>,
}

/// Who dials whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Peers dial us.
    Service {
        /// Where we listen, `host:port`.
        address: String,
    },
    /// We dial a peer, which must be in development mode.
    Dev {
        /// The peer's chaincode port, `host:port`.
        peer: String,
    },
}

/// The files of TLS, all in PEM; a client's key and certificate may be in base64 of PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate, with those that lead to its root. A service must have one.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// Who may have issued the other side's certificate. In a service: demands one.
    pub roots: Option<PathBuf>,
    /// The name that the peer's certificate must bear, if it is not that of the address.
    pub server_name: Option<String>,
}

#[derive(Default)]
struct Flags {
    peer: Option<String>,
    address: Option<String>,
    id: Option<String>,
}

impl Options {
    /// Reads arguments (the program's name left out) and environment. Arguments come first:
    ///
    /// - `--chaincode-id` (also `--chaincode-id-name`), `CHAINCODE_ID`, `CORE_CHAINCODE_ID_NAME`
    /// - service: `--chaincode-address`, `CHAINCODE_SERVER_ADDRESS`; TLS with
    ///   `CHAINCODE_TLS_CERT_FILE` (`CHAINCODE_TLS_CERT`), `CHAINCODE_TLS_KEY_FILE`
    ///   (`CHAINCODE_TLS_KEY`), `CHAINCODE_TLS_CLIENT_CACERT_FILE` (`CHAINCODE_CLIENT_CA_CERT`),
    ///   off with `CHAINCODE_TLS_DISABLED=true`
    /// - development: `--peer.address`, `CORE_PEER_ADDRESS`; TLS with `CORE_PEER_TLS_ENABLED=true`,
    ///   `CORE_PEER_TLS_ROOTCERT_FILE`, `CORE_TLS_CLIENT_CERT_PATH` (`CORE_TLS_CLIENT_CERT_FILE`),
    ///   `CORE_TLS_CLIENT_KEY_PATH` (`CORE_TLS_CLIENT_KEY_FILE`),
    ///   `CORE_PEER_TLS_SERVERHOSTOVERRIDE`
    /// - `CORE_PEER_LOCALMSPID`
    ///
    /// # Errors
    /// [`ServeError::Options`] names what is missing or does not fit.
    pub fn read(
        args: impl IntoIterator<Item = String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ServeError> {
        let env = |names: &[&str]| {
            names.iter().find_map(|name| env(name).filter(|value| !value.is_empty()))
        };
        let flags = flags(args)?;
        let id = flags.id.or_else(|| env(&["CHAINCODE_ID", "CORE_CHAINCODE_ID_NAME"]));
        let id = id.ok_or_else(|| options("the chaincode's id is missing: set CHAINCODE_ID"))?;
        let mode = mode(flags.peer, flags.address, &env)?;
        let tls = match mode {
            Mode::Service { .. } => service_tls(&env)?,
            Mode::Dev { .. } => dev_tls(&env)?,
        };
        Ok(Self { chaincode_id: id, mode, tls, peer_msp_id: env(&["CORE_PEER_LOCALMSPID"]) })
    }
}

fn options(text: impl Into<String>) -> ServeError {
    ServeError::Options(text.into())
}

fn flags(args: impl IntoIterator<Item = String>) -> Result<Flags, ServeError> {
    let mut flags = Flags::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        let place = match name.as_str() {
            "--peer.address" => &mut flags.peer,
            "--chaincode-address" => &mut flags.address,
            "--chaincode-id" | "--chaincode-id-name" => &mut flags.id,
            _ => {
                let known = "--chaincode-id, --chaincode-address, --peer.address";
                return Err(options(format!("`{name}` is no argument; there are: {known}")));
            }
        };
        let value = value.or_else(|| args.next()).filter(|value| !value.is_empty());
        *place = Some(value.ok_or_else(|| options(format!("`{name}` needs a value")))?);
    }
    Ok(flags)
}

/// What was asked for by name decides; of the environment, to be a service comes first.
fn mode(
    peer: Option<String>,
    address: Option<String>,
    env: &impl Fn(&[&str]) -> Option<String>,
) -> Result<Mode, ServeError> {
    match (peer, address) {
        (Some(_), Some(_)) => {
            Err(options("--peer.address and --chaincode-address exclude each other"))
        }
        (Some(peer), None) => Ok(Mode::Dev { peer }),
        (None, Some(address)) => Ok(Mode::Service { address }),
        (None, None) => {
            let service = env(&["CHAINCODE_SERVER_ADDRESS"]);
            let service = service.map(|address| Mode::Service { address });
            let dev = || env(&["CORE_PEER_ADDRESS"]).map(|peer| Mode::Dev { peer });
            service.or_else(dev).ok_or_else(|| {
                options("no address: set CHAINCODE_SERVER_ADDRESS to listen, or give --peer.address to dial")
            })
        }
    }
}

fn service_tls(env: &impl Fn(&[&str]) -> Option<String>) -> Result<Option<TlsFiles>, ServeError> {
    let path = |names: &[&str]| env(names).map(PathBuf::from);
    let certificate = path(&["CHAINCODE_TLS_CERT_FILE", "CHAINCODE_TLS_CERT"]);
    let key = path(&["CHAINCODE_TLS_KEY_FILE", "CHAINCODE_TLS_KEY"]);
    let roots = path(&["CHAINCODE_TLS_CLIENT_CACERT_FILE", "CHAINCODE_CLIENT_CA_CERT"]);
    if is_true(env(&["CHAINCODE_TLS_DISABLED"])) {
        return Ok(None);
    }
    match (&certificate, &key) {
        (None, None) if roots.is_none() => Ok(None),
        (Some(_), Some(_)) => Ok(Some(TlsFiles { certificate, key, roots, server_name: None })),
        _ => Err(options(
            "TLS needs both CHAINCODE_TLS_CERT_FILE and CHAINCODE_TLS_KEY_FILE, or CHAINCODE_TLS_DISABLED=true",
        )),
    }
}

fn dev_tls(env: &impl Fn(&[&str]) -> Option<String>) -> Result<Option<TlsFiles>, ServeError> {
    if !is_true(env(&["CORE_PEER_TLS_ENABLED"])) {
        return Ok(None);
    }
    let path = |names: &[&str]| env(names).map(PathBuf::from);
    let roots = path(&["CORE_PEER_TLS_ROOTCERT_FILE"]);
    let certificate = path(&["CORE_TLS_CLIENT_CERT_PATH", "CORE_TLS_CLIENT_CERT_FILE"]);
    let key = path(&["CORE_TLS_CLIENT_KEY_PATH", "CORE_TLS_CLIENT_KEY_FILE"]);
    if roots.is_none() {
        return Err(options("CORE_PEER_TLS_ENABLED needs CORE_PEER_TLS_ROOTCERT_FILE"));
    }
    if certificate.is_some() != key.is_some() {
        return Err(options("a client certificate and its key go together"));
    }
    let server_name = env(&["CORE_PEER_TLS_SERVERHOSTOVERRIDE"]);
    Ok(Some(TlsFiles { certificate, key, roots, server_name }))
}

fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str], env: &[(&str, &str)]) -> Result<Options, String> {
        let value = |name: &str| env.iter().find(|e| e.0 == name).map(|e| e.1.to_owned());
        Options::read(args.iter().map(|&a| a.to_owned()), value).map_err(|e| e.to_string())
    }

    const ID: (&str, &str) = ("CHAINCODE_ID", "asset:1");
    const LISTEN: (&str, &str) = ("CHAINCODE_SERVER_ADDRESS", "0.0.0.0:9999");

    #[test]
    fn an_address_to_listen_on_makes_a_service() {
        let read = read(&[], &[ID, LISTEN, ("CORE_PEER_ADDRESS", "p:7052")]).expect("options");
        assert_eq!(read.mode, Mode::Service { address: "0.0.0.0:9999".into() });
        assert_eq!((read.chaincode_id.as_str(), read.tls), ("asset:1", None));
    }

    #[test]
    fn a_peer_to_dial_makes_dev_mode() {
        let id = ("CORE_CHAINCODE_ID_NAME", "asset:2");
        for args in [&["--peer.address", "p:7052"][..], &["--peer.address=p:7052"]] {
            let read = read(args, &[id, LISTEN]).expect("options");
            assert_eq!(read.mode, Mode::Dev { peer: "p:7052".into() });
            assert_eq!(read.chaincode_id, "asset:2");
        }
        let read = read(&["--chaincode-id-name", "x:1"], &[ID, ("CORE_PEER_ADDRESS", "p:1")]);
        let read = read.expect("options");
        assert_eq!(read.mode, Mode::Dev { peer: "p:1".into() });
        assert_eq!(read.chaincode_id, "x:1");
    }

    #[test]
    fn what_is_missing_is_named() {
        for (args, env, expected) in [
            (&[][..], &[LISTEN][..], "CHAINCODE_ID"),
            (&[], &[ID], "CHAINCODE_SERVER_ADDRESS"),
            (&["--peer.address"], &[ID], "needs a value"),
            (&["--port", "1"], &[ID], "is no argument"),
            (&["--peer.address=a", "--chaincode-address=b"], &[ID], "exclude"),
            (&[], &[ID, LISTEN, ("CHAINCODE_TLS_KEY_FILE", "k")], "needs both"),
            (&["--peer.address=a"], &[ID, ("CORE_PEER_TLS_ENABLED", "true")], "ROOTCERT"),
        ] {
            let refused = read(args, env).expect_err("refused");
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn tls_of_a_service_has_two_sets_of_names() {
        for (cert, key, roots) in [
            (
                "CHAINCODE_TLS_CERT_FILE",
                "CHAINCODE_TLS_KEY_FILE",
                "CHAINCODE_TLS_CLIENT_CACERT_FILE",
            ),
            ("CHAINCODE_TLS_CERT", "CHAINCODE_TLS_KEY", "CHAINCODE_CLIENT_CA_CERT"),
        ] {
            let env = [ID, LISTEN, (cert, "c"), (key, "k"), (roots, "r")];
            let tls = read(&[], &env).expect("options").tls.expect("TLS");
            assert_eq!(tls.certificate, Some("c".into()));
            assert_eq!(tls.key, Some("k".into()));
            assert_eq!(tls.roots, Some("r".into()));
            let off = [&env[..], &[("CHAINCODE_TLS_DISABLED", "true")]].concat();
            assert_eq!(read(&[], &off).expect("options").tls, None);
        }
    }

    #[test]
    fn tls_of_dev_mode() {
        let env = [
            ID,
            ("CORE_PEER_TLS_ENABLED", "true"),
            ("CORE_PEER_TLS_ROOTCERT_FILE", "r"),
            ("CORE_TLS_CLIENT_CERT_PATH", "c"),
            ("CORE_TLS_CLIENT_KEY_PATH", "k"),
        ];
        let tls = read(&["--peer.address=a"], &env).expect("options").tls.expect("TLS");
        assert_eq!((tls.roots, tls.key), (Some("r".into()), Some("k".into())));
        assert!(read(&["--peer.address=a"], &env[..4]).is_err());
    }
}
