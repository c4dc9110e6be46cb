// SPDX-License-Identifier: Apache-2.0
//! What is measured: every operation of every engine, and the same of other crates.

use super::level::Level;
use super::{Head, MESSAGE, PEER, Task};
use anyhow::{Result, ensure};
use bccsp::{
    AeadMode, CipherMode, Context as Purpose, DEFAULT_SIGNER_ID, EngineChoice, ExchangeParams,
    Implementation, Job, Provider, Role, Suite,
};
use std::hint::black_box;
use std::sync::Arc;

/// Signatures judged together.
const BATCH: usize = 64;
/// Messages hashed together.
const LANES: usize = 16;

/// Every operation of every engine, at every level that differs in it.
pub(super) fn of_engines(sizes: &[usize]) -> Result<Vec<Task>> {
    let entropy: Arc<dyn sys::Entropy> = Arc::new(sys::SystemEntropy);
    let mut tasks: Vec<Task> = Vec::new();
    for (nth, level) in Level::all().into_iter().enumerate() {
        for suite in Suite::ALL {
            for choice in [EngineChoice::Portable, EngineChoice::Fast] {
                // Portable engines are one thing at all levels.
                if nth > 0 && choice == EngineChoice::Portable {
                    continue;
                }
                let made = level.run(|| -> Result<Vec<Task>> {
                    // An engine that is not there has no rows.
                    match bccsp::provider_of(suite, choice, Arc::clone(&entropy)) {
                        Ok(provider) => Rows::new(&provider, level).all(sizes),
                        Err(_) => Ok(Vec::new()),
                    }
                })?;
                for task in made {
                    if tasks.iter().all(|known| known.head != task.head) {
                        tasks.push(task);
                    }
                }
            }
        }
    }
    Ok(tasks)
}

/// The same of other crates.
pub(super) fn of_peers(sizes: &[usize]) -> Vec<Task> {
    let task = |peer: bccsp::peers::Peer| {
        let bccsp::peers::Peer { name, suite, op, size, mut work } = peer;
        let head = Head { op, suite, engine: format!("{PEER}{name}"), level: String::new(), size };
        let work = move || {
            ensure!(work(), "{name}: {op} failed");
            Ok(())
        };
        Task { head, count: 1, at: Level::default(), work: Box::new(work) }
    };
    bccsp::peers::peers(MESSAGE, sizes).into_iter().map(task).collect()
}

/// The rows of one engine.
struct Rows<'a> {
    provider: &'a Arc<dyn Provider>,
    at: Level,
    parts: Vec<Implementation>,
    tasks: Vec<Task>,
}

impl<'a> Rows<'a> {
    fn new(provider: &'a Arc<dyn Provider>, at: Level) -> Self {
        Self { provider, at, parts: provider.describe(), tasks: Vec::new() }
    }

    fn all(mut self, sizes: &[usize]) -> Result<Vec<Task>> {
        self.signatures()?;
        self.many_signatures()?;
        self.encryption()?;
        self.exchange()?;
        for size in sizes {
            self.hashes(*size);
            self.seals(*size)?;
            self.ciphers(*size)?;
        }
        Ok(self.tasks)
    }

    fn add(&mut self, op: &'static str, size: usize, work: impl FnMut() -> Result<()> + 'static) {
        self.add_many(op, size, 1, work);
    }

    /// A call of `work` does `count` of them.
    fn add_many(
        &mut self,
        op: &'static str,
        size: usize,
        count: usize,
        work: impl FnMut() -> Result<()> + 'static,
    ) {
        let engine = self.provider.engine().name().to_owned();
        let level = level_of(op, &self.parts).to_owned();
        let head = Head { op, suite: self.provider.suite(), engine, level, size };
        self.tasks.push(Task { head, count, at: self.at, work: Box::new(work) });
    }

