// SPDX-License-Identifier: Apache-2.0
//! A chain whose envelopes are text, which shows what it was asked for.

use bccsp::{EngineChoice, Providers, Suite};
use block::Block;
use gmca_consensus::{Admitted, Batch, BatchKind, Chain, Kind, Limits, Member, Refusal, SealError};
use proto::Bytes;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// `config…` is a configuration, `bad…` is refused, `once…` is refused once the first configuration
/// was replaced.
pub(crate) struct Text {
    providers: Providers,
    pub(crate) sequence: AtomicU64,
    pub(crate) sealed: Mutex<Vec<Batch>>,
    /// Seals that may end; those above wait.
    open: (Mutex<u64>, Condvar),
    pub(crate) is_broken: AtomicBool,
    timeout: Duration,
}

impl Text {
    pub(crate) fn new(open: u64, timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            providers: Providers::new(Suite::Gm, EngineChoice::Auto).unwrap(),
            sequence: AtomicU64::new(0),
            sealed: Mutex::default(),
            open: (Mutex::new(open), Condvar::new()),
            is_broken: AtomicBool::new(false),
            timeout,
        })
    }

    /// Lets so many more blocks be sealed.
    pub(crate) fn open(&self, more: u64) {
        *self.open.0.lock().unwrap() += more;
        self.open.1.notify_all();
    }

    pub(crate) fn batches(&self) -> Vec<Vec<String>> {
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        let sealed = self.sealed.lock().unwrap();
        sealed.iter().map(|batch| batch.envelopes().iter().map(text).collect()).collect()
    }

    fn wait_until_open(&self) {
        let mut open = self.open.0.lock().unwrap();
        while *open == 0 {
            open = self.open.1.wait(open).unwrap();
        }
        *open -= 1;
    }
}

impl Chain for Text {
    fn channel(&self) -> &str {
        "text"
    }

    fn height(&self) -> u64 {
        self.sealed.lock().unwrap().len() as u64 + 1
    }

    fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::SeqCst)
    }

    fn limits(&self) -> Limits {
        Limits {
            max_messages: 3,
            absolute_max_bytes: 1000,
            preferred_max_bytes: 100,
            timeout: self.timeout,
        }
    }

    fn members(&self) -> Vec<Member> {
        Vec::new()
    }

    fn tip(&self) -> Bytes {
        Bytes::new()
    }

    fn metadata(&self) -> Bytes {
        Bytes::new()
    }

    fn admit(&self, envelope: &Bytes) -> Result<Admitted, Refusal> {
        let (sequence, text) = (self.sequence(), String::from_utf8(envelope.to_vec()).unwrap());
        if text.starts_with("bad") || (text.starts_with("once") && sequence > 0) {
            return Err(Refusal::Forbidden(format!("no {text}")));
        }
        let Some(wish) = text.strip_prefix("config") else {
            return Ok(Admitted { kind: Kind::Normal, envelope: envelope.clone(), sequence });
        };
        let kind = Kind::Config { update: envelope.clone() };
        Ok(Admitted { kind, envelope: format!("{sequence}{wish}").into(), sequence })
    }

    fn seal(&self, batch: &Batch, _: Bytes) -> Result<Option<Block>, SealError> {
        self.wait_until_open();
        let number = self.height();
        if self.is_broken.load(Ordering::SeqCst) {
            let why = "the disk is full".to_owned();
            return Err(SealError { channel: "text".to_owned(), number, why });
        }
        if batch.sequence() != self.sequence() {
            return Ok(None);
        }
        if batch.kind() == BatchKind::Config {
            self.sequence.fetch_add(1, Ordering::SeqCst);
        }
        self.sealed.lock().unwrap().push(batch.clone());
        let hash = self.providers.default_provider().hash().unwrap();
        Ok(Some(Block::new(number, Bytes::new(), batch.envelopes().to_vec(), hash)))
    }

    fn append(&self, _: Block) -> Result<(), SealError> {
        unreachable!("a single node has nobody to get blocks from")
    }
}
