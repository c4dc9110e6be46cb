# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The ten mistakes that fill the issue trackers, made on purpose with other programs: openssl, npm
# sm-crypto, pip gmssl, GmSSL and Bouncy Castle where they are here; `gmca doctor` names each cause.

# tells CODE NAME FILES AND OPTIONS...: the doctor names this rule.
tells() {
    local code=$1 name=$2
    shift 2
    checks=$((checks + 1))
    "$GMCA" doctor --json "$@" >"$temp/log" 2>&1 || true
    if ! grep -qF "\"code\":\"$code\"" "$temp/log"; then red "$name: nothing said of: $code" doctor "$@"; fi
}

# clean NAME FILES...: the doctor has nothing to say.
clean() {
    local name=$1
    shift
    exits 0 "$name" "$GMCA" doctor "$@"
}

printf 'a message that two programs do not agree on' >m.txt

# OpenSSL: the ID (1), a digest for the message (3), containers (7), the handshake (10).
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out o.key
openssl pkey -in o.key -pubout -out o.pub
o_sign() {
    local out=$1 file=$2
    shift 2
    openssl pkeyutl -sign -rawin -digest sm3 -inkey o.key -in "$file" -out "$out" "$@"
}
yes "openssl signs" o_sign o-good.sig m.txt -pkeyopt "$distid"
clean "the right signature" o.pub o-good.sig m.txt
yes "openssl signs under another ID" o_sign o-id.sig m.txt -pkeyopt distid:ALICE123@YAHOO.COM
tells id-other "1, openssl" o.pub o-id.sig m.txt
yes "openssl requests without an ID" openssl req -new -sm3 -key o.key -subj /CN=x -out o.csr
tells id-empty "1, openssl's request" o.csr
yes "openssl makes a root without an ID" \
    openssl req -x509 -new -sm3 -key o.key -subj /CN=root -out o.crt
tells id-empty "1, openssl's certificate" o.crt
openssl dgst -sm3 -binary m.txt >o.digest
yes "openssl signs a digest" openssl pkeyutl -sign -inkey o.key -in o.digest -out o-no-z.sig
tells z-missing "3, openssl" o.pub o-no-z.sig m.txt
yes "openssl signs a digest as the message" o_sign o-prehashed.sig o.digest -pkeyopt "$distid"
tells prehashed "3, openssl, hashed before" o.pub o-prehashed.sig m.txt
yes "openssl encrypts" openssl pkeyutl -encrypt -pubin -inkey o.pub -in m.txt -out o.ct
clean "a ciphertext in ASN.1" o.key o.ct
yes "openssl writes an old container" openssl ec -in o.key -out o.sec1
tells key-container "7, openssl" o.sec1
yes "openssl protects a key" openssl pkcs8 -topk8 -in o.key -passout pass:pw -v2 aes-256-cbc -out o.enc
tells protection-not-gm "7, openssl, for GmSSL" o.enc
openssl rand 300 >o-handshake.bin
openssl dgst -sm3 -binary o-handshake.bin >o-handshake.digest
yes "openssl signs SM3(handshake)" o_sign o-handshake.sig o-handshake.digest -pkeyopt "$distid"
tells prehashed "10, openssl" o.pub o-handshake.sig o-handshake.bin

# npm sm-crypto.
ln -s "$here/clients/mistakes.cjs" .
yes "npm has sm-crypto" npm install --silent --no-package-lock --no-audit --no-fund sm-crypto
yes "sm-crypto makes mistakes" node --preserve-symlinks --preserve-symlinks-main mistakes.cjs
tells point-text "6, sm-crypto, a key in hex" --key js.pub js-good.sig m.txt
js() { tells "$1" "$2, sm-crypto" --key js.pub "$3" "${4:-m.txt}"; }
js id-other 1 js-id.sig
js id-tls13 1 js-id-tls.sig
js signature-raw 2 js-raw.sig
js signature-text 2 js-raw-hex.sig
js prehashed 3 js-prehashed.sig
js digest-given 3 js-digest.sig
js z-missing 3 js-no-z.sig
for name in cipher-c1c3c2:js-new cipher-c1c2c3:js-old cipher-prefix:js-new-no-prefix \
    cipher-text:js-old-hex cipher-zeros:js-zeros; do
    tells "${name%:*}" "4 to 6, sm-crypto" --key js.key --ciphertext "${name#*:}.ct"
done
tells point-zeros "6, sm-crypto" --key js-zeros.pub js-zeros.sig m.txt
js prehashed 10 js-handshake.sig js-handshake.bin
js handshake-length 10 js-exchange.sig js-exchange.bin
js key-text 7 js.key

