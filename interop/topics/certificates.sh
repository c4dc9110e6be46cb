# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Profiles, lists, new keys of a CA and pairs, read and judged by openssl.

cat >profiles.yaml <<'END'
profiles:
  - name: web
    base: tls-server
    maxDays: 397
    names: { require: [dns], dns: [.org1.example] }
    crl: [http://crl.org1.example/ca.crl]
    freshestCrl: [http://crl.org1.example/delta.crl]
    ocsp: [http://ocsp.org1.example]
    caIssuers: [http://crl.org1.example/ca.crt]
    policies: [1.2.156.1.1]
  - name: constrained
    base: ca
    nameConstraints: { permitted: ['DNS:org1.example'], excluded: ['IP:10.0.0.0/8'] }
END
# Every profile for end entities, issued in a family, as openssl prints it.
issue_all() {
    local family=$1 profile
    "$family" init --dir "ca-$family" --subject '/C=CN/O=Org1/CN=CA'
    cp profiles.yaml "ca-$family/"
    "$family" key new --out "$family.key"
    "$family" req --key "$family.key" --subject /O=Org1/CN=x --san DNS:x.org1.example --out "$family.csr"
    for profile in user end-entity tls-server tls-client member client peer orderer admin ocsp sign encrypt web ca; do
        "$family" issue --ca "ca-$family" --profile "$profile" "$family.csr" --out "$family-$profile.crt"
        openssl x509 -in "$family-$profile.crt" -noout -text >"$family-$profile.txt"
    done
}
for family in nist gm; do
    yes "$family: openssl reads a certificate of each profile" issue_all "$family"
    openssl x509 -in "ca-$family/ca.crt" -out "$family-root.crt"
done
for profile in user end-entity tls-server tls-client peer ocsp sign encrypt web ca; do
    yes "openssl verifies $profile strictly" openssl verify -x509_strict -CAfile nist-root.crt "nist-$profile.crt"
    yes "openssl verifies $profile in SM2" openssl verify -vfyopt "$distid" -CAfile gm-root.crt "gm-$profile.crt"
done
yes "a web server's certificate is one to openssl" openssl verify -x509_strict -CAfile nist-root.crt \
    -purpose sslserver -verify_hostname x.org1.example nist-web.crt
yes "an OCSP signer's is one" openssl verify -CAfile nist-root.crt -purpose ocsphelper nist-ocsp.crt
fails "a client's is no server's" openssl verify -CAfile nist-root.crt -purpose sslserver nist-tls-client.crt
for line in "OCSP - URI:http://ocsp.org1.example" "X509v3 Freshest CRL" "Policy: 1.2.156.1.1"; do
    yes "openssl prints $line" grep -qF "$line" nist-web.txt
done
yes "openssl prints the attributes of Fabric" grep -qF '{"attrs":{"hf.Affiliation":"","hf.EnrollmentID":"x","hf.Type":"peer"}}' nist-peer.txt
yes "and the unit" grep -qE 'OU ?= ?peer' nist-peer.txt

# openssl answers for the CA with the key of the profile `ocsp`, and both believe the answer.
answer() {
    nist key new --out ocsp.key
    nist req --key ocsp.key --subject /O=Org1/CN=OCSP --out ocsp.csr
    nist issue --ca ca-nist --profile ocsp ocsp.csr --out ocsp.crt
    printf 'V\t391231000000Z\t\t%s\tunknown\t/CN=x\n' \
        "$(openssl x509 -in nist-web.crt -noout -serial | cut -d= -f2)" >index.txt
    openssl ocsp -issuer nist-root.crt -cert nist-web.crt -no_nonce -reqout question.der
    openssl ocsp -index index.txt -rsigner ocsp.crt -rkey ocsp.key -CA nist-root.crt \
        -reqin question.der -respout answer.der -ndays 1
}
yes "openssl answers with a certificate of the profile ocsp" answer
yes "openssl believes the answer" openssl ocsp -respin answer.der -issuer nist-root.crt \
    -cert nist-web.crt -CAfile nist-root.crt -no_nonce
says "that it is good" "nist-web.crt: good"
yes "gmca believes it" nist verify --ca-file nist-root.crt --ocsp answer.der nist-web.crt

# Name constraints bind what is below.
below() {
    nist init --dir sub --parent ca-nist --profile constrained --profiles profiles.yaml --subject /O=Org1/CN=Sub
    nist req --key nist.key --subject /O=Org1/CN=y --san DNS:y.org2.example --out y.csr
    nist issue --ca sub --profile tls-server nist.csr --out in.crt
    nist issue --ca sub --profile tls-server y.csr --out out.crt
    openssl x509 -in sub/ca.crt -out sub.crt
}
yes "gmca makes a CA with name constraints" below
yes "openssl takes a name within" openssl verify -x509_strict -CAfile nist-root.crt -untrusted sub.crt in.crt
fails "and no other" openssl verify -x509_strict -CAfile nist-root.crt -untrusted sub.crt out.crt
says "because of the constraint" "permitted subtree violation"

# Delta CRLs.
hold() {
    nist revoke --ca ca-nist nist-web.crt --reason certificateHold
    nist crl --ca ca-nist --out base.crl
    nist release --ca ca-nist nist-web.crt
    nist revoke --ca ca-nist nist-peer.crt --reason keyCompromise
    nist crl --ca ca-nist --delta --hours 12 --out delta.crl
}
yes "gmca writes a delta" hold
with_delta=(openssl verify -use_deltas -extended_crl -crl_check -CAfile nist-root.crt -CRLfile both.crl)
cat base.crl delta.crl >both.crl
fails "openssl finds one on hold by the complete list" openssl verify -crl_check -CRLfile base.crl -CAfile nist-root.crt nist-web.crt
yes "openssl checks the delta's signature" openssl crl -in delta.crl -CAfile nist-root.crt -noout -text
says "it names its base" "X509v3 Delta CRL Indicator: critical"
yes "openssl -use_deltas finds it released" "${with_delta[@]}" nist-web.crt

# A new key of the root, and another root.
roll() {
    nist rollover --ca ca-nist --new-with-old nwo.crt --old-with-new own.crt
    openssl x509 -in ca-nist/ca.crt -out new-root.crt
    nist issue --ca ca-nist nist.csr --out late.crt
    nist crl --ca ca-nist --generation 0 --out old.crl
    nist init --dir other --subject /O=Org2/CN=Other
    nist issue --ca other nist.csr --out foreign.crt
    nist cross --ca ca-nist other/ca.crt --out cross.crt
}
yes "gmca rolls over and vouches" roll
strict=(openssl verify -x509_strict)
yes "openssl reaches the new key from the old" "${strict[@]}" -CAfile nist-root.crt -untrusted nwo.crt late.crt
yes "and the old from the new" "${strict[@]}" -CAfile new-root.crt -untrusted own.crt nist-web.crt
yes "and another CA through the cross-certificate" "${strict[@]}" -CAfile new-root.crt -untrusted cross.crt foreign.crt
fails "not without it" "${strict[@]}" -CAfile new-root.crt foreign.crt
yes "the old key's list is for the old key's certificates" openssl verify -crl_check -CRLfile old.crl -CAfile nist-root.crt nist-web.crt
fails "and says who is revoked" openssl verify -crl_check -CRLfile old.crl -CAfile nist-root.crt nist-peer.crt

# A pair.
pair() {
    gm key new --out a.key && gm key new --out b.key
    gm req --key a.key --subject /CN=Alice --out a.csr && gm req --key b.key --subject /CN=Bob --out b.csr
    gm issue --ca ca-gm a.csr --out a.crt && gm issue --ca ca-gm b.csr --out b.crt
    gm escrow add --ca ca-gm --cert a.crt && gm escrow add --ca ca-gm --cert b.crt
    gm pair --ca ca-gm gm.csr --out pair.der --sign-out s.crt --encrypt-out e.crt
    gm key open pair.der --key gm.key --out e.key
    openssl pkey -in e.key -pubout -out e.pub
    openssl x509 -in e.crt -noout -pubkey >e.crt.pub
}
yes "gmca issues a pair and opens its key" pair
same "openssl finds key and certificate to belong together" e.pub e.crt.pub
yes "openssl walks through the response" openssl asn1parse -inform DER -in pair.der
yes "openssl verifies both certificates" openssl verify -vfyopt "$distid" -CAfile gm-root.crt s.crt e.crt
