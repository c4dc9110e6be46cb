// SPDX-License-Identifier: Apache-2.0
//! `gmca selftest`, `gmca config`, `gmca completions`: what this program is and does here.

use crate::Outcome;
use crate::args::Arguments;
use crate::context::Context;
use crate::output;
use anyhow::Result;
use bccsp::{Engine, EngineChoice, Suite};
use clap::CommandFactory;
use serde_json::json;
use std::sync::Arc;

/// Runs the known-answer tests of every family and engine that this machine has.
pub(crate) fn selftest(ctx: &Context) -> Result<Outcome> {
    let mut rows = Vec::new();
    let mut outcome = Outcome::Yes;
    for suite in Suite::ALL {
        for engine in [Engine::Portable, Engine::Fast] {
            let choice = match engine {
                Engine::Portable => EngineChoice::Portable,
                Engine::Fast => EngineChoice::Fast,
            };
            let entropy: Arc<dyn sys::Entropy> = Arc::new(sys::SystemEntropy);
            let result = bccsp::provider_of(suite, choice, entropy).map(|p| p.self_test());
            let (status, tests, detail) = match result {
                Err(error) => ("not here", Vec::new(), error.to_string()),
                Ok(Ok(tests)) => ("ok", tests, String::new()),
                Ok(Err(error)) => {
                    outcome = Outcome::No;
                    ("FAILED", Vec::new(), error.to_string())
                }
            };
            rows.push((suite, engine, status, tests, detail));
        }
    }
    for (suite, engine, status, tests, detail) in rows {
        if ctx.json {
            output::line(json!({"suite": suite.name(), "engine": engine.name(), "status": status,
                       "tests": tests, "detail": detail}))?;
        } else if tests.is_empty() {
            output::line(format_args!("{suite:<5} {engine:<9} {status}: {detail}"))?;
        } else {
            output::line(format_args!("{suite:<5} {engine:<9} {status}: {}", tests.join(", ")))?;
        }
    }
    Ok(outcome)
}

/// Shows the configuration in force and who computes what.
pub(crate) fn config(ctx: &Context) -> Result<Outcome> {
    let source = ctx.source.as_ref().map(|path| path.display().to_string());
    if ctx.json {
        let engines: Vec<_> = ctx
            .providers
            .iter()
            .map(|provider| {
                let parts: Vec<_> = provider
                    .describe()
                    .iter()
                    .map(|i| json!({"algorithm": i.algorithm, "by": i.by, "level": i.level}))
                    .collect();
                json!({"suite": provider.suite().name(), "engine": provider.engine().name(),
                       "computed": parts})
            })
            .collect();
        output::line(json!({"source": source, "default": ctx.suite().name(), "engines": engines}))?;
        return Ok(Outcome::Yes);
    }
    output::line(format_args!(
        "configuration  {}",
        source.as_deref().unwrap_or("built in (no gmca.yaml here)")
    ))?;
    output::line(format_args!("default suite  {}", ctx.suite()))?;
    for provider in ctx.providers.iter() {
        output::line(format_args!("\n{} ({} engine)", provider.suite(), provider.engine()))?;
        for part in provider.describe() {
            output::line(format_args!("    {:<48} {} ({})", part.algorithm, part.by, part.level))?;
        }
        if let Some(dir) = &ctx.config.family(provider.suite()).key_store {
            output::line(format_args!("    {:<48} {}", "key store", dir.display()))?;
        }
    }
    Ok(Outcome::Yes)
}

/// Prints the completions of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Outcome> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "gmca", &mut text);
    output::line(String::from_utf8(text)?.trim_end())?;
    Ok(Outcome::Yes)
}
