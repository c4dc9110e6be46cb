// SPDX-License-Identifier: Apache-2.0
//! `gmnode chaincode`: packages (`package`), what organisations agree upon (`agree`), calls (`call`),
//! the sample as a process (`serve`).

mod agree;
mod call;
mod package;
mod serve;

use super::serve::block_on;
use crate::args_chaincode::Chaincode;
use anyhow::Result;
use node::client::{ClientError, Committed};
use proto::protos::TxValidationCode;
use terminal::{Outcome, output};

pub(super) fn run(command: &Chaincode) -> Result<Outcome> {
    block_on(async {
        match command {
            Chaincode::Package(args) => package::package(args),
            Chaincode::Install(args) => package::install(args).await,
            Chaincode::Approve(args) => agree::approve(args).await,
            Chaincode::Check(args) => agree::check(args).await,
            Chaincode::Commit(args) => agree::commit(args).await,
            Chaincode::List(args) => package::list(args).await,
            Chaincode::Invoke(args) => call::invoke(args).await,
            Chaincode::Query(args) => call::query(args).await,
            Chaincode::Serve(args) => serve::serve(args).await,
        }
    })
}

/// That a peer or chaincode says no is an answer.
fn answered<T>(
    result: Result<T, ClientError>,
    show: impl FnOnce(T) -> Result<Outcome>,
) -> Result<Outcome> {
    match result {
        Ok(answer) => show(answer),
        Err(refused @ ClientError::Refused { .. }) => {
            output::line(refused)?;
            Ok(Outcome::No)
        }
        Err(error) => Err(error.into()),
    }
}

/// What became of a transaction.
fn verdict(committed: &Committed) -> Result<Outcome> {
    let Committed { tx_id, block, code, .. } = committed;
    output::remark(format_args!("transaction {tx_id}: {} in block {block}", code.as_str_name()));
    match code {
        TxValidationCode::Valid => Ok(Outcome::Yes),
        _ => Ok(Outcome::No),
    }
}
