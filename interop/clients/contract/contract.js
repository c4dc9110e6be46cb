// SPDX-License-Identifier: Apache-2.0
// A contract on `fabric-contract-api` that asks its peer everything a stub can ask. What should come of
// it stands in `calls.mjs`.

'use strict';

const { createHash } = require('node:crypto');
const { Contract } = require('fabric-contract-api');
const { KeyEndorsementPolicy } = require('fabric-shim');
const { ChaincodeMessage } = require('@hyperledger/fabric-protos').peer;

/** All of an iterator, closed by `for await`. */
async function all(results, of = ({ key, value }) => [key, value.toString()]) {
    const read = [];
    for await (const one of results) read.push(of(one));
    return read;
}

/** One page, and what stands beside it. */
async function page(answer) {
    const { iterator, metadata } = await answer;
    const keys = [];
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        keys.push(next.value.key);
    }
    await iterator.close();
    return { keys, ...metadata };
}

/** A message that the library would not make. */
function messageOf(ctx, type, { id = ctx.stub.getTxID(), payload = '' }) {
    const message = new ChaincodeMessage();
    message.setType(ChaincodeMessage.Type[type]);
    message.setTxid(id);
    message.setChannelId(ctx.stub.getChannelID());
    message.setPayload(Buffer.from(payload));
    return message;
}

/** Sends one past the library, which would wait for the answer. */
function say(ctx, type, what) {
    ctx.stub.handler._stream.write(messageOf(ctx, type, what));
}

/** The text of the error that a call ends with. */
async function refusal(call) {
    try {
        await call();
    } catch (error) {
        return error.message;
    }
    return '';
}

// The library counts the parameters before a rest parameter and wants as many arguments, no more; so
// who takes any number takes all in one.
class Everything extends Contract {
    async init(ctx, value) {
        await ctx.stub.putState('initialised', value);
    }

    // Keys and values.

    async put(ctx, key, value) {
        await ctx.stub.putState(key, value);
    }

    async get(ctx, key) {
        return (await ctx.stub.getState(key)).toString();
    }

    async remove(ctx, key) {
        await ctx.stub.deleteState(key);
    }

    /** Reads never see the writes of their own transaction. */
    async putThenGet(ctx, key, value) {
        await ctx.stub.putState(key, value);
        const single = (await ctx.stub.getState(key)).toString();
        const listed = await all(ctx.stub.getStateByRange(key, `${key}\u0001`));
        return { single, listed };
    }

    async emptyKey(ctx) {
        return refusal(() => ctx.stub.putState('', 'value'));
    }

    /** A value of that many bytes, all the same. */
    async putBig(ctx, key, size) {
        await ctx.stub.putState(key, Buffer.alloc(Number(size), 'x'));
    }

    async big(ctx, key) {
        const value = await ctx.stub.getState(key);
        return { size: value.length, sum: createHash('sha256').update(value).digest('hex') };
    }

    async bigAsItIs(ctx, key) {
        return (await ctx.stub.getState(key)).toString();
    }

    // Ranges.

    /** Many requests at once: the shim sends them one after the other. */
    async fill(ctx, prefix, count) {
        const name = (number) => prefix + String(number).padStart(4, '0');
        const numbers = Array.from({ length: Number(count) }, (_, number) => number);
        await Promise.all(numbers.map((number) => ctx.stub.putState(name(number), `v${number}`)));
    }

    async range(ctx, start, end) {
        return all(ctx.stub.getStateByRange(start, end));
    }

    /** Leaves a range behind after some rows, which closes it. */
    async rangeUntil(ctx, start, end, count) {
        const keys = [];
        for await (const { key } of ctx.stub.getStateByRange(start, end)) {
            keys.push(key);
            if (keys.length === Number(count)) break;
        }
        return keys;
    }

    /** Two ranges read in turns. */
    async rangesAtOnce(ctx, start, end) {
        const one = await ctx.stub.getStateByRange(start, end);
        const other = await ctx.stub.getStateByRange(start, end);
        let rows = 0;
        for (;;) {
            const [here, there] = [await one.next(), await other.next()];
            if (here.done !== there.done) throw new Error('one range is longer than the other');
            if (here.done) break;
            if (here.value.key !== there.value.key) throw new Error('the ranges differ');
            rows += 1;
        }
        await one.close();
        await other.close();
        // Again: what is closed already is closed without complaint.
        await other.close();
        return rows;
    }

    async rangePage(ctx, start, end, size, bookmark) {
        return page(ctx.stub.getStateByRangeWithPagination(start, end, Number(size), bookmark));
    }

    /** Pages and writes do not go together. */
    async pageThenWrite(ctx, key) {
        await page(ctx.stub.getStateByRangeWithPagination('', '', 1, ''));
        return refusal(() => ctx.stub.putState(key, 'value'));
    }

    async writeThenPage(ctx, key) {
        await ctx.stub.putState(key, 'value');
        return refusal(() => page(ctx.stub.getStateByRangeWithPagination('', '', 1, '')));
    }

    // Composite keys.

    async putParts(ctx, ...[value, type, ...parts]) {
        await ctx.stub.putState(ctx.stub.createCompositeKey(type, parts), value);
    }

    async parts(ctx, ...[type, ...parts]) {
        const found = await all(ctx.stub.getStateByPartialCompositeKey(type, parts));
        return found.map(([key, value]) => [ctx.stub.splitCompositeKey(key), value]);
    }

    async partsPage(ctx, ...[size, bookmark, type, ...parts]) {
        const { stub } = ctx;
        return page(stub.getStateByPartialCompositeKeyWithPagination(type, parts, Number(size), bookmark));
    }

    // History.

