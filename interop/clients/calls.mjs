// SPDX-License-Identifier: Apache-2.0
// An application that calls everything in `contract/contract.js` and knows what must come of it. Says `ok`
// when all was as it should be. `gateway.mjs` says how it is told where, who and what; beside that:
//
// OTHER is `contract/plain.js` on the same channel, CERT_WITH a certificate of the same key with an
// attribute in it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open } from './gateway.mjs';

const { CC, CERT, CERT_WITH, CHANNEL, MSPID, OTHER } = process.env;
const { network, contract, close } = open();
const text = (bytes) => new TextDecoder().decode(bytes);
const first = ['Org1MSP'];
const both = ['Org1MSP', 'Org2MSP'];
const json = (bytes) => (bytes.length === 0 ? null : JSON.parse(text(bytes)));
const read = async (name, ...args) => text(await contract.evaluateTransaction(name, ...args));
const ask = async (name, ...args) => json(await contract.evaluateTransaction(name, ...args));

/** Submits, and what the contract returned. */
async function send(name, ...args) {
    return json(await contract.submitTransaction(name, ...args));
}

/** The verdict on a transaction that these organisations endorsed. */
async function verdict(organizations, name, ...args) {
    const proposal = contract.newProposal(name, { arguments: args, endorsingOrganizations: organizations });
    const commit = await (await proposal.endorse()).submit();
    return (await commit.getStatus()).code;
}

/** The same where something else is committed between endorsement and order. */
async function verdictAfter(between, name, ...args) {
    const endorsed = await contract.newProposal(name, { arguments: args, endorsingOrganizations: both }).endorse();
    await between();
    return (await (await endorsed.submit()).getStatus()).code;
}

/** What the peer says about a call that comes to nothing. */
async function refused(name, ...args) {
    try {
        await contract.evaluateTransaction(name, ...args);
    } catch (error) {
        return error.details?.[0]?.message ?? error.message;
    }
    throw new Error(`${name} succeeded`);
}

async function single() {
    await send('put', 'k', 'v1');
    assert.equal(await read('get', 'k'), 'v1');
    assert.equal(await read('get', 'nobody wrote it'), '');
    const { single: seen, listed } = await send('putThenGet', 'k', 'v2');
    assert.equal(seen, 'v1');
    assert.deepEqual(listed, [['k', 'v1']]);
    await send('remove', 'k');
    assert.equal(await read('get', 'k'), '');
    await send('put', 'k', 'v3');
    // A value of no bytes deletes.
    await send('put', 'k', '');
    assert.equal(await read('get', 'k'), '');
    assert.equal(await read('get', ''), '');
    assert.equal(await verdict(both, 'get', ''), 0);
    assert.match(await read('emptyKey'), /^PUT_STATE failed: transaction ID: [0-9a-f]{64}: a key of no bytes/);
    await send('put', '键', '值🔑');
    assert.equal(await read('get', '键'), '值🔑');
}

async function history() {
    const told = await ask('history', 'k');
    assert.deepEqual(told.map((one) => [one.value, one.isDelete]), [
        ['', true], ['v3', false], ['', true], ['v2', false], ['v1', false],
    ]);
    assert.equal(new Set(told.map((one) => one.txId)).size, 5);
    for (const { txId, seconds } of told) {
        assert.match(txId, /^[0-9a-f]{64}$/);
        assert(Math.abs(Date.now() / 1000 - seconds) < 600);
    }
    assert.deepEqual(await ask('history', 'nobody wrote it'), []);
}

// The official client takes 4 MiB of a message.
async function big() {
    const size = 1 << 20;
    assert.equal(await verdict(first, 'putBig', 'big', String(size)), 0);
    const sum = createHash('sha256').update('x'.repeat(size)).digest('hex');
    assert.deepEqual(await ask('big', 'big'), { size, sum });
    assert.equal((await contract.evaluateTransaction('bigAsItIs', 'big')).length, size);
    // Ranges over values that are more than a message, with one row that is more by itself.
    for (const key of ['big1', 'big2', 'big3', 'big4']) {
        assert.equal(await verdict(first, 'putBig', key, key === 'big2' ? '3500000' : String(size)), 0);
    }
    assert.deepEqual(await ask('rangeUntil', 'big', 'bih', '9'), ['big', 'big1', 'big2', 'big3', 'big4']);
}

