// SPDX-License-Identifier: Apache-2.0
//! A check of the CA that any length of run can ask for: random use of a disk that fails now and
//! then, and power failures at random moments. It says in words what it found.

// These are tests, even if they stand in the library.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod known;

use crate::escrow::{Approval, RecoveryRequest};
use crate::{Authority, Error, Host, ListOrder, NewCa, Order, Profile, Renewal, Rollover};
use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use known::{Given, Known, Step};
use pki::extension::ReasonCode;
use pki::{Certificate, CertificateBuilder, Crl, Name, RequestBuilder, Time};
use std::path::Path;
use std::sync::Arc;
use sys::sim::{Dice, Loss, MemoryDisk, SeededEntropy, SetClock};
use sys::{Access, Disk, Entropy, Timestamp};

const ROOM: usize = 1 << 30;
const HOME: &str = "home/ca";
/// 2026-06-01T00:00:00Z
const NOW: Timestamp = Timestamp(1_780_272_000);
/// How much is done before the failures are looked at.
const STEPS: usize = 24;

/// Makes a CA, lets it issue one by one and in batches, revoke and make lists, closes and opens
/// it, lets syncs fail and the disk stop or fill up; then looks at that many disks that a power
/// failure at a random moment may have left. In each the CA opens, or there is none while none was
/// said to be made; what was handed out, taken back and written down is there to the byte; record
/// and audit log agree; and it goes on. Of some of them, what a second failure leaves must, too.
///
/// # Errors
/// What was lost or wrong, in words.
pub fn crash(seed: u64, loss: Loss, images: usize) -> Result<(), String> {
    let at = |what: String| format!("seed {seed}, {loss:?}: {what}");
    let mut run = Run::new(seed).map_err(|error| at(error.to_string()))?;
    let disk = MemoryDisk::recording(ROOM);
    let intervals = run.work(&disk, STEPS, Vec::new()).map_err(at)?;
    run.look(&disk, &intervals, loss, images, true).map_err(at)
}

/// One who may open keys.
type Administrator = (Arc<dyn SigningKey>, Certificate);

/// What was known, and what was being done then.
type Interval = (Known, Step);

struct Run {
    dice: Dice,
    providers: Arc<Providers>,
    clock: Arc<SetClock>,
    time: u64,
    orders: Vec<Order>,
    /// The last complete list that was given.
    base: Option<Crl>,
    /// What is to come next, the last first: steps that only mean something in this order.
    due: Vec<Step>,
    /// A request for a pair.
    pair: Order,
    administrators: Vec<Administrator>,
}

impl Run {
    fn new(seed: u64) -> Result<Self, Error> {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
        let providers = Providers::with_entropy(Suite::Nist, EngineChoice::Portable, &entropy)?;
        let mut orders = Vec::new();
        // Any number of certificates for few keys: making keys is slow.
        for (number, profile) in ["user", "tls-server", "user"].into_iter().enumerate() {
            let key = providers.default_provider().generate_signing_key()?;
            let name = Name::parse(&format!("/O=Org1/CN=device {number}"))?;
            let request = RequestBuilder::new(&name).sign(key.as_ref())?;
            orders.push(Order::new(request, Profile::named(profile).unwrap()));
        }
        let (pair, administrators) = for_pairs(&providers)?;
        let (providers, clock) = (Arc::new(providers), Arc::new(SetClock::new(NOW)));
        let (dice, time) = (Dice::new(seed), NOW.0);
        Ok(Self {
            dice,
            providers,
            clock,
            time,
            orders,
            base: None,
            due: Vec::new(),
            pair,
            administrators,
        })
    }

    fn host(&self, disk: &MemoryDisk) -> Host {
        let (providers, clock) = (Arc::clone(&self.providers), self.clock.clone());
        Host { providers, clock, disk: Arc::new(disk.clone()) }
    }

    fn open(&self, disk: &MemoryDisk) -> Result<Authority, Error> {
        Authority::open_unlocked(&self.host(disk), Path::new(HOME), None)
    }

