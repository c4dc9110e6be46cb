# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Messages and bags, both ways: with openssl always, with GmSSL ($GMSSL) and Bouncy Castle ($BC, its jars)
# where they are here. `interop/table` makes docs/interop.md of the same and more.

echo 'correct horse' >pw
printf 'hello' >m
for f in gm nist; do
    make() {
        "$f" init --dir "ca-$f" --subject "/CN=ca-$f"
        "$f" key new --out "$f.key"
        "$f" key convert "$f.key" --to pkcs8-der --out "$f.p8"
        "$f" req --key "$f.key" --subject /CN=user --out "$f.csr"
        "$f" issue --ca "ca-$f" "$f.csr" --out "$f.crt"
    }
    yes "gmca makes a user in $f" make
done
opens() { "$GMCA" cms decrypt --key "$2.key" --cert "$2.crt" "$1" --out "$1.m" && cmp "$1.m" m; }
verifies() { "$GMCA" cms verify --ca-file "ca-$2/ca.crt" "$1" --out "$1.m" && cmp "$1.m" m; }

# Messages in P-256, with openssl.
yes "gmca signs" nist cms sign --key nist.key --cert nist.crt m --out g.p7
yes "openssl verifies that" openssl cms -verify -inform PEM -in g.p7 -CAfile ca-nist/ca.crt -purpose any -out g.m
same "the content" g.m m
yes "gmca signs apart" nist cms sign --key nist.key --cert nist.crt m --detached --out gd.p7
yes "openssl verifies that" \
    openssl cms -verify -inform PEM -in gd.p7 -content m -binary -CAfile ca-nist/ca.crt -purpose any -out gd.m
fails "but not over another content" \
    openssl cms -verify -inform PEM -in gd.p7 -content pw -binary -CAfile ca-nist/ca.crt -purpose any -out gd.m
yes "openssl signs" openssl cms -sign -signer nist.crt -inkey nist.key -in m -binary -nodetach -outform DER -out o.p7
yes "gmca verifies that" verifies o.p7 nist
yes "openssl signs in a stream" openssl cms -sign -signer nist.crt -inkey nist.key -in m -binary -nodetach -stream \
    -outform DER -out os.p7
yes "gmca verifies that" verifies os.p7 nist
yes "openssl signs without attributes" openssl cms -sign -noattr -signer nist.crt -inkey nist.key -in m -binary -nodetach \
    -outform PEM -out on.p7
yes "gmca verifies that" verifies on.p7 nist
yes "openssl signs apart" openssl cms -sign -signer nist.crt -inkey nist.key -in m -binary -outform PEM -out od.p7
yes "gmca verifies that" "$GMCA" cms verify --ca-file ca-nist/ca.crt --content m od.p7
exits 1 "but not over another content" "$GMCA" cms verify --ca-file ca-nist/ca.crt --content pw od.p7
exits 1 "and not under another root" "$GMCA" cms verify --ca-file ca-gm/ca.crt --content m od.p7
yes "gmca encrypts" nist cms encrypt --to nist.crt m --out g.p7m
yes "openssl decrypts that" openssl cms -decrypt -inform PEM -in g.p7m -inkey nist.key -recip nist.crt -out g.m
for cipher in aes-128-cbc aes-256-cbc; do
    yes "openssl encrypts, $cipher" openssl cms -encrypt -in m -binary -$cipher -outform DER -out o-$cipher.p7m nist.crt
    yes "gmca decrypts that" opens o-$cipher.p7m nist
done
yes "gmca encrypts to an SM2 key" gm cms encrypt --form rfc --to gm.crt m --out gg.p7m
yes "openssl decrypts that" openssl cms -decrypt -inform PEM -in gg.p7m -inkey gm.key -recip gm.crt -out gg.m
same "the content" gg.m m