async function ranges() {
    await send('fill', 'n', '250');
    const name = (number) => `n${String(number).padStart(4, '0')}`;
    const whole = Array.from({ length: 250 }, (_, number) => [name(number), `v${number}`]);
    const keys = whole.map(([key]) => key);
    assert.deepEqual(await ask('range', 'n0000', 'n9'), whole);
    assert.deepEqual(await ask('range', 'n0000', 'n0100'), whole.slice(0, 100));
    assert.deepEqual(await ask('range', 'n0000', 'n0101'), whole.slice(0, 101));
    assert.deepEqual(await ask('range', 'n0249', 'n9'), whole.slice(249));
    assert.deepEqual(await ask('range', 'x', 'y'), []);
    assert.deepEqual(await ask('range', 'n9', 'n0000'), []);
    assert.deepEqual(await ask('rangeUntil', 'n', 'o', '130'), keys.slice(0, 130));
    assert.equal(await ask('rangesAtOnce', 'n', 'o'), 250);
    // The same as a transaction, which two peers must see alike.
    assert.equal(await verdict(both, 'range', 'n', 'o'), 0);
    const everything = await ask('rangeUntil', '', '', '9999');
    assert(everything.length > 250 && everything.every((key) => !key.startsWith('\0')));
    assert.match(await refused('rangePage', '\0', '', '1', ''), /null character which is not allowed/);
    await pages(keys);
}

async function pages(keys) {
    let [bookmark, found] = ['', []];
    for (const [count, next] of [[100, keys[100]], [100, keys[200]], [50, '']]) {
        const one = await ask('rangePage', 'n', 'o', '100', bookmark);
        assert.deepEqual([one.fetchedRecordsCount, one.bookmark], [count, next]);
        found = found.concat(one.keys);
        bookmark = one.bookmark;
    }
    assert.deepEqual(found, keys);
    const exact = await ask('rangePage', 'n', 'o', '250', '');
    assert.deepEqual([exact.keys.length, exact.fetchedRecordsCount, exact.bookmark], [250, 250, '']);
    const more = await ask('rangePage', 'n', 'o', '1000', keys[249]);
    assert.deepEqual(more, { keys: [keys[249]], fetchedRecordsCount: 1, bookmark: '' });
    // No records and no bookmark are a message of no bytes, which the shim takes for none.
    assert.deepEqual(await ask('rangePage', 'x', 'y', '10', ''), { keys: [] });
    assert.match(await read('pageThenWrite', 'w'), /^PUT_STATE failed: transaction ID: .*pagina/i);
    assert.match(await read('writeThenPage', 'w'), /^GET_STATE_BY_RANGE failed: transaction ID: .*pagina/i);
}

// What was read of a range must be the same when the transaction is committed: all of it, or as far as
// the peer has read for a contract that stopped, which is batches of 100 and one row more.
async function phantoms() {
    await send('fill', 'p', '250');
    const put = (key) => () => send('put', key, '1');
    assert.equal(await verdictAfter(put('elsewhere'), 'range', 'p', 'q'), 0);
    assert.equal(await verdictAfter(put('p0150x'), 'range', 'p', 'q'), 12);
    assert.equal(await verdictAfter(put('p0300'), 'range', 'p', 'q'), 12);
    assert.equal(await verdictAfter(put('p0150y'), 'rangeUntil', 'p', 'q', '130'), 12);
    assert.equal(await verdictAfter(put('p0230x'), 'rangeUntil', 'p', 'q', '130'), 0);
    assert.equal(await verdictAfter(put('p0120'), 'rangeUntil', 'p', 'q', '20'), 0);
    assert.equal(await verdictAfter(put('p0020'), 'get', 'p0020'), 11);
}

async function composite() {
    await send('putParts', '1', 'colour~name', 'blue', 'tom');
    await send('putParts', '2', 'colour~name', 'blue', 'zoe');
    await send('putParts', '3', 'colour~name', 'bluer', 'ann');
    await send('putParts', '4', 'colour~name', 'red', '键');
    const of = (...attributes) => ({ objectType: 'colour~name', attributes });
    const blue = [[of('blue', 'tom'), '1'], [of('blue', 'zoe'), '2']];
    assert.deepEqual(await ask('parts', 'colour~name', 'blue'), blue);
    assert.deepEqual(await ask('parts', 'colour~name'), [
        ...blue, [of('bluer', 'ann'), '3'], [of('red', '键'), '4'],
    ]);
    assert.deepEqual(await ask('parts', 'colour'), []);
    const one = await ask('partsPage', '1', '', 'colour~name', 'blue');
    assert.deepEqual(one, {
        keys: ['\0colour~name\0blue\0tom\0'], fetchedRecordsCount: 1, bookmark: '\0colour~name\0blue\0zoe\0',
    });
    const two = await ask('partsPage', '1', one.bookmark, 'colour~name', 'blue');
    assert.deepEqual(two, { keys: [one.bookmark], fetchedRecordsCount: 1, bookmark: '' });
    const empty = await refused('putParts', '1', 'colour~name', '');
    assert.match(empty, /object type or attribute not a non-zero length string/);
}

