// SPDX-License-Identifier: Apache-2.0
//! Rule 5: only `node`, `chaincode`, the drivers and the programs open sockets.

use crate::samples::{expect_one, graph, package, source};
use xtask::expect_none;
use xtask::graph::Graph;
use xtask::rules::sockets::{check_code, check_dependencies};
use xtask::tree::Tree;

#[test]
fn the_house_keeps_it() {
    expect_none("sockets", &check_code(&Tree::read().sources()));
    expect_none("crates of sockets", &check_dependencies(&Graph::read()));
}

#[test]
fn a_socket_is_found() {
    let with = |text: &str| check_code(&source("peer/src/a.rs", text));
    expect_one(&with("let a = tokio::net::lookup(b);"), "`tokio::net::lookup`");
    expect_one(&with("use std::net;"), "`std::net`");
    expect_one(&with("fn a(b: UdpSocket) {}"), "`UdpSocket`");
    assert_eq!(with("use std::net::{IpAddr, TcpStream};").len(), 2);
    assert!(with("use std::net::IpAddr; use core::net::Ipv6Addr;").is_empty());
    assert!(check_code(&source("node/src/a.rs", "use std::net::TcpListener;")).is_empty());
    assert!(check_code(&source("cli/gmca/src/a.rs", "use std::net::TcpListener;")).is_empty());
}

#[test]
fn a_dependency_is_found() {
    let with = |room: &str| check_dependencies(&graph(vec![package("x", room, &["hyper"])], &[]));
    expect_one(&with("ca"), "depends on `hyper`");
    assert!(with("node").is_empty());
}
