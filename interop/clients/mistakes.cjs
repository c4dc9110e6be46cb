// SPDX-License-Identifier: Apache-2.0
// The mistakes that applications make with npm sm-crypto, made on purpose: a file for each.
// node mistakes.cjs: writes into this folder; m.txt is the message, js.key and js.pub the key.
const fs = require('fs')
const crypto = require('crypto')
const { sm2, sm3 } = require('sm-crypto')

const message = fs.readFileSync('m.txt')
const put = (name, data) => fs.writeFileSync(name, data)
const bytes = (hex) => Buffer.from(hex, 'hex')
const pair = sm2.generateKeyPairHex()
put('js.key', pair.privateKey)
put('js.pub', pair.publicKey)
const sign = (data, options) => sm2.doSignature(Array.from(data), pair.privateKey, { publicKey: pair.publicKey, ...options })

// 1. The signer ID.
put('js-id.sig', bytes(sign(message, { der: true, userId: 'ALICE123@YAHOO.COM' })))
put('js-id-tls.sig', bytes(sign(message, { der: true, userId: 'TLSv1.3+GM+Cipher+Suite' })))
// 2. DER or r ‖ s, and hex text as it is printed.
put('js-good.sig', bytes(sign(message, { der: true })))
put('js-raw.sig', bytes(sign(message, {})))
put('js-raw-hex.sig', sign(message, {}))
// 3. The message or its digest.
put('js-prehashed.sig', bytes(sign(bytes(sm3(Array.from(message))), { der: true })))
put('js-digest.sig', bytes(sign(message, { der: true, hash: false })))
put('js-no-z.sig', bytes(sign(bytes(sm3(Array.from(message))), { der: true, hash: false })))
// 4 and 5. The order of a ciphertext, and the 04 in front of it, which sm-crypto leaves out.
const text = Array.from(message)
put('js-new.ct', bytes('04' + sm2.doEncrypt(text, pair.publicKey, 1)))
put('js-old.ct', bytes('04' + sm2.doEncrypt(text, pair.publicKey, 0)))
put('js-new-no-prefix.ct', bytes(sm2.doEncrypt(text, pair.publicKey, 1)))
put('js-old-hex.ct', sm2.doEncrypt(text, pair.publicKey, 0))
// 6. Numbers as toString(16) prints them: without leading zeros.
const short = (hex) => hex.replace(/^0+/, '')
for (;;) {
  const other = sm2.generateKeyPairHex()
  const x = other.publicKey.slice(2, 66)
  if (!x.startsWith('00')) continue
  put('js-zeros.pub', '04' + short(x) + other.publicKey.slice(66))
  put('js-zeros.sig', bytes(sm2.doSignature(text, other.privateKey, { hash: true, der: true, publicKey: other.publicKey })))
  break
}
for (;;) {
  const ciphertext = sm2.doEncrypt(text, pair.publicKey, 1)
  if (!ciphertext.startsWith('00')) continue
  put('js-zeros.ct', bytes('04' + ciphertext.slice(2)))
  break
}
// 10. CertificateVerify over SM3(handshake) as the message, and ServerKeyExchange without the length of
// the encryption certificate.
const handshake = crypto.randomBytes(300)
put('js-handshake.bin', handshake)
put('js-handshake.sig', bytes(sign(bytes(sm3(Array.from(handshake))), { der: true })))
const certificate = crypto.randomBytes(400)
const randoms = crypto.randomBytes(64)
put('js-exchange.bin', Buffer.concat([randoms, Buffer.from([0, 1, 144]), certificate]))
put('js-exchange.sig', bytes(sign(Buffer.concat([randoms, certificate]), { der: true })))
