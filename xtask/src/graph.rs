// SPDX-License-Identifier: Apache-2.0
//! Who depends on whom, as `cargo metadata` tells it.

use crate::tree::{room_of, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// One of our packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, from the root.
    pub room: String,
    /// Files where a crate of it begins, from the root: libraries and programs, not tests.
    pub roots: Vec<String>,
    /// What its manifest asks for, by package name.
    pub wants: Vec<Want>,
}

/// A line of a manifest's dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The package's name, whatever it is called here.
    pub name: String,
    /// Whether only tests and measurements see it.
    pub dev: bool,
}

/// Our packages and everything they bring along.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Our own.
    pub ours: Vec<Package>,
    /// Resolved edges that are compiled into products, build scripts included: name to names.
    pub shipped: BTreeMap<String, BTreeSet<String>>,
}

/// Where the programs run. What a dependency brings along for other systems only is not counted.
const PLATFORMS: &[&str] =
    &["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];

impl Graph {
    /// Asks cargo about the real workspace.
    ///
    /// # Panics
    /// When cargo does not answer.
    #[must_use]
    pub fn read() -> Self {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--format-version", "1"]).current_dir(root());
        cargo.args(PLATFORMS.iter().flat_map(|platform| ["--filter-platform", platform]));
        let output = cargo.output().expect("cargo runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata: {complaint}");
        Self::parse(&serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON"))
    }

    /// Reads what `cargo metadata` wrote.
    #[must_use]
    pub fn parse(metadata: &Value) -> Self {
        let members: Vec<&str> = list(&metadata["workspace_members"]).map(text).collect();
        let packages: BTreeMap<&str, &Value> =
            list(&metadata["packages"]).map(|p| (text(&p["id"]), p)).collect();
        let base = text(&metadata["workspace_root"]);
        let ours = members.iter().filter_map(|id| packages.get(id)).map(|p| package(p, base));
        let mut graph = Self { ours: ours.collect(), shipped: BTreeMap::new() };
        let name = |id: &Value| packages.get(text(id)).map_or("", |p| text(&p["name"])).to_owned();
        for node in list(&metadata["resolve"]["nodes"]) {
            let off = packages.get(text(&node["id"])).map(|p| switched_off(p, node));
            let off = off.unwrap_or_default();
            let edges = list(&node["deps"]).filter(|dep| {
                list(&dep["dep_kinds"]).any(|kind| kind["kind"].as_str() != Some("dev"))
                    && !off.contains(&name(&dep["pkg"]))
            });
            let names = edges.map(|dep| name(&dep["pkg"])).collect::<BTreeSet<_>>();
            graph.shipped.entry(name(&node["id"])).or_default().extend(names);
        }
        graph
    }

    /// The package that stands in a folder.
    #[must_use]
    pub fn in_room(&self, room: &str) -> Option<&Package> {
        self.ours.iter().find(|package| package.room == room)
    }

    /// The room of one of our packages.
    #[must_use]
    pub fn room_of(&self, name: &str) -> Option<&str> {
        self.ours.iter().find(|package| package.name == name).map(|p| p.room.as_str())
    }

    /// Everything a package brings along, each with the one that asked for it first.
    #[must_use]
    pub fn brought_by<'a>(&'a self, name: &'a str) -> BTreeMap<&'a str, &'a str> {
        let mut reached = BTreeMap::new();
        let mut open = vec![name];
        while let Some(from) = open.pop() {
            for to in self.shipped.get(from).into_iter().flatten() {
                if !reached.contains_key(to.as_str()) {
                    reached.insert(to.as_str(), from);
                    open.push(to);
                }
            }
        }
        reached
    }
}

/// Dependencies that no enabled feature asks for: `cargo metadata` lists one also when a feature only
/// says what it would want of it (`ring?/alloc`).
fn switched_off(package: &Value, node: &Value) -> BTreeSet<String> {
    let enabled = list(&node["features"]).map(text);
    let asked: Vec<&str> =
        enabled.flat_map(|feature| list(&package["features"][feature])).map(text).collect();
    let optional = list(&package["dependencies"]).filter(|dep| dep["optional"] == true);
    let off = optional.filter(|dep| {
        let name = dep["rename"].as_str().unwrap_or_else(|| text(&dep["name"]));
        !asked.iter().any(|item| {
            let item = item.strip_prefix("dep:").unwrap_or(item);
            item.split('/').next() == Some(name)
        })
    });
    off.map(|dep| text(&dep["name"]).to_owned()).collect()
}

fn package(value: &Value, base: &str) -> Package {
    let from_root = |path: &str| path.strip_prefix(base).unwrap_or(path).replace('\\', "/");
    let from_root = |path: &str| from_root(path).trim_start_matches('/').to_owned();
    let shipped = |target: &&Value| {
        list(&target["kind"]).map(text).any(|kind| matches!(kind, "lib" | "bin" | "proc-macro"))
    };
    let targets = list(&value["targets"]).filter(shipped);
    let wants = list(&value["dependencies"]).map(|dep| Want {
        name: text(&dep["name"]).to_owned(),
        dev: dep["kind"].as_str() == Some("dev"),
    });
    Package {
        name: text(&value["name"]).to_owned(),
        room: room_of(&from_root(text(&value["manifest_path"]))).to_owned(),
        roots: targets.map(|target| from_root(text(&target["src_path"]))).collect(),
        wants: wants.collect(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
