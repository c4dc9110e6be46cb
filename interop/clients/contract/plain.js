// SPDX-License-Identifier: Apache-2.0
// A chaincode on `fabric-shim` alone, without a contract around it, for others to call. It is a service
// without TLS.
//
// CHAINCODE_ID and CHAINCODE_SERVER_ADDRESS say who it is and where it listens.

'use strict';

const shim = require('fabric-shim');

class Plain {
    async Init() {
        return shim.error('nobody asked for it');
    }

    /** What is thrown from here nobody catches, and the peer would wait in vain. */
    async Invoke(stub) {
        return this.run(stub).catch((error) => shim.error(error.message));
    }

    async run(stub) {
        const { fcn, params } = stub.getFunctionAndParameters();
        switch (fcn) {
            case 'put':
                await stub.putState(params[0], params[1]);
                return shim.success(Buffer.from(`put ${params[0]}`));
            case 'get':
                return shim.success(await stub.getState(params[0]));
            case 'id':
                return shim.success(Buffer.from(`${stub.getTxID()} on ${stub.getChannelID()}`));
            case 'back':
                return this.back(stub, params);
            case 'event':
                await stub.putState('event', params[0]);
                stub.setEvent(params[0], Buffer.from('payload'));
                return shim.success();
            case 'status':
                return { status: Number(params[0]), message: 'as asked for', payload: Buffer.from('paid') };
            default:
                return shim.error(`no function ${fcn}`);
        }
    }

    /** Calls whoever is named, who may be the caller. */
    async back(stub, params) {
        const { status, message, payload } = await stub.invokeChaincode(params[0], params.slice(1), '');
        return { status, message, payload };
    }
}

const { CHAINCODE_ID: ccid, CHAINCODE_SERVER_ADDRESS: address } = process.env;
shim.server(new Plain(), { ccid, address }).start();
