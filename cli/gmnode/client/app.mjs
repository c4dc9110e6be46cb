// SPDX-License-Identifier: Apache-2.0
// An application: makes an asset, gives it to somebody else, and reads what everybody agreed on.
//
//   npm install && node --env-file=client.env app.mjs

import { open } from './gateway.mjs';

const { contract, close } = open();
const read = async (id) => {
    const bytes = await contract.evaluateTransaction('ReadAsset', id);
    return JSON.parse(new TextDecoder().decode(bytes));
};

try {
    const id = `asset-${Date.now()}`;
    await contract.submitTransaction('CreateAsset', id, 'blue', '5', 'Zhang', '100');
    console.log('made   ', await read(id));

    const commit = await contract.submitAsync('TransferAsset', { arguments: [id, 'Li'] });
    const status = await commit.getStatus();
    if (!status.successful) throw new Error(`${status.transactionId} has code ${status.code}`);
    console.log('given  ', await read(id), `in block ${status.blockNumber}`);
} finally {
    close();
}
