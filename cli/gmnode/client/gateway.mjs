// SPDX-License-Identifier: Apache-2.0
// The way to a network with Fabric's own client. Only the signer and `hash.none` tell the two families
// apart; what an application does with the gateway is the same in both, and the same as on Fabric.
//
// PEER, TLS_CA, MSPID, CERT, KEY, CHANNEL, CC, SUITE say where, who and what: see client.env.

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { connect, hash, signers } from '@hyperledger/fabric-gateway';
import sm from 'sm-crypto';

const { PEER, TLS_CA, MSPID, CERT, KEY, CHANNEL, CC, SUITE } = process.env;
for (const name of ['PEER', 'TLS_CA', 'MSPID', 'CERT', 'KEY', 'CHANNEL', 'CC', 'SUITE']) {
    if (!process.env[name]) throw new Error(`${name} is not set; node --env-file=client.env sets it`);
}

const identityOf = (certificate) => ({ mspId: MSPID, credentials: readFileSync(certificate) });

export const identity = identityOf(CERT);

// With SM2 the whole message goes to the signer: its signature is over the signer's identity and public
// key as well, so nobody else can hash for it.
export const digest = SUITE === 'gm' ? hash.none : hash.sha256;

export function newSigner() {
    const pem = readFileSync(KEY, 'utf8');
    return SUITE === 'gm' ? sm2Signer(pem) : signers.newPrivateKeySigner(createPrivateKey(pem));
}

// Node's own crypto signs under an empty identity; this library knows the standard one (GM/T 0009).
function sm2Signer(pem) {
    const [, base64] = pem.match(/-----BEGIN PRIVATE KEY-----([^-]+)-----END/);
    const der = Buffer.from(base64, 'base64');
    // PKCS #8 around SEC 1: version 1, then the key in 32 bytes.
    const at = der.indexOf(Buffer.from([2, 1, 1, 4, 32]));
    if (at < 0) throw new Error(`${KEY} is no SM2 key in PKCS #8`);
    const key = der.subarray(at + 5, at + 37).toString('hex');
    const publicKey = sm.sm2.getPublicKeyFromPrivateKey(key);
    const options = { hash: true, der: true, publicKey, userId: '1234567812345678' };
    return async (message) => Buffer.from(sm.sm2.doSignature([...message], key, options), 'hex');
}

const within = (seconds) => () => ({ deadline: Date.now() + seconds * 1000 });

// A gateway, its channel and its chaincode; `close` when nothing is wanted any more. The key may have
// several certificates.
export function open(certificate = CERT) {
    const client = new grpc.Client(PEER, grpc.credentials.createSsl(readFileSync(TLS_CA)));
    const gateway = connect({
        client,
        identity: identityOf(certificate),
        signer: newSigner(),
        hash: digest,
        evaluateOptions: within(20),
        endorseOptions: within(20),
        submitOptions: within(20),
        commitStatusOptions: within(60),
    });
    const network = gateway.getNetwork(CHANNEL);
    const close = () => {
        gateway.close();
        client.close();
    };
    return { client, gateway, network, contract: network.getContract(CC), close };
}