    /// Opens the CA, or makes one, which may take several attempts.
    fn made(&mut self, disk: &MemoryDisk) -> Result<Authority, String> {
        if disk.exists(Path::new(HOME)) {
            return self.open(disk).map_err(words);
        }
        let new = NewCa::root(Name::parse("/O=Org1/CN=Root").unwrap());
        loop {
            if self.dice.once_in(2) {
                disk.halt_after(self.dice.below(40));
            } else if self.dice.once_in(3) {
                disk.fail_sync_after(self.dice.below(8));
            }
            let made = Authority::init(&self.host(disk), Path::new(HOME), &new);
            heal(disk);
            match (made, self.open(disk)) {
                (Ok((authority, _)), _) => return Ok(authority),
                // It failed when the CA was whole already.
                (Err(_), Ok(authority)) => return Ok(authority),
                (Err(_), Err(Error::NoCa(_))) => {}
                (Err(_), Err(error)) => return Err(format!("half of a CA: {error}")),
            }
        }
    }

    /// Does so many steps, and adds an interval for each. When interval n begins, n is
    /// acknowledged.
    fn work(
        &mut self,
        disk: &MemoryDisk,
        steps: usize,
        mut intervals: Vec<Interval>,
    ) -> Result<Vec<Interval>, String> {
        // Lists of another course of things amend nothing here.
        (self.base, self.due) = (None, Vec::new());
        let mut authority = self.made(disk)?;
        let mut known = Known::read(&authority)?;
        for number in 0..=steps {
            let step = if number == steps { Step::Reopen } else { self.roll(&known) };
            disk.acknowledge(intervals.len() as u64);
            intervals.push((known.clone(), step.clone()));
            self.time += 1;
            self.clock.set(Timestamp(self.time));
            self.faulty(disk);
            let done = match step {
                Step::Reopen => {
                    drop(authority);
                    heal(disk);
                    authority = self.open(disk).map_err(words)?;
                    Ok(Given::default())
                }
                _ => self.run(&mut authority, &step),
            };
            heal(disk);
            let at = |what: String| format!("step {number}, {step}: {what}");
            if matches!(step, Step::Rollover) {
                // Deltas amend lists of the same key.
                self.base = None;
            }
            if done.is_err() {
                // What is on the disk is known only to whoever opens it anew. A key that could not
                // be written says nothing of the record.
                let record = !matches!(step, Step::Rollover);
                if record && self.dice.once_in(2) && self.run(&mut authority, &Step::Crl).is_ok() {
                    return Err(at("a CA goes on after a failure".into()));
                }
                drop(authority);
                authority = self.open(disk).map_err(words).map_err(at)?;
            }
            let seen = Known::read(&authority).map_err(at)?;
            known.allows(&step, &seen).map_err(at)?;
            if let Ok(given) = &done {
                seen.holds(&step, given, self.base.as_ref()).map_err(at)?;
                self.keep(&step, given);
            }
            known = seen;
        }
        disk.acknowledge(intervals.len() as u64);
        intervals.push((known, Step::Reopen));
        Ok(intervals)
    }

    fn roll(&mut self, known: &Known) -> Step {
        let (good, held, renewable) = (known.good(), known.held(), known.renewable());
        let (kept, asked) = (known.kept(), known.open_requests());
        match self.due.pop() {
            Some(Step::Release(serial)) if held.contains(&serial) => return Step::Release(serial),
            Some(Step::Delta) if self.base.is_some() => return Step::Delta,
            Some(Step::Crl) => return Step::Crl,
            _ if !asked.is_empty() && self.dice.once_in(2) => {
                return Step::Recover(self.dice.pick(&asked).clone());
            }
            _ if !kept.is_empty() && self.dice.once_in(8) => {
                return Step::Ask(self.dice.pick(&kept).clone());
            }
            _ => {}
        }
        match self.dice.below(16) {
            0 | 1 if !good.is_empty() => Step::Revoke(self.dice.pick(&good).clone()),
            2 => Step::Crl,
            3 => Step::Reopen,
            4 => Step::Issue(2 + usize::try_from(self.dice.below(2)).unwrap_or(0)),
            5 if !good.is_empty() => Step::Hold(self.dice.pick(&good).clone()),
            6 | 7 if !held.is_empty() => Step::Release(self.dice.pick(&held).clone()),
            8 if !held.is_empty() => Step::Revoke(self.dice.pick(&held).clone()),
            9 | 12 if self.base.is_some() => Step::Delta,
            13 if held.is_empty() && !good.is_empty() => Step::Hold(self.dice.pick(&good).clone()),
            10 if !renewable.is_empty() => Step::Renew(self.dice.pick(&renewable).clone()),
            11 | 14 if known.administrators < self.administrators.len() => Step::Administrator,
            11 | 14 if !asked.is_empty() => Step::Recover(self.dice.pick(&asked).clone()),
            11 | 14 if !kept.is_empty() && self.dice.once_in(2) => {
                Step::Ask(self.dice.pick(&kept).clone())
            }
            11 | 14 if self.dice.once_in(2) => Step::Pair,
            15 if self.dice.once_in(2) => Step::Rollover,
            _ => Step::Issue(1),
        }
    }

