# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The tutorial's sequence (its sections 3.1 and 3.2) in P-256, once by openssl and once by gmca.

# By openssl, with the tutorial's own commands.
mkdir by-openssl by-gmca
make_by_openssl() {
    cd by-openssl
    openssl ecparam -genkey -name prime256v1 -out ca-key_.pem
    openssl pkcs8 -topk8 -nocrypt -in ca-key_.pem -out ca-key.pem
    openssl req -new -key ca-key.pem -out ca-csr.pem -config "$conf/CA.conf"
    openssl x509 -req -extensions v3_ca -extfile "$conf/CA.conf" -in ca-csr.pem -out ca-cert.pem \
        -signkey ca-key.pem -CAcreateserial -days 3650
    openssl ecparam -name prime256v1 -genkey -out user-key_.pem
    openssl pkcs8 -topk8 -nocrypt -in user-key_.pem -out user-key.pem
    openssl req -new -key user-key.pem -out user-csr.pem -config "$conf/USER.conf"
    openssl x509 -req -extensions user_cert -extfile "$conf/CA.conf" -in user-csr.pem \
        -out user-cert.pem -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 3650
    openssl verify -CAfile ca-cert.pem user-cert.pem
}
make_by_gmca() {
    cd by-gmca
    nist init --dir ca --openssl-conf "$conf/CA.conf" --section v3_ca --days 3650
    nist key new --out user-key.pem
    nist req --key user-key.pem --openssl-conf "$conf/USER.conf" --out user-csr.pem
    nist req --key user-key.pem --openssl-conf "$conf/USER.conf" --as-openssl --out kept-csr.pem
    nist issue --ca ca --openssl-conf "$conf/CA.conf" --section user_cert --days 3650 \
        user-csr.pem --out user-cert.pem
}
yes "openssl runs the tutorial" make_by_openssl
yes "gmca runs the tutorial" make_by_gmca
o=by-openssl g=by-gmca

# Each judges what the other wrote.
yes "openssl verifies gmca's user certificate" \
    openssl verify -CAfile $g/ca/ca.crt $g/user-cert.pem
yes "openssl verifies it strictly" \
    openssl verify -x509_strict -check_ss_sig -CAfile $g/ca/ca.crt $g/user-cert.pem
yes "openssl verifies gmca's request" openssl req -in $g/user-csr.pem -verify -noout
yes "gmca verifies openssl's CA certificate" \
    nist verify --ca-file $o/ca-cert.pem $o/ca-cert.pem
for file in ca-key_.pem ca-key.pem ca-csr.pem ca-cert.pem user-csr.pem user-cert.pem; do
    yes "gmca shows openssl's $file" nist show $o/$file
done
# openssl says OK to pathLen on what is no CA, RFC 5280 section 4.2.1.9 does not, and neither does
# `openssl verify -x509_strict`.
fails "openssl refuses its own user certificate when it is strict" \
    openssl verify -x509_strict -CAfile $o/ca-cert.pem $o/user-cert.pem

# Each issues for the other's request, and each certificate is verified by the other.
yes "gmca issues for openssl's request" nist issue --ca $g/ca --profile user $o/user-csr.pem \
    --out issued-by-gmca.pem
yes "openssl verifies that" openssl verify -x509_strict -CAfile $g/ca/ca.crt issued-by-gmca.pem
yes "openssl issues for gmca's request" openssl x509 -req -in $g/user-csr.pem \
    -out issued-by-openssl.pem -CA $o/ca-cert.pem -CAkey $o/ca-key.pem -CAcreateserial -days 30
yes "gmca verifies that" nist verify --ca-file $o/ca-cert.pem issued-by-openssl.pem
yes "openssl issues with the key of gmca's CA" openssl x509 -req -in $o/user-csr.pem \
    -out by-the-same-ca.pem -CA $g/ca/ca.crt -CAkey $g/ca/keystore/*_sk -CAcreateserial -days 30
yes "gmca verifies that too" nist verify --ca-file $g/ca/ca.crt by-the-same-ca.pem
exits 1 "gmca knows another CA's certificate" nist verify --ca-file $g/ca/ca.crt $o/user-cert.pem
fails "openssl knows another CA's certificate" \
    openssl verify -CAfile $o/ca-cert.pem $g/user-cert.pem

# The same subject, in the same string types.
subject_of x509 $o/ca-cert.pem >want && subject_of x509 $g/ca/ca.crt >have
same "the CA's subject" want have
subject_of req $o/user-csr.pem >want && subject_of req $g/user-csr.pem >have
same "the request's subject" want have
subject_of x509 $o/user-cert.pem >want && subject_of x509 $g/user-cert.pem >have
same "the user's subject" want have

# The same extensions: of the CA as they are, of request and user certificate with --as-openssl.
extensions_of $o/ca-cert.pem >want && extensions_of $g/ca/ca.crt >have
same "the CA's extensions" want have
requested_of $o/user-csr.pem >want && requested_of $g/kept-csr.pem >have
same "the request's extensions, --as-openssl" want have
yes "gmca issues --as-openssl" nist issue --ca $g/ca --openssl-conf "$conf/CA.conf" \
    --section user_cert --as-openssl $g/user-csr.pem --out kept.pem
extensions_of $o/user-cert.pem >want && extensions_of kept.pem >have
same "the user's extensions, --as-openssl" want have

# Without it, what RFC 5280 forbids is dropped, with a warning for each.
extensions_of $g/user-cert.pem >"$temp/log"
says "a user certificate is no CA" "CA:FALSE"
checks=$((checks + 1))
if grep -q "pathlen\|Certificate Sign" "$temp/log"; then red "pathLen or keyCertSign was kept"; fi
line() { grep -n "$2" "$conf/$1" | sed -n "${3}p" | cut -d: -f1; }
yes "gmca issues with warnings" nist issue --ca $g/ca --openssl-conf "$conf/CA.conf" \
    --section user_cert $g/user-csr.pem --out warned.pem
says "the warning names file and line of pathLen" "CA.conf:$(line CA.conf pathlen 1)"
says "the warning names file and line of keyCertSign" "CA.conf:$(line CA.conf keyCertSign 1)"
says "the warning names the rule" "RFC 5280"
exits 2 "--strict refuses" nist issue --ca $g/ca --openssl-conf "$conf/CA.conf" \
    --section user_cert --strict $g/user-csr.pem --out strict.pem
says "--strict names file and line" "CA.conf:$(line CA.conf pathlen 1)"
absent "--strict leaves no file" strict.pem
# A CA may have both.
yes "--strict takes the CA's section" nist init --dir strict-ca --openssl-conf "$conf/CA.conf" \
    --section v3_ca --strict
