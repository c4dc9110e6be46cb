// SPDX-License-Identifier: Apache-2.0
//! What the tests of the CA share: hosts of both families on a clock that stands still.

#![allow(dead_code)] // each test file uses a part

use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use gmca_ca::{Authority, Host, NewCa, Order, Profile};
use pki::{Name, Request, RequestBuilder};
use std::path::Path;
use std::sync::Arc;
use sys::sim::SetClock;
use sys::{SystemDisk, Timestamp};

/// 2026-06-01T00:00:00Z
pub(crate) const NOW: Timestamp = Timestamp(1_780_272_000);
pub(crate) const DAY: u64 = 86_400;

/// A host whose clock the test sets.
pub(crate) fn host(suite: Suite) -> (Host, Arc<SetClock>) {
    let clock = Arc::new(SetClock::new(NOW));
    let providers = Arc::new(Providers::new(suite, EngineChoice::Auto).unwrap());
    (Host { providers, clock: clock.clone(), disk: Arc::new(SystemDisk) }, clock)
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn root(host: &Host, home: &Path) -> Authority {
    Authority::init(host, home, &NewCa::root(name("/C=CN/O=Org1/CN=Root"))).unwrap().0
}

pub(crate) fn key(host: &Host) -> Arc<dyn SigningKey> {
    host.providers.default_provider().generate_signing_key().unwrap()
}

pub(crate) fn request(host: &Host, subject: &str) -> Request {
    RequestBuilder::new(&name(subject)).sign(key(host).as_ref()).unwrap()
}

pub(crate) fn order(host: &Host, subject: &str) -> Order {
    Order::new(request(host, subject), Profile::named("user").unwrap())
}
