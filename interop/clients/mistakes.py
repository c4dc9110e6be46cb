# SPDX-License-Identifier: Apache-2.0
# The mistakes that applications make with pip gmssl, made on purpose: a file for each.
# python mistakes.py: writes into this folder; m.txt is the message, py.key and py.pub the key.
import secrets
from gmssl import func, sm2, sm3

N = int(sm2.default_ecc_table['n'], 16)
message = open('m.txt', 'rb').read()


def put(name, data):
    with open(name, 'wb' if isinstance(data, bytes) else 'w') as file:
        file.write(data)


def pair(wanted=lambda point: True):
    """A key whose public point is wanted. The library would lose leading 0 and 4 of others."""
    while True:
        private = '%064x' % (secrets.randbelow(N - 3) + 1)
        point = sm2.CryptSM2(private, '')._kg(int(private, 16), sm2.default_ecc_table['g'])
        if wanted(point):
            return private, point


private, point = pair(lambda point: point[0] not in '04')
put('py.key', private)
put('py.pub', '04' + point)
crypt = sm2.CryptSM2(private, point, mode=1, asn1=True)
raw = sm2.CryptSM2(private, point, mode=1)
old = sm2.CryptSM2(private, point, mode=0)


def nonce():
    return '%064x' % (secrets.randbelow(N - 3) + 1)


put('py-good.sig', bytes.fromhex(crypt.sign_with_sm3(message)))
# 2. r and s in hex, as the library prints them.
put('py-raw-hex.sig', raw.sign_with_sm3(message))
put('py-raw.sig', bytes.fromhex(raw.sign_with_sm3(message)))
# 3. sign() takes its argument for the digest.
put('py-digest.sig', bytes.fromhex(crypt.sign(message, nonce())))
digest = bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(message)))
put('py-no-z.sig', bytes.fromhex(crypt.sign(digest, nonce())))
put('py-prehashed.sig', bytes.fromhex(crypt.sign_with_sm3(digest)))
# 4 and 5. No 04, and an order to be chosen.
put('py-new-no-prefix.ct', raw.encrypt(message))
put('py-old-no-prefix.ct', old.encrypt(message))
put('py-old.ct', b'\x04' + old.encrypt(message))
# 6. Numbers as hex() prints them.
lost, other = pair(lambda point: point.startswith('00'))
put('py-zeros.pub', '04%x%s' % (int(other[:64], 16), other[64:]))
while True:
    signature = raw.sign_with_sm3(message)
    if signature.startswith('00'):
        put('py-zeros.sig', bytes.fromhex(signature[2:]))
        break
# 10. SM3(handshake) as the message.
handshake = secrets.token_bytes(300)
put('py-handshake.bin', handshake)
hashed = bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(handshake)))
put('py-handshake.sig', bytes.fromhex(crypt.sign_with_sm3(hashed)))
