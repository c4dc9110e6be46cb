// SPDX-License-Identifier: Apache-2.0
//! Ctrl-C, a kill and a full disk at a bad moment: what was handed out is on record, and nothing
//! half done lies around.

mod common;

use bccsp::{EngineChoice, Providers, Suite};
use common::Sandbox;
use pki::{Certificate, Name, RequestBuilder};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Enough to be struck in the middle of; without optimisation a thousand take seconds.
const REQUESTS: usize = if cfg!(debug_assertions) { 1_000 } else { 5_000 };
const ROUNDS: u64 = 4;

/// Many requests by one key: making a key for each would take longer than the test.
fn write_requests(sandbox: &Sandbox) {
    fs::create_dir(sandbox.path("requests")).unwrap();
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto).unwrap();
    let key = providers.default_provider().generate_signing_key().unwrap();
    for number in 0..REQUESTS {
        let name = Name::parse(&format!("/O=Org1/CN=device {number}")).unwrap();
        let request = RequestBuilder::new(&name).sign(key.as_ref()).unwrap();
        sandbox.write(&format!("requests/{number:05}.csr"), request.to_pem());
    }
}

/// When to strike.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after the start.
    After(Duration),
    /// When so many certificates are written.
    Written(usize),
}

fn start(sandbox: &Sandbox, round: u64) -> Child {
    let line = format!("issue --ca ca --batch requests --out-dir given-{round} --quiet");
    sandbox.command(&line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait_for(sandbox: &Sandbox, round: u64, child: &mut Child, moment: Moment) {
    let folder = sandbox.path(&format!("given-{round}"));
    match moment {
        Moment::After(time) => std::thread::sleep(time),
        Moment::Written(count) => {
            let written = || fs::read_dir(&folder).map_or(0, Iterator::count);
            while child.try_wait().unwrap().is_none() && written() < count {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

fn strike(child: &mut Child, signal: &str) -> ExitStatus {
    // It may have ended by itself.
    let _ =
        Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
    child.wait().unwrap()
}

/// The record of the CA: serial number to status and certificate.
fn record(sandbox: &Sandbox) -> BTreeMap<String, (String, Option<String>)> {
    let listed = sandbox.ok("list --ca ca --json").stdout;
    let rows = listed.lines().map(|line| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| row[field].as_str().map(str::to_owned);
        (text("serial").unwrap(), (text("status").unwrap(), text("certificate")))
    });
    rows.collect()
}

/// Every certificate that was written is whole and on record. Says how many there are.
fn check_round(sandbox: &Sandbox, round: u64) -> usize {
    let record = record(sandbox);
    sandbox.ok("list --ca ca --audit");
    let Ok(folder) = fs::read_dir(sandbox.path(&format!("given-{round}"))) else { return 0 };
    let mut count = 0;
    for entry in folder {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().unwrap(), "crt", "{} was left behind", path.display());
        let pem = fs::read(&path).unwrap();
        let certificate = Certificate::from_pem_or_der(&pem).unwrap();
        let (status, recorded) = &record[&certificate.serial_hex()];
        assert_eq!(status, "issued");
        assert_eq!(recorded.as_deref(), Some(certificate.to_pem().as_str()));
        count += 1;
    }
    count
}

/// Moments that differ from run to run; a failure prints them.
fn moments(whole: Duration) -> impl Iterator<Item = Moment> {
    let mut state = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64 | 1;
    let mut random = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..ROUNDS).map(move |round| match round % 2 {
        0 => Moment::After(Duration::from_millis(random(whole.as_millis() as u64))),
        _ => Moment::Written(1 + random(REQUESTS as u64 / 2) as usize),
    })
}

#[test]
fn a_killed_batch_loses_no_certificate() {
    let sandbox = Sandbox::new();
    sandbox.ok("init --dir ca --subject /CN=CA --suite gm");
    write_requests(&sandbox);
    let started = Instant::now();
    start(&sandbox, 99).wait().unwrap();
    assert_eq!(check_round(&sandbox, 99), REQUESTS);
    let whole = started.elapsed();
    for (round, moment) in (0..).zip(moments(whole)) {
        let signal = if round % 3 == 2 { "-INT" } else { "-KILL" };
        let mut child = start(&sandbox, round);
        wait_for(&sandbox, round, &mut child, moment);
        let status = strike(&mut child, signal);
        println!("round {round}: {signal} at {moment:?}: {status}");
        let written = check_round(&sandbox, round);
        if let Moment::Written(count) = moment {
            assert!(written >= count, "round {round}: {written} of {count}");
            assert!(written < REQUESTS, "round {round}: it was over before the signal");
        }
    }
    // And the CA goes on.
    sandbox.ok("issue --ca ca requests/00000.csr --out after.crt");
    sandbox.ok("verify --ca-file ca/ca.crt after.crt");
}

#[test]
fn ctrl_c_during_a_batch_says_what_is_on_record() {
    let sandbox = Sandbox::new();
    sandbox.ok("init --dir ca --subject /CN=CA --suite gm");
    write_requests(&sandbox);
    let mut child = sandbox
        .command("issue --ca ca --batch requests --out-dir given-0 --quiet")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&sandbox, 0, &mut child, Moment::Written(10));
    strike(&mut child, "-INT");
    let ran = common::ran(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("gmca: error: interrupted after "), "{}", ran.stderr);
    let written = check_round(&sandbox, 0);
    assert!((10..REQUESTS).contains(&written), "{written}");
    assert!(!sandbox.path("ca/ca.holder").exists());
}

#[test]
fn ctrl_c_while_a_ca_is_made_leaves_all_of_it_or_nothing() {
    for delay in [0, 2, 5, 10, 20, 50, 100] {
        for line in ["init --dir made --subject /CN=CA", "quickstart --dir made"] {
            let sandbox = Sandbox::new();
            let mut child =
                sandbox.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(delay));
            strike(&mut child, "-INT");
            let names = sandbox.names();
            let half = names.iter().any(|name| name.contains(".partial") || name.contains(".tmp"));
            assert!(!half, "{line} after {delay} ms: {names:?}");
            if sandbox.path("made").exists() {
                let home = if line.starts_with("init") { "made" } else { "made/ca" };
                sandbox.ok(&format!("list --ca {home}"));
            }
        }
    }
}

/// Commands that write, each on a disk that takes nothing more.
const WRITERS: &[&str] = &[
    "key new --out x",
    "key new --keystore x",
    "key convert k --to sec1 --out x",
    "key passwd k --new-password-file pw",
    "init --dir x --subject /CN=x",
    "init --dir x --parent ca --subject /CN=x",
    "quickstart --dir x",
    "req --key k --subject /CN=x --out x",
    "issue --ca ca u.csr --out x",
    "issue --ca ca u.csr --out u.crt --force",
    "crl --ca ca --out x",
    "msp make --dir x --ca-cert ca/ca.crt --cert u.crt --key k",
    "sign --key k pw --out x",
    "encrypt --to u.crt pw --out x",
    "decrypt --key k sealed --out x",
    "revoke --ca ca u.crt",
];

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    sandbox.write("pw", "correct horse\n");
    sandbox.all_ok(
        "init --dir ca --subject /CN=CA
         key new --out k
         req --key k --subject /CN=u --out u.csr
         issue --ca ca u.csr --out u.crt
         encrypt --to u.crt pw --out sealed",
    );
    let before = sandbox.contents();
    for line in WRITERS {
        // Writing beyond the limit fails as it does on a full disk, once the signal is ignored.
        let ran = sandbox.shell(&format!("trap '' XFSZ; ulimit -f 0; \"$GMCA\" {line}"));
        assert_eq!(ran.code, Some(2), "{line}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.starts_with("gmca: error: "), "{line}: {}", ran.stderr);
        assert_eq!(sandbox.contents(), before, "{line}: left something behind");
    }
    sandbox.all_ok("list --ca ca --audit\nissue --ca ca u.csr --out after.crt");
}
