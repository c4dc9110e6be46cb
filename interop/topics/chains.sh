# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Chains with a CA in between, CRLs and OCSP answers, in P-256: made by one, judged by the other.

# Made by gmca: root, CA below it, a user and a TLS server.
make_chain() {
    nist init --dir root --subject '/C=CN/O=Org1/CN=根 CA'
    nist init --dir sub --parent root --subject '/C=CN/O=Org1/CN=Issuing CA'
    nist key new --out user.key
    nist req --key user.key --subject '/C=CN/O=Org1/OU=实验室/CN=张伟' --out user.csr
    nist issue --ca sub user.csr --out user.crt
    nist req --key user.key --subject '/O=Org1/CN=web' --san DNS:web.org1.example \
        --san IP:192.0.2.7 --san email:web@org1.example --out web.csr
    nist issue --ca sub --profile tls-server web.csr --out web.crt
    nist crl --ca root --out root.crl
    nist crl --ca sub --out sub.crl
    # The chain in ca.crt goes from the CA itself up to the root.
    openssl x509 -in sub/ca.crt -out sub.crt
    openssl x509 -in root/ca.crt -out root.crt
    cat root.crl sub.crl >both.crl
}
yes "gmca makes a chain of three" make_chain
strict=(openssl verify -x509_strict -check_ss_sig -CAfile root.crt -untrusted sub.crt)
yes "openssl verifies the chain strictly" "${strict[@]}" user.crt web.crt
yes "for a TLS server, by name" "${strict[@]}" -purpose sslserver \
    -verify_hostname web.org1.example web.crt
yes "by address" "${strict[@]}" -verify_ip 192.0.2.7 web.crt
yes "by e-mail address" "${strict[@]}" -verify_email web@org1.example web.crt
fails "under another name" "${strict[@]}" -verify_hostname other.example web.crt
fails "for a TLS server, a user's" "${strict[@]}" -purpose sslserver -verify_hostname x user.crt
yes "openssl checks the CRLs' signatures" openssl crl -in sub.crl -CAfile sub.crt -noout
with_crls=("${strict[@]}" -crl_check_all -CRLfile both.crl)
yes "openssl finds nobody revoked" "${with_crls[@]}" user.crt web.crt
# The issuing CA may have none below it.
exits 2 "gmca makes no CA below pathLen 0" nist init --dir subsub --parent sub --subject /CN=x

yes "gmca revokes" nist revoke --ca sub user.crt --reason keyCompromise
yes "gmca lists it" nist crl --ca sub --out sub.crl --force
cat root.crl sub.crl >both.crl
fails "openssl finds it revoked" "${with_crls[@]}" user.crt
says "openssl says why" "certificate revoked"
yes "openssl finds the other one not revoked" "${with_crls[@]}" web.crt
yes "openssl reads the list" openssl crl -in sub.crl -noout -text
says "its reason" "Key Compromise"
says "its serial number" "$(openssl x509 -in user.crt -noout -serial | cut -d= -f2)"
yes "gmca revokes the CA itself" nist revoke --ca root sub.crt --reason caCompromise
yes "gmca lists that" nist crl --ca root --out root.crl --force
cat root.crl sub.crl >both.crl
fails "openssl finds the CA revoked" "${with_crls[@]}" web.crt
exits 1 "so does gmca" nist verify --ca-file root.crt --untrusted sub.crt --crl both.crl web.crt

# Made by openssl: root, CA below it, a user; revoked by `openssl ca`.
cat >ca.cnf <<'END'
[ca]
default_ca = here
[here]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
[req]
distinguished_name = empty
prompt = no
[empty]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[user]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:peer0.org1.example,IP:192.0.2.9
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ocsp]
extendedKeyUsage = OCSPSigning
noCheck = ignored
END
sign_below() {
    openssl req -new -config ca.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -keyout "o-$1.key" -subj "/O=Org2/CN=$1" -out "o-$1.csr"
    openssl x509 -req -in "o-$1.csr" -CA "o-$2.crt" -CAkey "o-$2.key" -CAcreateserial -days 365 \
        -extfile ca.cnf -extensions "$1" -out "o-$1.crt"
}
list() {
    openssl ca -config ca.cnf -cert "o-$1.crt" -keyfile "o-$1.key" -gencrl -out "o-$1.crl"
}
make_chain_by_openssl() {
    openssl req -x509 -config ca.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -keyout o-root.key -subj '/O=Org2/CN=root' -days 3650 -extensions root -out o-root.crt
    sign_below sub root
    sign_below user sub
    : >index.txt
    echo 01 >crlnumber
    list root
    list sub
    cat o-root.crl o-sub.crl >o-both.crl
}
yes "openssl makes a chain of three" make_chain_by_openssl
judge=(nist verify --ca-file o-root.crt --untrusted o-sub.crt)
yes "gmca verifies it" "${judge[@]}" o-user.crt
yes "with its CRLs" "${judge[@]}" --crl o-both.crl o-user.crt
yes "as server, by name" "${judge[@]}" --purpose serverAuth --hostname peer0.org1.example o-user.crt
yes "by address" "${judge[@]}" --hostname 192.0.2.9 o-user.crt
exits 1 "under another name" "${judge[@]}" --hostname other.example o-user.crt
exits 1 "as a client" "${judge[@]}" --purpose clientAuth o-user.crt
exits 1 "after it has ended" "${judge[@]}" --at 2080-01-01T00:00:00Z o-user.crt
exits 1 "without the CA in between" nist verify --ca-file o-root.crt o-user.crt
# answer FILE SIGNER: what openssl's responder says about the user.
answer() {
    openssl ocsp -issuer o-sub.crt -cert o-user.crt -no_nonce -reqout o.req
    openssl ocsp -index index.txt -CA o-sub.crt -rsigner "o-$2.crt" -rkey "o-$2.key" -ndays 7 \
        -reqin o.req -respout "$1"
}
answers_by_openssl() {
    sign_below ocsp sub
    answer o-unknown.der ocsp
    openssl ca -config ca.cnf -cert o-sub.crt -keyfile o-sub.key -valid o-user.crt
    answer o-good.der ocsp
    answer o-own.der sub
}
yes "openssl answers about it" answers_by_openssl
by_answer=("${judge[@]}" --crl-leaf-only --ocsp)
yes "gmca relies on the answer of a responder" "${by_answer[@]}" o-good.der o-user.crt
yes "and on that of the CA itself" "${by_answer[@]}" o-own.der o-user.crt
exits 1 "not on one that knows nothing" "${by_answer[@]}" o-unknown.der o-user.crt
says "gmca says so" "does not know"
exits 1 "not after its time" "${by_answer[@]}" o-good.der --at 2030-01-01T00:00:00Z o-user.crt
revoke_by_openssl() {
    openssl ca -config ca.cnf -cert o-sub.crt -keyfile o-sub.key -revoke o-user.crt \
        -crl_reason superseded
    list sub
    cat o-root.crl o-sub.crl >o-both.crl
}
yes "openssl revokes it" revoke_by_openssl
exits 1 "gmca finds it revoked" "${judge[@]}" --crl o-both.crl o-user.crt
says "gmca says why" "revoked"
yes "openssl answers once more" answer o-revoked.der ocsp
exits 1 "gmca believes the answer, too" "${by_answer[@]}" o-revoked.der o-user.crt
says "and says why" "revoked"
yes "gmca shows openssl's CRL" nist show o-sub.crl
says "its reason" "Superseded"
