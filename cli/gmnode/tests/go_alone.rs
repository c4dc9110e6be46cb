// SPDX-License-Identifier: Apache-2.0
//! `gmnode orderer go-alone`: one of two nodes is gone for good, and the other goes on.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use bccsp::Suite;
use block::Block;
use consensus::raft::{
    BlockSource, LogStore, Parts, Raft, RaftOptions, Threads, Transport, Unreachable,
};
use consensus::wal::{Options, SyncAtOnce, Wal};
use consensus::{Answer, Consenter as _, Member, Waiting};
use openraft_rt_tokio::TokioRuntime;
use orderer::Registrar;
use orderer::testing::Kit;
use proto::Bytes;
use run::Session;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use sys::sim::SetClock;
use sys::{SystemDisk, SystemEntropy, Volume};

const CHANNEL: &str = "ch1";

type Engine = Raft<TokioRuntime>;

/// The nodes that can be called, by number.
#[derive(Default)]
struct Net(Mutex<Vec<(Member, Weak<Engine>)>>);

struct Way(Arc<Net>, Bytes);

impl Transport for Way {
    fn call(&self, to: &Member, message: Bytes) -> Waiting<Result<Bytes, Unreachable>> {
        let nodes = self.0.0.lock().unwrap();
        let found = nodes.iter().find(|(member, _)| member.key == to.key);
        let engine = found.and_then(|(_, engine)| engine.upgrade());
        let answer = engine.map(|engine| engine.serve(self.1.clone(), message));
        Box::pin(async move {
            Ok(answer.ok_or_else(|| Unreachable("it does not run".to_owned()))?.await)
        })
    }
}

impl BlockSource for Way {
    fn block(&self, _: &Member, _: u64) -> Waiting<Result<Block, Unreachable>> {
        Box::pin(async { Err(Unreachable("no blocks are pulled here".to_owned())) })
    }
}

struct Node {
    engine: Arc<Engine>,
    wal: Wal,
    registrar: Registrar,
}

fn start(kit: &Kit, net: &Arc<Net>, home: &str, index: usize) -> Node {
    let (home, volume): (_, Arc<dyn Volume>) = (Path::new(home), Arc::new(SystemDisk));
    let clock = Arc::new(SetClock::new(Kit::now()));
    let node = kit.node(index, volume.clone(), clock, Arc::new(SystemEntropy));
    let registrar = Registrar::open(node, &home.join("channels")).unwrap();
    let channel = match registrar.get(CHANNEL) {
        Ok(channel) => channel,
        Err(_) => registrar.join(&kit.genesis(CHANNEL, 2)).unwrap(),
    };
    let syncer = Box::new(SyncAtOnce);
    let wal = Wal::open(&volume, &home.join("wal"), Options::default(), syncer).unwrap();
    let member = kit.member(index);
    let way = Arc::new(Way(net.clone(), member.key.clone()));
    let parts = Parts {
        chain: channel,
        store: LogStore::new(wal.group(CHANNEL).unwrap()),
        transport: way.clone(),
        source: way,
        worker: Arc::new(Threads::start(1).unwrap()),
        entropy: Arc::new(SystemEntropy),
        key: member.key.clone(),
    };
    let options = RaftOptions {
        heartbeat: Duration::from_millis(50),
        election: Duration::from_millis(250),
        ..RaftOptions::default()
    };
    let engine = Arc::new(Engine::start(parts, options).unwrap());
    net.0.lock().unwrap().push((member, Arc::downgrade(&engine)));
    Node { engine, wal, registrar }
}

async fn order(nodes: &[&Node], envelope: Bytes) -> u64 {
    loop {
        let leader = nodes.iter().find(|node| node.engine.status().leads);
        if let Some(node) = leader {
            match node.engine.submit(envelope.clone()).await.await {
                Answer::Ordered { block } => return block,
                other => panic!("{other:?}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn stop(node: Node) {
    node.engine.stop().await;
    drop((node.engine, node.registrar));
    node.wal.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_goes_on_without_the_other() {
    let session = Session::new();
    let kit = Kit::new(Suite::Nist, 2, 1);
    let client = kit.client("one");
    {
        let net = Arc::default();
        let nodes =
            [0, 1].map(|index| start(&kit, &net, &session.path(&format!("node{index}")), index));
        assert_eq!(order(&[&nodes[0], &nodes[1]], client.transaction(CHANNEL, "k", b"1")).await, 1);
        let [one, other] = nodes;
        while one.registrar.get(CHANNEL).unwrap().info().height < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop(other).await;
        stop(one).await;
    }
    session.file("server.crt", &kit.consenter(0).server_tls_cert);
    session.file("client.crt", &kit.consenter(1).server_tls_cert);
    let ask = |more: &[&str]| {
        let fixed = ["orderer", "go-alone", "node0", "--channel", CHANNEL];
        session.run(&[&fixed, more].concat())
    };
    let told = ask(&["--tls-cert", "server.crt"]).no();
    assert!(told.contains("blocks      2 here"), "{told}");
    assert_eq!(told.matches("consenter ").count(), 2);
    assert!(told.contains("add --confirm ch1:2"), "{told}");
    let refused = ask(&["--tls-cert", "server.crt", "--confirm", "ch1:3"]).could_not();
    assert!(refused.contains("has 2 blocks here"), "{refused}");
    let refused = ask(&["--tls-cert", "server.crt", "--confirm", "ch1"]).could_not();
    assert!(refused.contains("such as ch1:27"), "{refused}");
    let none = session.run(&[
        "orderer",
        "go-alone",
        ".",
        "--channel",
        CHANNEL,
        "--tls-cert",
        "server.crt",
    ]);
    assert!(none.could_not().contains("there is no `wal` here"));
    let told = ask(&["--tls-cert", "server.crt", "--confirm", "ch1:2"]).yes();
    assert!(told.contains("is the only one that votes"), "{told}");
    let net = Arc::default();
    let alone = start(&kit, &net, &session.path("node0"), 0);
    assert_eq!(order(&[&alone], client.transaction(CHANNEL, "k", b"2")).await, 2);
    stop(alone).await;
}