    async history(ctx, key) {
        return all(ctx.stub.getHistoryForKey(key), (one) => {
            const { txId, value, isDelete, timestamp } = one;
            return { txId, value: value.toString(), isDelete, seconds: Number(timestamp.seconds) };
        });
    }

    // Policies of keys.

    async setPolicy(ctx, ...[key, ...organizations]) {
        const policy = new KeyEndorsementPolicy();
        policy.addOrgs('PEER', ...organizations);
        await ctx.stub.setStateValidationParameter(key, policy.getPolicy());
    }

    async policyOf(ctx, key) {
        const policy = await ctx.stub.getStateValidationParameter(key);
        return policy ? new KeyEndorsementPolicy(policy).listOrgs().sort() : null;
    }

    // Events, and calls of other chaincodes.

    async emit(ctx, name, payload) {
        await ctx.stub.putState('emitted', name);
        ctx.stub.setEvent('overwritten', Buffer.from('never heard of'));
        ctx.stub.setEvent(name, Buffer.from(payload));
    }

    async call(ctx, ...[chaincode, channel, ...args]) {
        const { status, message, payload } = await ctx.stub.invokeChaincode(chaincode, args, channel);
        return { status, message, payload: payload.toString() };
    }

    async callRefused(ctx, ...[chaincode, channel, ...args]) {
        return refusal(() => ctx.stub.invokeChaincode(chaincode, args, channel));
    }

    // What came with the transaction.

    async about(ctx, ...rest) {
        const { stub } = ctx;
        const { proposal } = stub.getSignedProposal();
        const { nonce, creator_u8: creator } = proposal.header.signatureHeader;
        const epoch = Buffer.alloc(8);
        const bound = createHash('sha256').update(nonce).update(creator).update(epoch).digest('hex');
        return {
            id: stub.getTxID(),
            channel: stub.getChannelID(),
            peer: stub.getMspID(),
            creator: stub.getCreator().mspid,
            args: stub.getArgs(),
            strings: stub.getStringArgs(),
            bytes: stub.getBufferArgs().map((arg) => arg.toString('hex')),
            call: stub.getFunctionAndParameters(),
            rest,
            seconds: stub.getTxTimestamp().seconds.toNumber(),
            date: stub.getDateTimestamp().getTime(),
            transient: Object.fromEntries([...stub.getTransient()].map(([k, v]) => [k, v.toString()])),
            signature: stub.getSignedProposal().signature.length > 0,
            bound: stub.getBinding() === bound,
            headerId: proposal.header.channelHeader.getTxId(),
        };
    }

    async client(ctx, name, value) {
        const { clientIdentity } = ctx;
        return {
            id: clientIdentity.getID(),
            organization: clientIdentity.getMSPID(),
            pem: Buffer.from(clientIdentity.getIDBytes()).toString(),
            attribute: clientIdentity.getAttributeValue(name),
            has: clientIdentity.assertAttributeValue(name, value),
        };
    }

    // What these peers do not do: each call tells the chaincode why.

    async privately(ctx) {
        const { stub } = ctx;
        const calls = {
            get: () => stub.getPrivateData('secrets', 'key'),
            hash: () => stub.getPrivateDataHash('secrets', 'key'),
            put: () => stub.putPrivateData('secrets', 'key', 'value'),
            remove: () => stub.deletePrivateData('secrets', 'key'),
            purge: () => stub.purgePrivateData('secrets', 'key'),
            policy: () => stub.getPrivateDataValidationParameter('secrets', 'key'),
            setPolicy: () => stub.setPrivateDataValidationParameter('secrets', 'key', Buffer.from('')),
            range: () => stub.getPrivateDataByRange('secrets', '', ''),
            parts: () => stub.getPrivateDataByPartialCompositeKey('secrets', 'type', ['part']),
        };
        const said = {};
        for (const [name, call] of Object.entries(calls)) said[name] = await refusal(call);
        return said;
    }

    async richly(ctx) {
        const { stub } = ctx;
        return {
            query: await refusal(() => stub.getQueryResult('{"selector":{}}')),
            page: await refusal(() => stub.getQueryResultWithPagination('{"selector":{}}', 10, '')),
            private: await refusal(() => stub.getPrivateDataQueryResult('secrets', '{"selector":{}}')),
        };
    }

    // What goes wrong.

    async fail(ctx, key) {
        await ctx.stub.putState(key, 'never');
        throw new Error('the contract says no');
    }

    /** Never ends. */
    async hang() {
        await new Promise(() => {});
    }

    /** Takes its time, and says so before: who wants to kill it can. */
    async wait(ctx, milliseconds) {
        console.error(`waits for ${milliseconds} ms`);
        await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
        return 'waited';
    }

    async die() {
        process.kill(process.pid, 'SIGKILL');
        await new Promise(() => {});
    }

    /** Asks and completes for a transaction that is not its own, then goes on with its own. */
    async lie(ctx, type) {
        say(ctx, type, { id: '0'.repeat(64), payload: 'no message at all' });
        return (await ctx.stub.getState('initialised')).toString();
    }

    /** Sends a request of its own that cannot be read. */
    async babble(ctx) {
        const message = messageOf(ctx, 'GET_STATE', { payload: [0xff, 0xff] });
        return refusal(() => ctx.stub.handler._askPeerAndListen(message, 'GetState'));
    }

    /** Ends with a response that cannot be read. */
    async garble(ctx) {
        say(ctx, 'COMPLETED', { payload: [0xff, 0xff] });
        await this.hang();
    }

    /** Sends many requests without waiting for an answer to any. */
    async flood(ctx, count) {
        for (let number = 0; number < Number(count); number++) say(ctx, 'GET_STATE', {});
        return (await ctx.stub.getState('initialised')).toString();
    }
}

module.exports.Everything = Everything;
module.exports.contracts = [Everything];