    /// Does it, and gives what somebody holds now.
    fn run(&mut self, authority: &mut Authority, step: &Step) -> Result<Given, Error> {
        let list = |authority: &Authority, delta| {
            let order = ListOrder { seconds: 7 * 86_400, delta, generation: None };
            authority.list(&order).map(Some)
        };
        let (mut certificates, mut crl) = (Vec::new(), None);
        match step {
            Step::Issue(1) => {
                certificates.push(authority.issue(self.dice.pick(&self.orders))?.certificate);
            }
            Step::Issue(count) => {
                for issued in authority.issue_many(&self.orders[..*count])? {
                    certificates.push(issued?.certificate);
                }
            }
            Step::Renew(serial) => {
                let renewal = Renewal { again: true, ..Renewal::default() };
                certificates.push(authority.renew(serial, &renewal)?.certificate);
            }
            Step::Pair => {
                let encrypt = Profile::named("encrypt").unwrap().into();
                let pair = authority.issue_pair(&self.pair, &encrypt)?;
                certificates.extend([pair.sign, pair.encrypt]);
            }
            Step::Administrator => {
                let next = authority.administrators()?.len();
                authority.add_administrator(&self.administrators[next].1)?;
            }
            Step::Ask(serial) => {
                let to = self.pair.request.public_key(&self.providers)?;
                authority.ask_recovery(serial, &to, "why not")?;
            }
            Step::Recover(request) => self.recover(authority, request)?,
            Step::Rollover => {
                let rolled = authority.roll_over(&Rollover::default(), None)?;
                let links = [rolled.new_with_old, rolled.old_with_new];
                certificates.push(rolled.certificate);
                certificates.extend(links.into_iter().flatten());
            }
            Step::Revoke(serial) => drop(authority.revoke(serial, ReasonCode::KeyCompromise)?),
            Step::Hold(serial) => drop(authority.revoke(serial, ReasonCode::CertificateHold)?),
            Step::Release(serial) => authority.release(serial)?,
            Step::Crl => crl = list(authority, false)?,
            Step::Delta => crl = list(authority, true)?,
            Step::Reopen => {}
        }
        Ok(Given { certificates, list: crl })
    }

    fn recover(&self, authority: &Authority, request: &[u8]) -> Result<(), Error> {
        let request = RecoveryRequest::from_json(request)?;
        let mut approvals = Vec::new();
        for (key, _) in &self.administrators {
            let decrypts = self.providers.decryption_key(&key.export()?)?;
            let (ca, signs) = (authority.certificate(), key.as_ref());
            let made = Approval::make(&self.providers, &request, ca, signs, decrypts.as_ref())?;
            approvals.push(made);
        }
        authority.recover(&request, &approvals).map(drop)
    }

    /// The complete list that deltas are read with from now on.
    fn keep(&mut self, step: &Step, given: &Given) {
        match step {
            Step::Crl => self.base.clone_from(&given.list),
            Step::Hold(serial) if self.dice.once_in(2) => {
                self.due = vec![Step::Delta, Step::Release(serial.clone()), Step::Crl];
            }
            _ => {}
        }
    }

    /// Lets a sync fail, the disk stop or fill up, sometimes.
    fn faulty(&mut self, disk: &MemoryDisk) {
        match self.dice.below(12) {
            0 | 1 => disk.fail_sync_after(self.dice.below(3)),
            2 => disk.halt_after(self.dice.below(16)),
            3 => {
                let used: usize = disk.files().iter().map(|(_, size)| size).sum();
                disk.set_room(used);
            }
            _ => {}
        }
    }

