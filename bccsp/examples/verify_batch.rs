// SPDX-License-Identifier: Apache-2.0
//! A batch of signatures of both families, one of them wrong: each gets its own verdict, in order.

use gmca_bccsp::{Context, EngineChoice, Error, Job, Providers, Suite};

fn main() -> Result<(), Error> {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?;
    let message: &[&[u8]] = &[b"transfer 5 to bob"];
    let mut signed = Vec::new();
    for provider in providers.iter().chain(providers.iter()) {
        let key = provider.generate_signing_key()?;
        let signature = key.sign(Context::Fabric, message)?.into_vec();
        signed.push((key.verifying_key().clone(), signature));
    }
    // The third one is changed in its last byte.
    if let Some(byte) = signed.get_mut(2).and_then(|(_, signature)| signature.last_mut()) {
        *byte ^= 1;
    }

    let ctx = Context::Fabric;
    let jobs: Vec<Job<'_>> = signed
        .iter()
        .map(|(key, signature)| Job { key: &**key, ctx, message, signature })
        .collect();
    for (job, verdict) in jobs.iter().zip(providers.verify_many(&jobs)) {
        let algorithm = job.key.signature_algorithm().name();
        match verdict {
            Ok(()) => println!("{algorithm:20} ok"),
            Err(error) => println!("{algorithm:20} {error}"),
        }
    }
    Ok(())
}