    fn signatures(&mut self) -> Result<()> {
        let key = self.provider.generate_signing_key()?;
        let message = vec![0x5a_u8; MESSAGE];
        let signature = key.sign(Purpose::Fabric, &[&message])?;
        let verifier = Arc::clone(key.verifying_key());
        let (to_sign, to_verify) = (message.clone(), message.clone());
        self.add("sign", MESSAGE, move || {
            black_box(key.sign(Purpose::Fabric, &[&to_sign])?);
            Ok(())
        });
        let (public, maker, same) =
            (*verifier.public_key(), Arc::clone(self.provider), signature.clone());
        self.add("verify", MESSAGE, move || {
            Ok(verifier.verify(Purpose::Fabric, &[&to_verify], same.as_ref())?)
        });
        self.add("verify, new key", MESSAGE, move || {
            let key = maker.verifying_key(&public)?;
            Ok(key.verify(Purpose::Fabric, &[&message], signature.as_ref())?)
        });
        let maker = Arc::clone(self.provider);
        self.add("key generation", 32, move || {
            black_box(maker.generate_signing_key()?);
            Ok(())
        });
        Ok(())
    }

    /// Of keys that are met for the first time, as in a block whose endorsers are many.
    fn many_signatures(&mut self) -> Result<()> {
        let message = vec![0x5a_u8; MESSAGE];
        let sign = |_| -> Result<_> {
            let key = self.provider.generate_signing_key()?;
            let signature = key.sign(Purpose::Fabric, &[&message])?;
            Ok((*key.verifying_key().public_key(), signature))
        };
        let signed = (0..BATCH).map(sign).collect::<Result<Vec<_>>>()?;
        let provider = Arc::clone(self.provider);
        self.add_many("verify, 64 at once", MESSAGE, BATCH, move || {
            let keys = signed.iter().map(|(public, _)| provider.verifying_key(public));
            let keys = keys.collect::<Result<Vec<_>, _>>()?;
            let message: &[&[u8]] = &[&message];
            let mut jobs: Vec<Job<'_>> = Vec::with_capacity(BATCH);
            for (key, (_, signature)) in keys.iter().zip(&signed) {
                let (key, signature) = (key.as_ref(), signature.as_ref());
                jobs.push(Job { key, ctx: Purpose::Fabric, message, signature });
            }
            Ok(provider.verify_many(&jobs).into_iter().collect::<Result<(), _>>()?)
        });
        Ok(())
    }

    fn encryption(&mut self) -> Result<()> {
        let own = self.provider.generate_decryption_key()?;
        let peer = *self.provider.generate_decryption_key()?.encryption_key().public_key();
        let agreeing = Arc::clone(&own);
        self.add("agree", 32, move || {
            black_box(agreeing.agree(&peer)?);
            Ok(())
        });
        let (to, sealed) =
            (Arc::clone(own.encryption_key()), own.encryption_key().encrypt(&[7; 32])?);
        self.add("encrypt", 32, move || {
            black_box(to.encrypt(&[7; 32])?);
            Ok(())
        });
        self.add("decrypt", 32, move || {
            black_box(own.decrypt(&sealed)?);
            Ok(())
        });
        Ok(())
    }

    /// One side of it; a family that has none has no row.
    fn exchange(&mut self) -> Result<()> {
        let own = self.provider.generate_decryption_key()?;
        let other = self.provider.generate_decryption_key()?;
        let (public, own_public) =
            (*other.encryption_key().public_key(), *own.encryption_key().public_key());
        let answer = ExchangeParams { role: Role::Responder, ..params(&own_public) };
        let Ok(side) = other.exchange(&answer) else { return Ok(()) };
        let ephemeral = *side.ephemeral();
        self.add("key exchange", 32, move || {
            black_box(own.exchange(&params(&public))?.finish(&ephemeral)?);
            Ok(())
        });
        Ok(())
    }

