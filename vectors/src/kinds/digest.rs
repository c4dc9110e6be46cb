// SPDX-License-Identifier: Apache-2.0
//! Hashes, HMAC and key derivation.

use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::{Provider, Suite};

type Answer = Result<Outcome, String>;

pub(crate) fn sha256(case: &Case<'_>, engines: &Engines) -> Answer {
    check(case, engines, Suite::Nist)
}

pub(crate) fn sm3(case: &Case<'_>, engines: &Engines) -> Answer {
    check(case, engines, Suite::Gm)
}

fn check(case: &Case<'_>, engines: &Engines, suite: Suite) -> Answer {
    if !case.valid()? {
        return Err("a hash has no invalid cases".to_owned());
    }
    let check = match case.kind() {
        "hash" => hash,
        "hash_repeat" => hash_repeat,
        "monte" => monte,
        "hmac" => hmac,
        "kdf" => kdf,
        "pbkdf2" => pbkdf2,
        "hkdf" => hkdf,
        other => return Err(format!("no checks for type `{other}`")),
    };
    engines.each(suite, |provider| check(case, provider).map(|()| Outcome::Pass))
}

fn hash(case: &Case<'_>, provider: &dyn Provider) -> Result<(), String> {
    let (message, digest) = (case.bytes("msg")?, case.bytes("digest")?);
    let hash = must("hash", provider.hash())?;
    same("digest", hash.digest(&[&message]).as_ref(), &digest)?;
    let (front, back) = message.split_at(message.len() / 3);
    same("digest of two parts", hash.digest(&[front, back]).as_ref(), &digest)?;
    let mut stream = hash.start();
    message.chunks(61).for_each(|piece| stream.update(piece));
    same("digest of a stream", stream.finish().as_ref(), &digest)?;
    // Lanes are filled with others of other lengths, and each must come out for itself.
    let many = hash.digest_many(&[&message, front, &message, back]);
    same("digest of many, first", many[0].as_ref(), &digest)?;
    same("digest of many, third", many[2].as_ref(), &digest)
}

fn hash_repeat(case: &Case<'_>, provider: &dyn Provider) -> Result<(), String> {
    let (unit, count) = (case.bytes("unit")?, case.number("count")?);
    let mut stream = must("hash", provider.hash())?.start();
    (0..count).for_each(|_| stream.update(&unit));
    same("digest", stream.finish().as_ref(), &case.bytes("digest")?)
}

/// The Monte Carlo test of SHAVS section 6.4: 1,000 digests between checkpoints, each of the
/// three before it.
fn monte(case: &Case<'_>, provider: &dyn Provider) -> Result<(), String> {
    let hash = must("hash", provider.hash())?;
    let mut seed = case.bytes("seed")?;
    for (number, checkpoint) in case.byte_list("checkpoints")?.iter().enumerate() {
        let mut last = [seed.clone(), seed.clone(), seed];
        for _ in 0..1000 {
            let next = hash.digest(&[&last[0], &last[1], &last[2]]).as_ref().to_vec();
            last.rotate_left(1);
            last[2] = next;
        }
        seed = last[2].clone();
        same(&format!("checkpoint {number}"), &seed, checkpoint)?;
    }
    Ok(())
}

fn hmac(case: &Case<'_>, provider: &dyn Provider) -> Result<(), String> {
    let (key, message, tag) = (case.bytes("key")?, case.bytes("msg")?, case.bytes("tag")?);
    let mac = must("mac", provider.mac())?;
    same("tag", mac.tag(&key, &[&message]).as_bytes(), &tag)?;
    must("verify", mac.verify(&key, &[&message], &tag))?;
    let mut stream = mac.start(&key);
    message.chunks(61).for_each(|piece| stream.update(piece));
    same("tag of a stream", stream.finish().as_bytes(), &tag)
}

fn length(case: &Case<'_>, name: &str) -> Result<usize, String> {
    usize::try_from(case.number(name)?).map_err(|error| error.to_string())
}

fn kdf(case: &Case<'_>, provider: &dyn Provider) -> Result<(), String> {
    let kdf = must("kdf", provider.kdf())?;
    let out = must("kdf", kdf.x963(&[&case.bytes("z")?], length(case, "klen_bytes")?))?;
    same("key", out.expose(), &case.bytes("out")?)
}

fn pbkdf2(case: &Case<'_>, provider: &dyn Provider) -> Result<(), String> {
    let kdf = must("kdf", provider.kdf())?;
    let rounds = u32::try_from(case.number("iterations")?).map_err(|error| error.to_string())?;
    let (password, salt) = (case.bytes("password")?, case.bytes("salt")?);
    let out = must("pbkdf2", kdf.pbkdf2(&password, &salt, rounds, length(case, "dk_len")?))?;
    same("key", out.expose(), &case.bytes("dk")?)
}

fn hkdf(case: &Case<'_>, provider: &dyn Provider) -> Result<(), String> {
    let kdf = must("kdf", provider.kdf())?;
    let (salt, input, info) = (case.bytes("salt")?, case.bytes("ikm")?, case.bytes("info")?);
    let out = must("hkdf", kdf.hkdf(&salt, &input, &info, length(case, "size")?))?;
    same("key", out.expose(), &case.bytes("okm")?)
}
