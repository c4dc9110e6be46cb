// SPDX-License-Identifier: Apache-2.0
//! `gmnode orderer start`: it says where it listens, has its folder for itself, and stops when told.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use run::Session;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A node that runs, and is gone with the test.
struct Running(Child);

impl Running {
    fn start(session: &Session, config: &str) -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gmnode"));
        command.args(["orderer", "start", "--config", config]).stdin(Stdio::null());
        command.env("ORDERER_GENERAL_LISTENPORT", "0").current_dir(session.path("."));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line)
    }

    fn tell(&mut self, signal: &str) -> Option<i32> {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_starts_alone_on_its_folder_and_stops_when_told() {
    let session = Session::new();
    session.run(&["network", "create", "--dir", "net", "--orderers", "1", "--suite", "gm"]).yes();
    let config = "net/Orderer/nodes/orderer1/orderer.yaml";
    for signal in ["-TERM", "-INT"] {
        let (mut node, said) = Running::start(&session, config);
        assert!(said.starts_with("orderer of OrdererMSP: clients 127.0.0.1:"), "{said}");
        assert!(said.contains(", admin 127.0.0.1:") && said.contains(", operations "), "{said}");
        assert!(!said.contains(":0,"), "{said}");
        let other = session.run(&["orderer", "start", "--config", config]).could_not();
        assert!(other.contains("in use") || other.contains("cannot be listened on"), "{other}");
        assert_eq!(node.tell(signal), Some(0));
    }
    let wrong =
        session.file("wrong.yaml", b"General: { LocalMSPID: A, Profile: { Enabled: true } }");
    let refused = session.run(&["orderer", "start", "--config", &wrong]).could_not();
    assert!(refused.contains("General.Profile.Enabled is not supported here"), "{refused}");
    let none = session.run(&["orderer", "start", "--config", "no.yaml"]).could_not();
    assert!(none.contains("no.yaml"), "{none}");
}
