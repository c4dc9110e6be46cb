# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Digests, signatures and encryption of files, in both families, both ways.

head -c 300000 /dev/urandom >data
printf 'a session key of 32 bytes: 012345' >small
head -c 32 small >key
: >empty

# Digests.
for file in data empty; do
    openssl dgst -sha256 -r $file | cut -d' ' -f1 >want && nist hash $file | cut -d' ' -f1 >have
    same "SHA-256 of $file" want have
    openssl dgst -sm3 -r $file | cut -d' ' -f1 >want && gm hash $file | cut -d' ' -f1 >have
    same "SM3 of $file" want have
done

# P-256 signatures: `openssl dgst`.
yes "gmca makes a P-256 key" nist key new --out p256.key
yes "gmca writes its public key" nist key convert p256.key --to public --out p256.pub
yes "gmca signs" nist sign --key p256.key data --out gmca.sig
yes "openssl verifies gmca's signature" \
    openssl dgst -sha256 -verify p256.pub -signature gmca.sig data
fails "but over another file" openssl dgst -sha256 -verify p256.pub -signature gmca.sig small
yes "openssl signs" openssl dgst -sha256 -sign p256.key -out openssl.sig data
yes "gmca verifies openssl's signature" \
    nist check-sig --public-key p256.pub --signature openssl.sig data
exits 1 "but over another file" \
    nist check-sig --public-key p256.pub --signature openssl.sig small

# SM2 signatures: `openssl pkeyutl -rawin`, which hashes the ID and the public key in front.
sm2=(-rawin -digest sm3 -pkeyopt)
yes "gmca makes an SM2 key" gm key new --out sm2.key
yes "gmca writes its public key" gm key convert sm2.key --to public --out sm2.pub
yes "gmca signs" gm sign --key sm2.key data --out sm2-gmca.sig
yes "openssl verifies gmca's SM2 signature" openssl pkeyutl -verify -pubin -inkey sm2.pub \
    -in data -sigfile sm2-gmca.sig "${sm2[@]}" "$distid"
fails "but not under another ID" openssl pkeyutl -verify -pubin -inkey sm2.pub \
    -in data -sigfile sm2-gmca.sig "${sm2[@]}" distid:somebody
yes "openssl signs" openssl pkeyutl -sign -inkey sm2.key -in data -out sm2-openssl.sig \
    "${sm2[@]}" "$distid"
yes "gmca verifies openssl's SM2 signature" \
    gm check-sig --public-key sm2.pub --signature sm2-openssl.sig data
exits 1 "but over another file" \
    gm check-sig --public-key sm2.pub --signature sm2-openssl.sig small
yes "gmca signs under another ID" gm sign --key sm2.key --id ALICE123@YAHOO.COM data --out id.sig
yes "openssl verifies that" openssl pkeyutl -verify -pubin -inkey sm2.pub -in data \
    -sigfile id.sig "${sm2[@]}" distid:ALICE123@YAHOO.COM
yes "openssl signs under another ID" openssl pkeyutl -sign -inkey sm2.key -in data \
    -out id-openssl.sig "${sm2[@]}" distid:ALICE123@YAHOO.COM
yes "gmca verifies that" gm check-sig --public-key sm2.pub --id ALICE123@YAHOO.COM \
    --signature id-openssl.sig data
exits 1 "but not under the usual ID" \
    gm check-sig --public-key sm2.pub --signature id-openssl.sig data

# SM2 encryption: `openssl pkeyutl`, in the standard's ASN.1 form.
yes "gmca encrypts" gm encrypt --raw --to sm2.pub key --out gmca.enc
yes "openssl decrypts gmca's" openssl pkeyutl -decrypt -inkey sm2.key -in gmca.enc -out key.openssl
same "what gmca encrypted" key key.openssl
yes "openssl encrypts" openssl pkeyutl -encrypt -pubin -inkey sm2.pub -in key -out openssl.enc
yes "gmca decrypts openssl's" gm decrypt --raw --key sm2.key openssl.enc --out key.gmca
same "what openssl encrypted" key key.gmca
cp openssl.enc cut.enc
truncate -s -1 cut.enc
exits 2 "gmca refuses a cut one" gm decrypt --raw --key sm2.key cut.enc --out cut
absent "and writes nothing" cut
