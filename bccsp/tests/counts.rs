// SPDX-License-Identifier: Apache-2.0
//! What is counted of signatures. One test, as the counters are of the whole process.
#![cfg(all(feature = "std", feature = "nist", feature = "gm"))]

use gmca_bccsp::{Context, EngineChoice, Job, Operations, Providers, Suite, operations};

fn since(before: Operations) -> [u64; 3] {
    let now = operations();
    [now.signed - before.signed, now.verified - before.verified, now.together - before.together]
}

#[test]
fn signatures_are_counted_alone_and_together() {
    for suite in Suite::ALL {
        let providers = Providers::new(suite, EngineChoice::Auto).unwrap();
        let key = providers.default_provider().generate_signing_key().unwrap();
        let public = key.verifying_key().as_ref();
        let parts: &[&[u8]] = &[b"message"];
        let before = operations();
        let good = key.sign(Context::Fabric, parts).unwrap();
        public.verify(Context::Fabric, parts, good.as_ref()).unwrap();
        assert_eq!(since(before), [1, 1, 0], "{suite}: alone");

        let job =
            Job { key: public, ctx: Context::Fabric, message: parts, signature: good.as_ref() };
        let broken = Job { signature: b"no signature", ..job };
        for (jobs, expected, what) in [
            (&[job; 3][..], [0, 3, 3], "a batch"),
            (&[job], [0, 1, 0], "a batch of one is judged alone"),
            (&[job, broken, job], [0, 3, 2], "one that has not the form is not computed"),
        ] {
            let before = operations();
            let _ = providers.verify_many(jobs);
            assert_eq!(since(before), expected, "{suite}: {what}");
        }
    }
}
