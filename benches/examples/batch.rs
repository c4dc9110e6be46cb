// SPDX-License-Identifier: Apache-2.0
//! Issues a batch of certificates durably and holds the rate against what one bare verify and one
//! bare sign of the same engine on the same cores allow, measured in the same run.
//!
//! `cargo run --release -p gmca-benches --example batch -- [REQUESTS]`

use bccsp::{Context, EngineChoice, Providers, SigningKey, Suite};
use ca::{Authority, Host, NewCa, Order, Profile};
use pki::{Name, RequestBuilder};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let count: usize = std::env::args().nth(1).map_or(Ok(10_000), |text| text.parse())?;
    println!("{count} requests, all cores; the best of three runs each");
    for suite in Suite::ALL {
        let providers = Arc::new(Providers::new(suite, EngineChoice::Auto)?);
        let engine = providers.default_provider().engine();
        let host = Host::new(Arc::clone(&providers));
        let orders = orders(&providers, count)?;
        let (mut bare, mut issued) = (0.0_f64, 0.0_f64);
        for _ in 0..3 {
            bare = bare.max(bare_rate(&providers)?);
            issued = issued.max(issue_rate(&host, &orders)?);
        }
        println!(
            "{suite} ({engine}): {issued:.0}/s issued and on record, {bare:.0}/s bare verify + sign, \
             ratio {:.2}",
            issued / bare
        );
    }
    Ok(())
}

/// Requests by many keys, as users send them.
fn orders(providers: &Providers, count: usize) -> Result<Vec<Order>> {
    let profile = Profile::named("user").ok_or("no such profile")?;
    let key = || providers.default_provider().generate_signing_key();
    let keys = (0..256).map(|_| key()).collect::<std::result::Result<Vec<_>, _>>()?;
    (0..count)
        .map(|n| {
            let name = Name::parse(&format!("/C=CN/O=Org1/OU=client/CN=user{n}"))?;
            let request = RequestBuilder::new(&name).sign(keys[n % keys.len()].as_ref())?;
            Ok(Order::new(request, profile.clone()))
        })
        .collect()
}

fn issue_rate(host: &Host, orders: &[Order]) -> Result<f64> {
    let dir = tempfile::tempdir_in(".")?;
    let root = NewCa::root(Name::parse("/C=CN/O=Org1/CN=Root")?);
    let (authority, _) = Authority::init(host, &dir.path().join("ca"), &root)?;
    let started = Instant::now();
    let results = authority.issue_many(orders)?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(Err(error)) = results.iter().find(|result| result.is_err()) {
        return Err(error.to_string().into());
    }
    Ok(orders.len() as f64 / seconds)
}

/// Verifies and signs a message of a certificate's size on every core, with nothing around it.
fn bare_rate(providers: &Providers) -> Result<f64> {
    let key = providers.default_provider().generate_signing_key()?;
    let message = [0x5a; 600];
    let signature = key.sign(Context::X509, &[&message])?;
    let cores = std::thread::available_parallelism()?.get();
    let rates: Vec<f64> = std::thread::scope(|scope| {
        let one = || pairs_a_second(key.as_ref(), &message, signature.as_ref());
        let running: Vec<_> = (0..cores).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|thread| thread.join().expect("no panic there")).collect()
    });
    Ok(rates.iter().sum())
}

fn pairs_a_second(key: &dyn SigningKey, message: &[u8], signature: &[u8]) -> f64 {
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < Duration::from_millis(700) {
        key.verifying_key().verify(Context::X509, &[message], signature).expect("its own");
        key.sign(Context::X509, &[message]).expect("it signed before");
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}