// Whoever may endorse for the chaincode is not enough for a key that wants both.
async function policies() {
    assert.equal(await verdict(first, 'put', 'open', '1'), 0);
    assert.equal(await ask('policyOf', 'open'), null);
    assert.equal(await verdict(first, 'put', 'locked', '1'), 0);
    assert.equal(await verdict(first, 'setPolicy', 'locked', ...both), 0);
    assert.deepEqual(await ask('policyOf', 'locked'), both);
    assert.equal(await verdict(first, 'put', 'locked', '2'), 10);
    assert.equal(await verdict(both, 'put', 'locked', '3'), 0);
    // The gateway finds out by itself who must endorse.
    await send('put', 'locked', '4');
    assert.equal(await read('get', 'locked'), '4');
    assert.equal(await verdict(first, 'setPolicy', 'locked', 'Org1MSP'), 10);
    assert.equal(await verdict(both, 'setPolicy', 'locked', 'Org1MSP'), 0);
    assert.equal(await verdict(first, 'put', 'locked', '5'), 0);
}

async function events() {
    const commit = await contract.submitAsync('emit', { arguments: ['told', 'something 键'] });
    const { blockNumber, code, transactionId } = await commit.getStatus();
    assert.equal(code, 0);
    const heard = await network.getChaincodeEvents(CC, { startBlock: blockNumber });
    for await (const event of heard) {
        assert.deepEqual([event.chaincodeName, event.eventName, event.transactionId, text(event.payload)],
            [CC, 'told', transactionId, 'something 键']);
        break;
    }
    heard.close();
}

/** What `plain.js` itself answers to a client. */
async function statuses() {
    const plain = network.getContract(OTHER);
    const status = (number) => plain.submitTransaction('status', number);
    assert.equal(text(await status('200')), 'paid');
    assert.equal(text(await status('399')), 'paid');
    for (const number of ['400', '499', '500', '599']) {
        const says = (error) => error.details[0].message === `chaincode response ${number}, as asked for`;
        await assert.rejects(() => status(number), says);
    }
}

// Of a chaincode that is called by another, nobody hears events.
async function silence() {
    const commit = await contract.submitAsync('call', { arguments: [OTHER, '', 'event', 'called'] });
    const { blockNumber } = await commit.getStatus();
    const plain = network.getContract(OTHER);
    await plain.submitTransaction('event', 'by itself');
    const heard = await network.getChaincodeEvents(OTHER, { startBlock: blockNumber });
    for await (const event of heard) {
        assert.equal(event.eventName, 'by itself');
        break;
    }
    heard.close();
}

// Many at once over one connection.
async function together() {
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    const all = numbers.map(async (number) => {
        const key = `together${number}`;
        if (number % 3 === 0) assert.equal(await verdict(first, 'put', key, key), 0);
        if (number % 3 === 1) assert.equal((await ask('rangeUntil', 'n', 'o', '9999')).length, 250);
        if (number % 3 === 2) assert.equal(await read('get', 'initialised'), 'yes');
    });
    await Promise.all(all);
    assert.equal(await read('get', 'together57'), 'together57');
}

async function others() {
    const paid = { status: 200, message: '', payload: 'put from afar' };
    assert.deepEqual(await send('call', OTHER, '', 'put', 'from afar', '1'), paid);
    const got = { status: 200, message: '', payload: '1' };
    assert.deepEqual(await ask('call', OTHER, '', 'get', 'from afar'), got);
    assert.deepEqual(await ask('call', OTHER, CHANNEL, 'get', 'from afar'), got);
    const proposal = contract.newProposal('call', { arguments: [OTHER, '', 'id'] });
    const same = json(await proposal.evaluate());
    assert.equal(same.payload, `${proposal.getTransactionId()} on ${CHANNEL}`);
    // What it says is the caller's to judge, whatever its status.
    const no = { status: 400, message: 'as asked for', payload: 'paid' };
    assert.deepEqual(await ask('call', OTHER, '', 'status', '400'), no);
    assert.deepEqual(await ask('call', OTHER, '', 'status', '503'), { ...no, status: 503 });
    assert.deepEqual(await ask('call', OTHER, '', 'x'), { status: 500, message: 'no function x', payload: '' });
    assert.match(await read('callRefused', 'nobody', '', 'get'), /^INVOKE_CHAINCODE failed: .*nobody/);
    assert.match(await read('callRefused', OTHER, 'nowhere', 'get'), /^INVOKE_CHAINCODE failed: .*nowhere/);
    assert.equal((await ask('call', 'qscc', '', 'GetChainInfo', CHANNEL)).status, 200);
    assert.match(await read('callRefused', '_lifecycle', '', 'x'), /^INVOKE_CHAINCODE failed: .*_lifecycle/);
    // A chaincode cannot be called while it waits in the same transaction.
    const again = await ask('call', OTHER, '', 'back', CC, 'get', 'k');
    assert.equal(again.status, 500);
    assert.match(again.message, /^INVOKE_CHAINCODE failed: .*exists/);
}

