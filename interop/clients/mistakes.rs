// SPDX-License-Identifier: Apache-2.0
//! What applications hand out that use the crates smcrypto and libsm: a file for each, in this folder.
use libsm::sm2::{encrypt::EncryptCtx, signature::SigCtx};
use smcrypto::sm2;
use std::fs::write;

fn main() {
    let message = std::fs::read("m.txt").expect("the message");
    let (private, public) = sm2::gen_keypair();
    write("sc.key", &private).expect("a file");
    write("sc.pub", &public).expect("a file");
    let sign = sm2::Sign::new(&private);
    write("sc.sig", sign.sign(&message)).expect("a file");
    write("sc-raw.sig", sign.sign_raw(&message)).expect("a file");
    let encrypt = sm2::Encrypt::new(&public);
    write("sc-new.ct", encrypt.encrypt(&message)).expect("a file");
    write("sc-old.ct", encrypt.encrypt_c1c2c3(&message)).expect("a file");
    write("sc-asn1.ct", encrypt.encrypt_asna1(&message)).expect("a file");
    write("sc-hex.ct", encrypt.encrypt_hex(&message)).expect("a file");

    let ctx = SigCtx::new();
    let (point, number) = ctx.new_keypair().expect("a key");
    write("ls.pub", ctx.serialize_pubkey(&point, false).expect("a point")).expect("a file");
    write("ls.key", hex(&ctx.serialize_seckey(&number).expect("a number"))).expect("a file");
    let signature = ctx.sign(&message, &number, &point).expect("a signature");
    write("ls.sig", signature.der_encode()).expect("a file");
    let sealed = EncryptCtx::new(message.len(), point).encrypt(&message).expect("a ciphertext");
    write("ls.ct", sealed).expect("a file");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