# pip gmssl, where Python is here.
if python3 -m venv venv >"$temp/log" 2>&1 && venv/bin/pip install -q gmssl >"$temp/log" 2>&1; then
    yes "pip gmssl makes mistakes" venv/bin/python "$here/clients/mistakes.py"
    py() { tells "$1" "$2, pip gmssl" --key py.pub "$3" "${4:-m.txt}"; }
    py signature-raw 2 py-raw.sig
    py signature-text 2 py-raw-hex.sig
    py digest-given 3 py-digest.sig
    py z-missing 3 py-no-z.sig
    py prehashed 3 py-prehashed.sig
    py signature-zeros 6 py-zeros.sig
    py prehashed 10 py-handshake.sig py-handshake.bin
    for name in cipher-prefix:py-new-no-prefix cipher-c1c2c3:py-old-no-prefix cipher-c1c2c3:py-old; do
        tells "${name%:*}" "4 and 5, pip gmssl" --key py.key --ciphertext "${name#*:}.ct"
    done
    tells point-zeros "6, pip gmssl" --key py-zeros.pub
fi

# GmSSL: $GMSSL names the program.
if [ -n "${GMSSL:-}" ]; then
    yes "GmSSL makes a key" "$GMSSL" sm2keygen -pass pw -out g.key -pubout g.pub
    echo pw >pw
    tells protection-gm "7, GmSSL, for openssl" g.key --password-file pw
    yes "GmSSL makes a certificate" "$GMSSL" certgen -C CN -CN g -days 30 -key g.key -pass pw -out g.crt
    yes "GmSSL signs" "$GMSSL" sm2sign -key g.key -pass pw -in m.txt -out g.sig
    clean "GmSSL's signature" g.pub g.sig m.txt
    yes "GmSSL signs under another ID" "$GMSSL" sm2sign -key g.key -pass pw -id x@y.z -in m.txt -out g-id.sig
    tells id-other "1, GmSSL" g.pub g-id.sig m.txt --id X@Y.Z
    yes "GmSSL encrypts" "$GMSSL" sm2encrypt -pubkey g.pub -in m.txt -out g.ct
    clean "GmSSL's ciphertext" g.key g.ct --password-file pw
    yes "GmSSL signs GM/T 0010" "$GMSSL" cmssign -key g.key -pass pw -cert g.crt -in m.txt -out g.p7
    tells message-gmssl "8 and 9, GmSSL" g.p7
fi

# The crates smcrypto and libsm (9): each works with itself.
mkdir -p rust/src
cp "$here/clients/mistakes.rs" rust/src/main.rs
printf '[package]\nname = "mistakes"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n[dependencies]\nsmcrypto = "0.3.1"\nlibsm = "0.6.1"\n' >rust/Cargo.toml
if CARGO_TARGET_DIR=$PWD/rust/target cargo build --quiet --manifest-path rust/Cargo.toml >"$temp/log" 2>&1; then
    yes "smcrypto and libsm make mistakes" rust/target/debug/mistakes
    tells point-prefix "9, smcrypto's key" --key sc.pub sc.sig m.txt
    tells digest-given "9, smcrypto's raw signature" --key sc.pub sc-raw.sig m.txt
    for name in cipher-prefix:sc-new cipher-c1c2c3:sc-old cipher-text:sc-hex; do
        tells "${name%:*}" "9, smcrypto's ciphertext" --key sc.key --ciphertext "${name#*:}.ct"
    done
    tells cipher-c1c2c3 "9, libsm's ciphertext" --key ls.key --ciphertext ls.ct
    tells key-text "9, libsm's key" --key ls.key
fi

# Bouncy Castle: $BC names its jars.
if [ -n "${BC:-}" ]; then
    openssl pkcs8 -topk8 -nocrypt -in o.key -outform DER -out o.p8
    yes "Bouncy Castle's program compiles" javac -nowarn -cp "$BC" -d classes "$here/clients/Forms.java"
    bouncy() { java -cp "$BC:classes" Forms "$@"; }
    yes "Bouncy Castle makes mistakes" bouncy mistakes o.p8 o.crt m.txt
    tells signature-raw "2, Bouncy Castle" o.pub --signature bc-raw.sig --message m.txt
    tells id-other "1, Bouncy Castle" o.pub bc-id.sig m.txt --id 1234567812345678
    tells cipher-c1c2c3 "4, Bouncy Castle" o.key --ciphertext bc-C1C2C3.ct
    tells cipher-c1c3c2 "4, Bouncy Castle" o.key --ciphertext bc-C1C3C2.ct
    yes "Bouncy Castle signs PKCS#7" bouncy sign-ber o.p8 o.crt m.txt b.p7
    tells message-rfc-oids "8, Bouncy Castle" b.p7
    tells message-ber "8, Bouncy Castle" b.p7
fi
