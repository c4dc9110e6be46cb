// SPDX-License-Identifier: Apache-2.0
//! What listeners hear of a block: events of a chaincode, and the block without its contents.

use block::{Block, Envelope};
use proto::Bytes;
use proto::common::HeaderType;
use proto::protos::{
    ChaincodeEvent, FilteredBlock, FilteredChaincodeAction, FilteredTransaction,
    FilteredTransactionActions, TxValidationCode, filtered_transaction,
};

/// The events of a chaincode in a block, of valid transactions, in their order.
#[must_use]
pub fn chaincode_events(block: &Block, chaincode: &str) -> Vec<ChaincodeEvent> {
    let valid = block
        .entries()
        .iter()
        .enumerate()
        .filter(|(at, _)| block.metadata().verdict(*at) == Some(TxValidationCode::Valid));
    let events = valid.filter_map(|(_, entry)| event(&Envelope::open(entry.clone()).ok()?));
    events.filter(|event| event.chaincode_id == chaincode).collect()
}

/// The block with ids, types and verdicts alone; of events, without what they carry.
#[must_use]
pub fn filtered(channel: &str, block: &Block) -> FilteredBlock {
    let entries = block.entries().iter().enumerate();
    let transactions = entries.map(|(at, entry)| {
        let code = block.metadata().verdict(at).unwrap_or(TxValidationCode::NotValidated);
        transaction(entry, code)
    });
    FilteredBlock {
        channel_id: channel.to_owned(),
        number: block.number(),
        filtered_transactions: transactions.collect(),
    }
}

fn transaction(entry: &Bytes, code: TxValidationCode) -> FilteredTransaction {
    let tx_validation_code = code.into();
    let Ok(envelope) = Envelope::open(entry.clone()) else {
        return FilteredTransaction { tx_validation_code, ..FilteredTransaction::default() };
    };
    let header = envelope.headers().channel_header();
    let is_endorsed = envelope.headers().kind() == Some(HeaderType::EndorserTransaction);
    let actions = is_endorsed.then(|| {
        let named = event(&envelope).map(|event| ChaincodeEvent { payload: Bytes::new(), ..event });
        let action = named.map(|event| FilteredChaincodeAction { chaincode_event: Some(event) });
        let chaincode_actions = action.into_iter().collect();
        filtered_transaction::Data::TransactionActions(FilteredTransactionActions {
            chaincode_actions,
        })
    });
    FilteredTransaction {
        txid: header.tx_id.clone(),
        r#type: header.r#type,
        tx_validation_code,
        data: actions,
    }
}

fn event(envelope: &Envelope) -> Option<ChaincodeEvent> {
    let transaction = envelope.transaction().ok()?;
    transaction.action().ok()?.event().ok()?
}
