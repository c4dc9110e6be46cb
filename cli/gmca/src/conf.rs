// SPDX-License-Identifier: Apache-2.0
//! `--openssl-conf`: the file, its section, and what to do with what RFC 5280 forbids.

use crate::args::OpensslConf as Args;
use crate::context::Context;
use crate::files;
use anyhow::{Context as _, Result};
use bccsp::Suite;
use ca::Shape;
use ca::openssl_conf::{Leniency, OpensslConf};

/// A configuration file that was named, and the section that was chosen in it.
pub(crate) struct Conf {
    pub(crate) conf: OpensslConf,
    pub(crate) section: String,
    pub(crate) leniency: Leniency,
}

impl Conf {
    /// Reads the file, if one was named. Of a request the section is the one for requests.
    pub(crate) fn read(ctx: &Context, args: &Args, request: bool) -> Result<Option<Self>> {
        let Some(path) = &args.openssl_conf else { return Ok(None) };
        let name = path.display().to_string();
        let text = String::from_utf8(files::read(path)?)
            .with_context(|| format!("{name}: is not UTF-8 text"))?;
        let conf = OpensslConf::parse(&text, &name, &|variable| std::env::var(variable).ok())?;
        let section = conf.extension_section(args.section.as_deref(), request)?.to_owned();
        let leniency = match (args.as_openssl, args.strict) {
            (true, _) => Leniency::Keep,
            (_, true) => Leniency::Refuse,
            _ => Leniency::Drop,
        };
        note_digest(ctx, &conf);
        Ok(Some(Self { conf, section, leniency }))
    }

    /// What a certificate from this file looks like.
    pub(crate) fn into_shape(self) -> Shape {
        let Self { conf, section, leniency } = self;
        Shape::Conf { conf, section, leniency }
    }
}

/// The digest goes with the key here; a file that asks for another one is told so.
fn note_digest(ctx: &Context, conf: &OpensslConf) {
    let own = ctx.suite().hash_algorithm().name();
    let Some(entry) = conf.get("req", "default_md") else { return };
    let asked = entry.value.to_ascii_lowercase().replace('-', "");
    let family = |suite: Suite| suite.hash_algorithm().name().to_ascii_lowercase().replace('-', "");
    if asked != family(ctx.suite()) && asked != "default" {
        let place = format!("{}:{}", conf.file(), entry.line);
        ctx.say(format!("{place}: default_md = {}: noted, {own} is used", entry.value));
    }
}
