// SPDX-License-Identifier: Apache-2.0
//! Only `node`, `chaincode`, the drivers and the programs open sockets.

use crate::Finding;
use crate::graph::Graph;
use crate::paths::paths;
use crate::source::{Source, identifiers};
use crate::tree::room_of;

/// Rooms that may.
const OPEN: &[&str] =
    &["node", "chaincode", "ca-postgres", "bccsp-pkcs11", "sdf", "cli/gmca", "cli/gmnode"];

/// Names of sockets.
const NAMES: &[&str] = &[
    "TcpListener",
    "TcpStream",
    "TcpSocket",
    "UdpSocket",
    "UnixDatagram",
    "UnixListener",
    "UnixStream",
    "ToSocketAddrs",
];

/// Modules of sockets.
const PATHS: &[&str] = &["tokio::net", "std::os::unix::net", "socket2", "mio", "hyper", "reqwest"];

/// Parts of `std::net` that are only numbers.
const ADDRESSES: &[&str] = &[
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
    "AddrParseError",
];

/// Crates whose only use is to open sockets.
const CRATES: &[&str] =
    &["hyper", "hyper-util", "mio", "reqwest", "socket2", "tokio-postgres", "ureq"];

/// Finds code outside the open rooms that reaches for a socket.
#[must_use]
pub fn check_code(sources: &[Source]) -> Vec<Finding> {
    let closed = sources.iter().filter(|source| !OPEN.contains(&room_of(&source.path)));
    let mut findings = Vec::new();
    for source in closed {
        let code = source.product_code();
        let names = identifiers(&code).into_iter().filter(|(_, word)| NAMES.contains(word));
        let mut met: Vec<_> = names.map(|(line, word)| (line, word.to_owned())).collect();
        met.extend(paths(&code).into_iter().filter(|(_, path)| is_socket(path)));
        findings.extend(met.into_iter().map(|(line, what)| {
            Finding::new(&source.path, line, format!("`{what}`: this room opens no sockets"))
        }));
    }
    findings
}

fn is_socket(path: &str) -> bool {
    let net = path.strip_prefix("std::net").or_else(|| path.strip_prefix("core::net"));
    if let Some(rest) = net.filter(|rest| rest.is_empty() || rest.starts_with("::")) {
        let first = rest.trim_start_matches("::").split("::").next().unwrap_or_default();
        return !ADDRESSES.contains(&first);
    }
    let under = |start: &str| path.strip_prefix(start).is_some_and(|rest| rest.starts_with("::"));
    PATHS.iter().any(|start| path == *start || under(start))
}

/// Finds manifests outside the open rooms that ask for sockets.
#[must_use]
pub fn check_dependencies(graph: &Graph) -> Vec<Finding> {
    let closed = graph.ours.iter().filter(|p| !OPEN.contains(&p.room.as_str()));
    let mut findings = Vec::new();
    for package in closed {
        let wants = package.wants.iter().filter(|w| !w.dev && CRATES.contains(&w.name.as_str()));
        findings.extend(wants.map(|want| {
            let what = format!("depends on `{}`; this room opens no sockets", want.name);
            Finding::new(&format!("{}/Cargo.toml", package.room), 0, what)
        }));
    }
    findings
}
