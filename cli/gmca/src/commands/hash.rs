// SPDX-License-Identifier: Apache-2.0
//! `gmca hash`: digests of files, in the layout of `sha256sum`.

use crate::Outcome;
use crate::args::Hash;
use crate::context::Context;
use crate::files;
use crate::output;
use anyhow::{Context as _, Result};
use bccsp::Digest;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Read piece by piece, so that a file of any size fits.
const PIECE: usize = 1 << 18;

pub(crate) fn run(ctx: &Context, args: &Hash) -> Result<Outcome> {
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    let algorithm = ctx.suite().hash_algorithm().name();
    for path in files {
        let digest = digest_of(ctx, path)?;
        if ctx.json {
            let file = path.display().to_string();
            output::line(
                json!({"file": file, "algorithm": algorithm, "digest": digest.to_string()}),
            )?;
        } else {
            output::line(format_args!("{digest}  {}", path.display()))?;
        }
    }
    Ok(Outcome::Yes)
}

fn digest_of(ctx: &Context, path: &Path) -> Result<Digest> {
    let mut stream = ctx.providers.default_provider().hash()?.start();
    files::each_piece(path, PIECE, &mut |piece| stream.update(piece))
        .with_context(|| path.display().to_string())?;
    Ok(stream.finish())
}
