// SPDX-License-Identifier: Apache-2.0
//! One file for each command.

mod authorities;
mod ca_init;
mod cms;
mod crl;
mod crypt;
mod doctor;
mod escrow;
mod expiring;
mod hash;
mod info;
mod issue;
mod key;
mod list;
mod msp;
mod p12;
mod pair;
mod profile;
mod quickstart;
mod renew;
mod req;
mod revoke;
mod show;
mod sign;
mod speed;
mod verify;

use crate::Outcome;
use crate::args::{Arguments, Cms, Command, Key, Msp, P12};
use crate::context::Context;
use anyhow::Result;

/// Runs what was typed.
pub(crate) fn run(arguments: Arguments) -> Result<Outcome> {
    if let Command::Completions { shell } = arguments.command {
        return info::completions(shell);
    }
    let ctx = Context::new(&arguments.global)?;
    match arguments.command {
        Command::Quickstart(args) => quickstart::run(&ctx, &args),
        Command::Init(args) => ca_init::run(&ctx, &args),
        Command::Key(Key::New(args)) => key::new(&ctx, &args),
        Command::Key(Key::Show(args)) => key::show(&ctx, &args),
        Command::Key(Key::Convert(args)) => key::convert(&ctx, &args),
        Command::Key(Key::Passwd(args)) => key::passwd(&ctx, &args),
        Command::Req(args) => req::run(&ctx, &args),
        Command::Issue(args) => issue::run(&ctx, &args),
        Command::Pair(args) => pair::run(&ctx, &args),
        Command::Escrow(command) => escrow::run(&ctx, &command),
        Command::Key(Key::Open(args)) => pair::open(&ctx, &args),
        Command::Profile(command) => profile::run(&ctx, &command),
        Command::Show(args) => show::run(&ctx, &args),
        Command::Verify(args) => verify::run(&ctx, &args),
        Command::Revoke(args) => revoke::run(&ctx, &args),
        Command::Release(args) => revoke::release(&ctx, &args),
        Command::Renew(args) => renew::renew(&ctx, &args),
        Command::Rekey(args) => renew::rekey(&ctx, &args),
        Command::Expiring(args) => expiring::run(&ctx, &args),
        Command::Crl(args) => crl::run(&ctx, &args),
        Command::Cas(args) => authorities::cas(&ctx, &args),
        Command::Cross(args) => authorities::cross(&ctx, &args),
        Command::Rollover(args) => authorities::rollover(&ctx, &args),
        Command::List(args) => list::run(&ctx, &args),
        Command::Msp(Msp::Make(args)) => msp::make(&ctx, &args),
        Command::Msp(Msp::Check(args)) => msp::check(&ctx, &args),
        Command::Hash(args) => hash::run(&ctx, &args),
        Command::Sign(args) => sign::sign(&ctx, &args),
        Command::CheckSig(args) => sign::check(&ctx, &args),
        Command::Encrypt(args) => crypt::encrypt(&ctx, &args),
        Command::Decrypt(args) => crypt::decrypt(&ctx, &args),
        Command::Cms(Cms::Sign(args)) => cms::sign(&ctx, &args),
        Command::Cms(Cms::Verify(args)) => cms::verify(&ctx, &args),
        Command::Cms(Cms::Encrypt(args)) => cms::encrypt(&ctx, &args),
        Command::Cms(Cms::Decrypt(args)) => cms::decrypt(&ctx, &args),
        Command::P12(P12::Export(args)) => p12::export(&ctx, &args),
        Command::P12(P12::Import(args)) => p12::import(&ctx, &args),
        Command::Doctor(args) => doctor::run(&ctx, &args),
        Command::Speed(args) => speed::run(&ctx, &args),
        Command::Selftest => info::selftest(&ctx),
        Command::Config => info::config(&ctx),
        Command::Completions { shell } => info::completions(shell),
    }
}
