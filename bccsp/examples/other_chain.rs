// SPDX-License-Identifier: Apache-2.0
//! Another chain on this border: `cargo run --example other_chain -- gm` (or `nist`).
//! The family is one argument; nothing below it names an algorithm.

use gmca_bccsp::{Context, Digest, EngineChoice, Error, Job, Providers, Suite};

fn main() -> Result<(), Error> {
    let suite = match std::env::args().nth(1).as_deref() {
        Some("nist") => Suite::Nist,
        _ => Suite::Gm,
    };
    let providers = Providers::new(suite, EngineChoice::Auto)?;
    let provider = providers.default_provider();

    let proposer = provider.generate_signing_key()?;
    let ctx = Context::SignerId(b"other-chain");
    let mut head = Digest::new([0; 32]);
    let mut blocks = Vec::new();
    for height in 0..3u32 {
        let block = [&height.to_be_bytes(), head.as_ref()].concat();
        head = provider.hash()?.digest(&[&block]);
        blocks.push((proposer.sign(ctx, &[&block])?, block));
    }

    let parts: Vec<[&[u8]; 1]> = blocks.iter().map(|(_, block)| [&block[..]]).collect();
    let key = &**proposer.verifying_key();
    let jobs: Vec<Job<'_>> = (blocks.iter().zip(&parts))
        .map(|((signature, _), part)| Job {
            key,
            ctx,
            message: part,
            signature: signature.as_ref(),
        })
        .collect();
    let valid = providers.verify_many(&jobs).iter().all(Result::is_ok);
    println!("{suite}: head {head}, all valid: {valid}");
    Ok(())
}