async function about() {
    const before = Math.floor(Date.now() / 1000);
    const transientData = { secret: 'tell nobody', 'other one': '键' };
    const args = ['one', '', '三'];
    const proposal = contract.newProposal('about', { arguments: args, transientData });
    const told = json(await proposal.evaluate());
    const id = proposal.getTransactionId();
    const strings = ['about', ...args];
    assert(told.seconds >= before && told.seconds <= before + 60);
    assert(Math.abs(told.date - told.seconds * 1000) < 1000);
    const { seconds, date, ...rest } = told;
    assert.deepEqual(rest, {
        id,
        channel: CHANNEL,
        peer: MSPID,
        creator: MSPID,
        args: strings,
        strings,
        bytes: strings.map((arg) => Buffer.from(arg).toString('hex')),
        call: { fcn: 'about', params: args },
        rest: args,
        transient: transientData,
        signature: true,
        bound: true,
        headerId: id,
    });
}

async function identities() {
    const plain = await ask('client', 'role', 'auditor');
    assert.equal(plain.organization, MSPID);
    assert.equal(plain.pem, readFileSync(CERT, 'utf8'));
    assert.equal(plain.id, 'x509::/O=Org1/OU=client/CN=client::/O=Org1/CN=Org1 CA');
    assert.deepEqual([plain.attribute, plain.has], [null, false]);
    const auditor = open(CERT_WITH);
    const with_ = async (...args) => json(await auditor.contract.evaluateTransaction('client', ...args));
    const right = await with_('role', 'auditor');
    assert.equal(right.id, 'x509::/O=Org1/OU=client/CN=auditor::/O=Org1/CN=Org1 CA');
    assert.deepEqual([right.attribute, right.has], ['auditor', true]);
    assert.equal((await with_('role', 'clerk')).has, false);
    auditor.close();
}

async function absent() {
    for (const [call, said] of Object.entries(await ask('privately'))) {
        assert.match(said, /_(STATE|RANGE|DATA|HASH|METADATA)(_HASH)? failed: .*private data is not supported: collection `secrets`/, call);
    }
    for (const [call, said] of Object.entries(await ask('richly'))) {
        assert.match(said, /^GET_QUERY_RESULT failed: .*ExecuteQuery not supported/, call);
    }
}

async function failures() {
    assert.match(await refused('fail', 'x'), /chaincode response 500, the contract says no/);
    assert.equal(await read('get', 'x'), '');
    assert.match(await refused('no such function'), /chaincode response 500, You've asked to invoke a function/);
    assert.match(await refused('no:such'), /chaincode response 500, Contract name is not known: no/);
    const metadata = json(await contract.evaluateTransaction('org.hyperledger.fabric:GetMetadata'));
    assert(Object.keys(metadata.contracts).includes('Everything'));
    assert.match(await read('babble'), /^GET_STATE failed: .*the payload is no GetState/);
    assert.match(await refused('garble'), /the chaincode broke the protocol: its response cannot be read/);
    // The first answer of many is taken for that to the one request that the library knows of.
    assert.equal(await read('flood', '1000'), '');
    assert.equal(await read('get', 'initialised'), 'yes');
    // For a transaction that is not there. Whoever asks gets an error, which the shim drops.
    for (const kind of ['GET_STATE', 'PUT_STATE', 'COMPLETED', 'ERROR', 'RESPONSE', 'KEEPALIVE']) {
        assert.equal(await read('lie', kind), 'yes', kind);
    }
}

const parts = [
    single, history, big, ranges, phantoms, composite, policies, events, statuses, silence, others, together,
    about, identities, absent, failures,
];

/** Printed whole, an error of gRPC is pages of bytes. */
function tell(part, error) {
    const details = (error.details ?? []).map(({ address, message }) => `${address}: ${message}`);
    console.error([`${part}: ${error.stack}`, ...details].join('\n'));
    process.exitCode = 1;
}

assert.equal(await read('get', 'initialised'), 'yes');
for (const part of parts) await part().catch((error) => tell(part.name, error));
if (!process.exitCode) console.log('ok');
close();