# Bags, with openssl.
import() {
    "$GMCA" p12 import "$1" --password-file pw --key-out "$1.key" --cert-out "$1.crt"
    diff <(openssl pkey -in "$1.key" -pubout) <(openssl pkey -in "$2.key" -pubout)
}
for f in gm nist; do
    for p in nist compat; do
        yes "gmca writes a $f bag, $p" "$f" p12 export --key "$f.key" --cert "$f.crt" --chain "ca-$f/ca.crt" --name x \
            --new-password-file pw --protection $p --out "$f-$p.p12"
        yes "openssl reads it" openssl pkcs12 -passin file:pw -in "$f-$p.p12" -nodes -out "$f-$p.pem"
        same_key "it is the same key" "$f-$p.pem" "$f.key"
        fails "not under another password" openssl pkcs12 -passin pass:x -in "$f-$p.p12" -nodes -noout
    done
    yes "openssl writes a $f bag" openssl pkcs12 -export -inkey "$f.key" -in "$f.crt" -passout file:pw -out "o-$f.p12"
    yes "gmca reads it" import "o-$f.p12" "$f"
    yes "openssl writes a $f bag under SM4" openssl pkcs12 -export -keypbe sm4-cbc -certpbe sm4-cbc -macalg sm3 \
        -inkey "$f.key" -in "$f.crt" -passout file:pw -out "o-$f-sm4.p12"
    yes "gmca reads it" import "o-$f-sm4.p12" "$f"
done

if [ -n "${GMSSL:-}" ]; then
    g_key() { "$GMSSL" sm2keygen -pass pw -out s.key -pubout s.pub && echo pw >s.pw; }
    yes "GmSSL makes a key" g_key
    yes "GmSSL makes a certificate" "$GMSSL" certgen -C CN -CN s -days 30 -key s.key -pass pw -out s.crt
    yes "GmSSL signs" "$GMSSL" cmssign -key s.key -pass pw -cert s.crt -in m -out s.p7
    yes "gmca verifies that in its way" "$GMCA" cms verify --form gmssl s.p7
    exits 1 "and in no other" "$GMCA" cms verify s.p7
    yes "gmca signs for GmSSL" gm cms sign --form gmssl --key gm.key --cert gm.crt m --out gs.p7
    yes "GmSSL verifies that" "$GMSSL" cmsverify -in gs.p7 -out gs.m
    yes "GmSSL encrypts" "$GMSSL" cmsencrypt -rcptcert gm.crt -in m -out s.p7m
    yes "gmca decrypts that" opens s.p7m gm
    yes "gmca encrypts for GmSSL" gm cms encrypt --form gmssl --to s.crt m --out gs.p7m
    yes "GmSSL decrypts that" "$GMSSL" cmsdecrypt -key s.key -pass pw -cert s.crt -in gs.p7m -out gs.m
    same "the content" gs.m m
    yes "gmca protects a key for GmSSL" gm key convert gm.key --to pkcs8 --new-password-file pw --protection gm --out gm.enc
    yes "GmSSL signs with it" "$GMSSL" sm2sign -key gm.enc -pass 'correct horse' -in m -out s.sig
fi

if [ -n "${BC:-}" ]; then
    yes "Bouncy Castle's program compiles" javac -nowarn -cp "$BC" -d classes "$here/clients/Forms.java"
    bouncy() { java -cp "$BC:classes" Forms "$@"; }
    for f in gm nist; do
        yes "Bouncy Castle signs in $f" bouncy sign-ber $f.p8 $f.crt m b-$f.p7
        yes "gmca verifies that" verifies b-$f.p7 $f
        yes "gmca signs in $f" "$f" cms sign --form rfc --der --key $f.key --cert $f.crt m --out gb-$f.p7
        yes "Bouncy Castle verifies that" bouncy verify gb-$f.p7 m
        yes "Bouncy Castle writes a bag in $f" bouncy export $f.p8 $f.crt b-$f.p12
        yes "gmca reads it" import b-$f.p12 $f
        yes "Bouncy Castle reads a bag in $f" bouncy import $f-nist.p12 $f.p8
    done
    yes "Bouncy Castle encrypts" bouncy encrypt nist.p8 nist.crt m b.p7m
    yes "gmca decrypts that" opens b.p7m nist
    yes "gmca encrypts" nist cms encrypt --der --to nist.crt m --out gb.p7m
    yes "Bouncy Castle decrypts that" bouncy decrypt nist.p8 gb.p7m m
fi
