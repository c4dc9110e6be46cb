// SPDX-License-Identifier: Apache-2.0
// What Fabric's own client asks of a network, and what it must be told: values, refusals, conflicts,
// transactions signed elsewhere, events. Runs beside the example (`gateway.mjs`), from which it takes
// the way to the network. Says `ok` when all was as it should be.

import assert from 'node:assert/strict';
import * as grpc from '@grpc/grpc-js';
import { connect } from '@hyperledger/fabric-gateway';
import { digest, identity, newSigner, open } from './gateway.mjs';

const { CHANNEL, CC } = process.env;
const text = (bytes) => new TextDecoder().decode(bytes);
const { client, gateway, network, contract, close } = open();
const asset = `asset${Date.now()}`;

async function values() {
    await contract.submitTransaction('CreateAsset', asset, 'blue', '5', 'Zhang', '100');
    const read = JSON.parse(text(await contract.evaluateTransaction('ReadAsset', asset)));
    assert.equal(read.Owner, 'Zhang');
    const commit = await contract.submitAsync('TransferAsset', { arguments: [asset, 'Li'] });
    const status = await commit.getStatus();
    assert.equal(status.code, 0);
    return status.blockNumber;
}

async function refusals() {
    const unknown = () => contract.submitTransaction('ReadAsset', 'no such asset');
    await assert.rejects(unknown, (error) => {
        assert.equal(error.name, 'EndorseError');
        assert.equal(error.code, grpc.status.ABORTED);
        assert.match(error.details[0].message, /chaincode response 500/);
        return true;
    });
    const asked = () => contract.evaluateTransaction('ReadAsset', 'no such asset');
    await assert.rejects(asked, (error) => error.code === grpc.status.UNKNOWN);
    const nowhere = gateway.getNetwork('nowhere').getContract(CC);
    const elsewhere = () => nowhere.evaluateTransaction('ReadAsset', asset);
    await assert.rejects(elsewhere, (error) => error.code === grpc.status.FAILED_PRECONDITION);
}

// Two of the same state: the one that comes second has read what the first has written.
async function conflict() {
    const proposal = (owner) => contract.newProposal('TransferAsset', { arguments: [asset, owner] });
    const one = await proposal('one').endorse();
    const other = await proposal('other').endorse();
    const commits = [await one.submit(), await other.submit()];
    const codes = [];
    for (const commit of commits) codes.push((await commit.getStatus()).code);
    assert.deepEqual(codes, [0, 11]);
}

// Signed elsewhere, as by a device that has the key and no network.
async function offline() {
    const sign = newSigner();
    const none = connect({ client, identity, hash: digest });
    const away = none.getNetwork(CHANNEL).getContract(CC);
    const unsigned = away.newProposal('TransferAsset', { arguments: [asset, 'away'] });
    const proposal = none.newSignedProposal(unsigned.getBytes(), await sign(unsigned.getDigest()));
    const endorsed = await proposal.endorse();
    const transaction = none.newSignedTransaction(endorsed.getBytes(), await sign(endorsed.getDigest()));
    const submitted = await transaction.submit();
    const commit = none.newSignedCommit(submitted.getBytes(), await sign(submitted.getDigest()));
    assert.equal((await commit.getStatus()).code, 0);
    none.close();
}

// What came of it, told again from block 0, from an event on, and block by block.
async function events(block) {
    const first = await network.getChaincodeEvents(CC, { startBlock: block });
    let last;
    for await (const event of first) {
        last = event;
        break;
    }
    first.close();
    const checkpoint = { getBlockNumber: () => last.blockNumber, getTransactionId: () => last.transactionId };
    const behind = await network.getChaincodeEvents(CC, { checkpoint });
    for await (const event of behind) {
        assert.notEqual(event.transactionId, last.transactionId);
        break;
    }
    behind.close();
    const filtered = await network.getFilteredBlockEvents({ startBlock: 0n });
    let number = 0;
    for await (const told of filtered) {
        assert.equal(Number(told.getNumber()), number);
        if (++number > block) break;
    }
    filtered.close();
    const whole = await network.getBlockEvents({ startBlock: block });
    for await (const told of whole) {
        assert.equal(told.getHeader().getNumber(), Number(block));
        break;
    }
    whole.close();
}

try {
    const block = await values();
    await refusals();
    await conflict();
    await offline();
    await events(block);
    console.log('ok');
} finally {
    close();
}
