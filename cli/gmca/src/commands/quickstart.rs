// SPDX-License-Identifier: Apache-2.0
//! `gmca quickstart`: a root CA, a user with key, request and certificate, and an MSP folder, in a
//! fresh folder that appears when all of it is there.

use crate::Outcome;
use crate::args::Quickstart;
use crate::context::Context;
use crate::files;
use crate::interrupt::Interrupt;
use crate::output;
use anyhow::{Context as _, Result, anyhow, bail};
use bccsp::encoding::private_key;
use bccsp::{SigningKey, Suite};
use ca::{Authority, NewCa, Order, Profile};
use msp::{Contents, MspFolder, Severity};
use pki::path::{Options, Verifier};
use pki::{Certificate, Name, RequestBuilder};
use serde_json::json;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Disk, StagedFolder, SystemDisk};

const CA_SUBJECT: &str = "/C=CN/ST=北京/L=北京市/O=Org1/CN=Root";
const USER_SUBJECT: &str =
    "/C=CN/ST=北京/L=北京市/O=Org1/CN=张伟/emailAddress=zhangwei@org1.example";

/// What was made, for the last lines.
struct Made {
    root: Certificate,
    user: Certificate,
}

pub(crate) fn run(ctx: &Context, args: &Quickstart) -> Result<Outcome> {
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => files::next_free(Path::new("quickstart")),
    };
    let _later = Interrupt::deferred()?;
    let staged = StagedFolder::start(Arc::new(SystemDisk), &dir, Access::Public);
    let staged = staged.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            anyhow!("{}: exists and is not empty; name another folder with --dir", dir.display())
        }
        _ => anyhow::Error::new(error).context(dir.display().to_string()),
    })?;
    let made = make(ctx, staged.path())?;
    staged.finish().with_context(|| dir.display().to_string())?;
    report(ctx, &dir, &made)?;
    Ok(Outcome::Yes)
}

/// Walks the whole way: sections 3 and 4 of the tutorial.
fn make(ctx: &Context, dir: &Path) -> Result<Made> {
    // Its tutorial allows one CA below the root, so this does.
    let root_profile = Profile::named("root-ca").context("no such profile")?.with_path_len(Some(1));
    let new = NewCa {
        shape: root_profile.into(),
        suite: Some(ctx.suite()),
        ..NewCa::root(Name::parse(CA_SUBJECT)?)
    };
    let (authority, _) = Authority::init(&ctx.ca_host(), &dir.join("ca"), &new)?;
    let root = authority.certificate().clone();

    let key = ctx.providers.default_provider().generate_signing_key()?;
    let request = RequestBuilder::new(&Name::parse(USER_SUBJECT)?).sign(key.as_ref())?;
    let user_profile = Profile::named("user").context("no such profile")?;
    let issued = authority.issue(&Order::new(request.clone(), user_profile))?;
    let user = issued.certificate;

    let files = dir.join("user");
    SystemDisk.create_dir(&files, Access::Private)?;
    let pem = private_key::encode(&key.export()?)?;
    let write = |name: &str, bytes: &[u8], access| {
        let path = files.join(name);
        SystemDisk.create(&path, bytes, access).with_context(|| path.display().to_string())
    };
    write("user.key", pem.expose(), Access::Private)?;
    write("user.csr", request.to_pem().as_bytes(), Access::Public)?;
    write("user.crt", user.to_pem().as_bytes(), Access::Public)?;

    let verifier = Verifier::new(&ctx.providers, [root.clone()], [], []);
    verifier.verify(&user, &Options::at(ctx.now())).map_err(|failure| anyhow!("{failure}"))?;
    make_msp(ctx, dir, &root, &user, key.as_ref())?;
    let config = config_text(ctx.suite());
    SystemDisk.create(&dir.join("gmca.yaml"), config.as_bytes(), Access::Public)?;
    Ok(Made { root, user })
}

fn make_msp(
    ctx: &Context,
    dir: &Path,
    root: &Certificate,
    user: &Certificate,
    key: &dyn SigningKey,
) -> Result<()> {
    let contents = Contents {
        admins: vec![user.clone()],
        signer: Some(user.clone()),
        key: Some(key.export()?),
        ..Contents::new(vec![root.clone()])
    };
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    let path = dir.join("msp");
    contents.write(&disk, &ctx.providers, &path)?;
    let folder = MspFolder::read(disk.as_ref(), &ctx.providers, &path)?;
    let findings = folder.check(&ctx.providers, ctx.now())?;
    if let Some(finding) = findings.iter().find(|f| f.severity == Severity::Error) {
        bail!("{finding}");
    }
    let verdict = folder.msp(&ctx.providers)?.is_admin(user)?;
    if !verdict.is_yes() {
        bail!("{verdict}");
    }
    Ok(())
}

/// The configuration that makes more of the same here.
fn config_text(suite: Suite) -> String {
    let default = match suite {
        Suite::Gm => "GM",
        Suite::Nist => "SW",
    };
    format!(
        "# Which family of algorithms new keys and certificates are made in.\n\
         BCCSP:\n  Default: {default}     # GM: SM2, SM3, SM4.  SW: P-256, SHA-256, AES.\n"
    )
}

fn report(ctx: &Context, dir: &Path, made: &Made) -> Result<()> {
    let kind = |certificate: &Certificate| certificate.signature_algorithm().name();
    if ctx.json {
        output::line(json!({"dir": dir, "suite": ctx.suite().name(),
                   "ca": made.root.subject().to_string(),
                   "user": made.user.subject().to_string(),
                   "serial": made.user.serial_hex(),
                   "signature_algorithm": kind(&made.user)}))?;
        return Ok(());
    }
    if ctx.quiet {
        return Ok(());
    }
    let at = dir.display();
    output::line(format_args!(
        "{at}/ca          root CA   {}, until {}\n\
         {at}/user        user.key, user.csr and user.crt: {}, until {}\n\
         {at}/msp         MSP folder; the user is its admin\n\
         {at}/gmca.yaml   the configuration: {} suite\n\n\
         Signed with {}; user.crt verifies against ca/ca.crt. Look at it:\n  \
         gmca show {at}/user/user.crt",
        made.root.subject().oneline(),
        made.root.not_after().openssl(),
        made.user.subject().oneline(),
        made.user.not_after().openssl(),
        ctx.suite(),
        kind(&made.user),
    ))?;
    Ok(())
}
