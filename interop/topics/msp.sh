# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Membership folders (section 4 of the tutorial): gmca's read by openssl, one laid out with
# `openssl` and `cp` as the tutorial does it read by gmca.

for family in nist gm; do
    verify=(openssl verify)
    if [ $family = gm ]; then verify+=(-vfyopt "$distid"); fi
    yes "gmca quickstart in $family" $family quickstart --dir $family
    m=$family/msp
    for file in $m/admincerts/* $m/cacerts/* $m/signcerts/*; do
        yes "openssl reads $file" openssl x509 -in "$file" -noout -text
    done
    yes "openssl verifies the identity in $m" "${verify[@]}" -CAfile $m/cacerts/* $m/signcerts/*
    yes "openssl verifies the admin in $m" "${verify[@]}" -CAfile $m/cacerts/* $m/admincerts/*
    yes "openssl reads the key in $m" openssl pkey -in $m/keystore/* -check -noout
    openssl x509 -in $m/signcerts/* -noout -pubkey >want
    openssl pkey -in $m/keystore/* -pubout >have
    same "the key in $m is the identity's" want have
    yes "gmca says the user is an admin" $family msp check $m --admin $family/user/user.crt
done

lay_out() {
    local o=$1 m=$2 md=$3
    shift 3
    mkdir -p "$o" "$m"/{admincerts,cacerts,signcerts,keystore}
    openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" -out "$o/ca-key.pem"
    openssl req -x509 -new -key "$o/ca-key.pem" "-$md" "$@" -config "$conf/CA.conf" -days 3650 \
        -out "$o/ca-cert.pem"
    openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" -out "$o/user-key.pem"
    openssl req -new -key "$o/user-key.pem" "-$md" "$@" -config "$conf/USER.conf" \
        -out "$o/user-csr.pem"
    local check=()
    if [ $# -gt 0 ]; then check=(-vfyopt "$distid"); fi
    openssl x509 -req -in "$o/user-csr.pem" "-$md" "$@" "${check[@]}" -CA "$o/ca-cert.pem" \
        -CAkey "$o/ca-key.pem" -CAcreateserial -days 3650 -out "$o/user-cert.pem"
    cp "$o/user-cert.pem" "$m/admincerts"
    cp "$o/ca-cert.pem" "$m/cacerts"
    cp "$o/user-cert.pem" "$m/signcerts"
    cp "$o/user-key.pem" "$m/keystore"
}
curve=prime256v1
yes "openssl and cp make a P-256 folder" lay_out o-nist o-nist/msp sha256
yes "gmca judges it" nist msp check o-nist/msp --admin o-nist/user-cert.pem
curve=SM2
yes "openssl and cp make an SM2 folder" lay_out o-gm o-gm/msp sm3 -sigopt "$distid"
yes "gmca judges it" gm msp check o-gm/msp --admin o-gm/user-cert.pem
exits 1 "gmca knows a stranger" gm msp check o-gm/msp --member gm/user/user.crt