    fn hashes(&mut self, size: usize) {
        let (provider, message) = (Arc::clone(self.provider), vec![0x5a_u8; size]);
        self.add("hash", size, move || {
            black_box(provider.hash()?.digest(&[&message]));
            Ok(())
        });
        let (provider, message) = (Arc::clone(self.provider), vec![0x5a_u8; size]);
        self.add_many("hash, 16 at once", size, LANES, move || {
            black_box(provider.hash()?.digest_many(&[&message[..]; LANES]));
            Ok(())
        });
    }

    fn seals(&mut self, size: usize) -> Result<()> {
        let modes =
            [(AeadMode::Gcm, ["GCM seal", "GCM open"]), (AeadMode::Ccm, ["CCM seal", "CCM open"])];
        for (mode, [seal, open]) in modes {
            let key: Arc<dyn bccsp::Aead> = Arc::from(self.provider.aead(mode, &[7; 16])?);
            let plain = vec![0x5a_u8; size];
            let sealed = key.seal(b"", &plain)?;
            let sealer = Arc::clone(&key);
            self.add(seal, size, move || {
                black_box(sealer.seal(b"", &plain)?);
                Ok(())
            });
            self.add(open, size, move || {
                black_box(key.open(b"", &sealed)?);
                Ok(())
            });
        }
        Ok(())
    }

    fn ciphers(&mut self, size: usize) -> Result<()> {
        let modes = [
            ("CTR", CipherMode::Ctr),
            ("ECB encrypt", CipherMode::Ecb),
            ("CBC encrypt", CipherMode::Cbc),
            ("CBC decrypt", CipherMode::Cbc),
        ];
        for (op, mode) in modes {
            let (key, data) = (self.provider.cipher(mode, &[7; 16])?, vec![0x5a_u8; size]);
            let iv: &[u8] = if mode == CipherMode::Ecb { &[] } else { &[1; 16] };
            self.add(op, size, move || {
                let done = match op {
                    "CBC decrypt" => key.decrypt(iv, &data)?,
                    _ => key.encrypt(iv, &data)?,
                };
                black_box(done);
                Ok(())
            });
        }
        Ok(())
    }
}

fn params(peer: &bccsp::PublicKey) -> ExchangeParams<'_> {
    ExchangeParams {
        role: Role::Initiator,
        own_id: DEFAULT_SIGNER_ID,
        peer,
        peer_id: DEFAULT_SIGNER_ID,
        key_len: 16,
    }
}

/// The level of the part of an engine that does most of the work.
fn level_of(op: &str, parts: &[Implementation]) -> &'static str {
    let words: &[&str] = match op {
        "verify, 64 at once" => &["signatures, many", "signatures"],
        "hash, 16 at once" => &["many messages", "HMAC"],
        "hash" => &["HMAC"],
        "encrypt" | "decrypt" => &["HPKE", "encryption", "signatures"],
        op if op.starts_with("GCM") => &[" GCM"],
        op if op.starts_with("CCM") => &[" CCM"],
        op if op.starts_with("CTR") => &[" CTR"],
        op if op.starts_with("ECB") => &[" ECB"],
        op if op.starts_with("CBC") => &[" CBC"],
        _ => &["signatures"],
    };
    let with = |word: &&str| parts.iter().find(|part| part.algorithm.contains(*word));
    words.iter().find_map(with).map_or("portable", |part| part.level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_the_part_that_does_the_work() {
        let part = |algorithm, level| Implementation { algorithm, by: "somebody", level };
        let parts = [
            part("A signatures, ECDH", "one"),
            part("A signatures, many at once", "lanes"),
            part("B, HMAC", "hash"),
            part("HPKE (AES-128-GCM)", "mixed"),
            part("C GCM, CCM, CTR", "cipher"),
        ];
        for (op, level) in [
            ("sign", "one"),
            ("verify, 64 at once", "lanes"),
            ("hash", "hash"),
            ("hash, 16 at once", "hash"),
            ("encrypt", "mixed"),
            ("GCM seal", "cipher"),
            ("CTR", "cipher"),
            ("CBC encrypt", "portable"),
        ] {
            assert_eq!(level_of(op, &parts), level, "{op}");
        }
    }
}