    fn look(
        &mut self,
        disk: &MemoryDisk,
        intervals: &[Interval],
        loss: Loss,
        images: usize,
        again: bool,
    ) -> Result<(), String> {
        let mut crashes = disk.crashes();
        let all = crashes.moments() as u64;
        let mut moments: Vec<u64> = (0..images).map(|_| self.dice.below(all)).collect();
        moments.sort_unstable();
        for moment in moments {
            crashes.advance(usize::try_from(moment).unwrap_or(usize::MAX));
            let safe = crashes.acknowledged().and_then(|safe| usize::try_from(safe).ok());
            let interval = safe.and_then(|safe| intervals.get(safe));
            if interval.is_none() && !again {
                // A copy that is being made.
                continue;
            }
            let left = crashes.disk(loss, &mut self.dice);
            self.recovers(&left, interval, loss, again)
                .map_err(|what| format!("event {moment}, after step {safe:?}: {what}"))?;
        }
        Ok(())
    }

    /// Opens what is left of a CA, and goes on with it.
    fn recovers(
        &mut self,
        left: &MemoryDisk,
        interval: Option<&Interval>,
        loss: Loss,
        again: bool,
    ) -> Result<(), String> {
        let second = again && self.dice.once_in(4);
        let disk = if second { recorded(left) } else { left.clone() };
        disk.acknowledge(0);
        let authority = match (self.open(&disk), interval) {
            (Ok(authority), _) => authority,
            // None was said to be made.
            (Err(Error::NoCa(_)), None) => return Ok(()),
            (Err(error), _) => return Err(error.to_string()),
        };
        let seen = Known::read(&authority)?;
        match interval {
            Some((known, step)) => known.allows(step, &seen)?,
            None if seen.audit.len() == 1 && seen.records.is_empty() => {}
            None => return Err("there is more than a new CA".into()),
        }
        drop(authority);
        if !second {
            return self.goes_on(&disk, &seen);
        }
        // From the first opening on, nothing of what it shows may go.
        let intervals = self.work(&disk, 4, vec![(seen, Step::Reopen)])?;
        self.look(&disk, &intervals, loss, 4, false)
            .map_err(|what| format!("second failure, {what}"))
    }

    fn goes_on(&mut self, disk: &MemoryDisk, seen: &Known) -> Result<(), String> {
        let mut authority = self.open(disk).map_err(words)?;
        let at = |what: String| format!("after it went on: {what}");
        let mut known = seen.clone();
        for step in [Step::Issue(1), Step::Crl] {
            let given = self.run(&mut authority, &step).map_err(words)?;
            let seen = Known::read(&authority).map_err(at)?;
            let base = self.base.as_ref();
            let held = |()| seen.holds(&step, &given, base);
            known.allows(&step, &seen).and_then(held).map_err(at)?;
            self.keep(&step, &given);
            if seen.audit.len() == known.audit.len() {
                return Err(at(format!("{step} left no row in the audit log")));
            }
            known = seen;
        }
        drop(authority);
        let authority = self.open(disk).map_err(words)?;
        let again = Known::read(&authority).map_err(at)?;
        if again == known { Ok(()) } else { Err(at("it reads differently".into())) }
    }
}

/// A request for a pair, which is of the gm family, and the two who may open its key.
fn for_pairs(providers: &Providers) -> Result<(Order, Vec<Administrator>), Error> {
    let provider = providers.get(Suite::Gm)?;
    let request = RequestBuilder::new(&Name::parse("/O=Org1/CN=pair").unwrap())
        .sign(provider.generate_signing_key()?.as_ref())?;
    let profile = Profile::named("sign").unwrap();
    let order = Order { any_key: true, ..Order::new(request, profile) };
    let mut administrators = Vec::new();
    for number in [1, 2] {
        let key = provider.generate_signing_key()?;
        let name = Name::parse(&format!("/CN=administrator {number}")).unwrap();
        let public = key.verifying_key().public_key();
        let (from, until) = (Time::new(NOW), Time::new(NOW.plus(86_400)));
        let builder = CertificateBuilder::new(&name, public, &[number], from, until);
        let certificate = builder.sign_self(key.as_ref())?;
        administrators.push((key, certificate));
    }
    Ok((order, administrators))
}

/// A disk with the same files that remembers what happens to it.
fn recorded(left: &MemoryDisk) -> MemoryDisk {
    let disk = MemoryDisk::recording(ROOM);
    for (path, _) in left.files() {
        disk.create(&path, &left.read(&path).unwrap(), Access::Private).unwrap();
    }
    disk
}

fn heal(disk: &MemoryDisk) {
    disk.fail_sync_after(u64::MAX);
    disk.halt_after(u64::MAX);
    disk.set_room(ROOM);
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn words(error: Error) -> String {
    error.to_string()
}
