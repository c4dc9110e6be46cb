# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The tutorial's sequence in SM2. OpenSSL 3.0 verifies one signature deep, and only when it is told
# the ID; README.md says what else it cannot do.

mkdir by-openssl by-gmca
make_by_openssl() {
    cd by-openssl
    local sign=(-sm3 -sigopt "$distid")
    openssl ecparam -genkey -name SM2 -out ca-key_.pem
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out ca-key.pem
    openssl req -new -key ca-key.pem "${sign[@]}" -out ca-csr.pem -config "$conf/CA.conf"
    openssl x509 -req -extensions v3_ca -extfile "$conf/CA.conf" -in ca-csr.pem -out ca-cert.pem \
        -signkey ca-key.pem -vfyopt "$distid" "${sign[@]}" -days 3650
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out user-key.pem
    openssl req -new -key user-key.pem "${sign[@]}" -out user-csr.pem -config "$conf/USER.conf"
    # Without keyUsage: gmca refuses keyCertSign where there is no CA.
    openssl x509 -req -in user-csr.pem -out user-cert.pem -CA ca-cert.pem -CAkey ca-key.pem \
        -CAcreateserial -vfyopt "$distid" "${sign[@]}" -days 3650
    # As `openssl req` makes them when nobody names an ID: it is empty then.
    openssl req -new -key user-key.pem -sm3 -out no-id-csr.pem -config "$conf/USER.conf"
    openssl x509 -req -in user-csr.pem -vfyopt "$distid" -sm3 -out no-id-cert.pem \
        -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 3650
}
make_by_gmca() {
    cd by-gmca
    gm init --dir ca --openssl-conf "$conf/CA.conf" --section v3_ca --days 3650
    gm key new --out user-key.pem
    gm req --key user-key.pem --openssl-conf "$conf/USER.conf" --out user-csr.pem
    gm req --key user-key.pem --openssl-conf "$conf/USER.conf" --as-openssl --out kept-csr.pem
    gm issue --ca ca --openssl-conf "$conf/CA.conf" --section user_cert --days 3650 \
        user-csr.pem --out user-cert.pem
    gm issue --ca ca --openssl-conf "$conf/CA.conf" --section user_cert --days 3650 --as-openssl \
        user-csr.pem --out kept-cert.pem
}
yes "openssl runs the tutorial in SM2" make_by_openssl
yes "gmca runs the tutorial in SM2" make_by_gmca
o=by-openssl g=by-gmca

# openssl reads what gmca wrote.
yes "openssl verifies gmca's request" \
    openssl req -in $g/user-csr.pem -verify -vfyopt "$distid" -noout
says "openssl says so" "verify OK"
yes "openssl verifies gmca's certificate" \
    openssl verify -vfyopt "$distid" -CAfile $g/ca/ca.crt $g/user-cert.pem
yes "openssl verifies it strictly" \
    openssl verify -x509_strict -vfyopt "$distid" -CAfile $g/ca/ca.crt $g/user-cert.pem
fails "but not under another ID" \
    openssl verify -vfyopt distid:8765432187654321 -CAfile $g/ca/ca.crt $g/user-cert.pem
yes "openssl checks the key of gmca's CA" openssl pkey -in $g/ca/keystore/*_sk -check -noout
yes "openssl reads gmca's certificate" openssl x509 -in $g/user-cert.pem -noout -text
says "its algorithm" "Signature Algorithm: SM2-with-SM3"
yes "gmca revokes" gm revoke --ca $g/ca $g/kept-cert.pem
yes "gmca writes a CRL" gm crl --ca $g/ca --out sm2.crl
yes "openssl reads gmca's CRL" openssl crl -in sm2.crl -noout -text
says "its algorithm" "Signature Algorithm: SM2-with-SM3"
says "its serial number" "$(openssl x509 -in $g/kept-cert.pem -noout -serial | cut -d= -f2)"

# gmca reads what openssl wrote.
for file in ca-key_.pem ca-key.pem ca-csr.pem ca-cert.pem user-csr.pem user-cert.pem; do
    yes "gmca shows openssl's $file" gm show $o/$file
done
yes "gmca verifies openssl's user certificate" \
    gm verify --ca-file $o/ca-cert.pem $o/user-cert.pem
yes "gmca verifies openssl's CA certificate" gm verify --ca-file $o/ca-cert.pem $o/ca-cert.pem
yes "gmca issues for openssl's request" gm issue --ca $g/ca $o/user-csr.pem --out for-openssl.pem
yes "openssl verifies that" \
    openssl verify -vfyopt "$distid" -CAfile $g/ca/ca.crt for-openssl.pem
yes "openssl issues for gmca's request" openssl x509 -req -in $g/user-csr.pem -sm3 \
    -vfyopt "$distid" -sigopt "$distid" -CA $o/ca-cert.pem -CAkey $o/ca-key.pem -CAcreateserial \
    -out for-gmca.pem -days 30
yes "gmca verifies that" gm verify --ca-file $o/ca-cert.pem for-gmca.pem

# Made without an ID: openssl says OK to them when it is not told one, gmca refuses.
yes "openssl takes its request without ID" openssl req -in $o/no-id-csr.pem -verify -noout
exits 2 "gmca refuses openssl's request without ID" \
    gm issue --ca $g/ca $o/no-id-csr.pem --out no-id.pem
says "it says why" "proof of possession failed"
absent "and writes nothing" no-id.pem
exits 1 "gmca refuses openssl's certificate without ID" \
    gm verify --ca-file $o/ca-cert.pem $o/no-id-cert.pem

# The same subject and extensions.
subject_of x509 $o/ca-cert.pem >want && subject_of x509 $g/ca/ca.crt >have
same "the CA's subject" want have
subject_of req $o/user-csr.pem >want && subject_of req $g/user-csr.pem >have
same "the request's subject" want have
extensions_of $o/ca-cert.pem >want && extensions_of $g/ca/ca.crt >have
same "the CA's extensions" want have
requested_of $o/user-csr.pem >want && requested_of $g/kept-csr.pem >have
same "the request's extensions, --as-openssl" want have
yes "openssl makes the tutorial's user certificate" openssl x509 -req -extensions user_cert \
    -extfile "$conf/CA.conf" -in $o/user-csr.pem -out $o/kept-cert.pem -CA $o/ca-cert.pem \
    -CAkey $o/ca-key.pem -CAcreateserial -vfyopt "$distid" -sm3 -sigopt "$distid"
extensions_of $o/kept-cert.pem >want && extensions_of $g/kept-cert.pem >have
same "the user's extensions, --as-openssl" want have
yes "gmca shows that it takes SM3" gm req --key $g/user-key.pem \
    --openssl-conf "$conf/USER.conf" --out noted.pem
says "the note about default_md" "default_md = sha256"
