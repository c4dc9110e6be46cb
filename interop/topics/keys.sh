# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Private and public keys of both families in every form, both ways.

echo 'correct horse' >password

# both_ways FAMILY CURVE: plain forms.
both_ways() {
    local family=$1 curve=$2
    mkdir "$family"
    # openssl writes, gmca reads.
    yes "openssl makes a $curve key with its parameters in front" \
        openssl ecparam -genkey -name "$curve" -out "$family/params.pem"
    yes "openssl writes $curve without parameters" \
        openssl ecparam -genkey -noout -name "$curve" -out "$family/sec1.pem"
    yes "openssl writes $curve as PKCS#8" \
        openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" -out "$family/pkcs8.pem"
    yes "openssl writes $curve as DER" \
        openssl pkey -in "$family/pkcs8.pem" -outform DER -out "$family/pkcs8.der"
    local form
    for form in params.pem sec1.pem pkcs8.pem pkcs8.der; do
        yes "gmca reads openssl's $curve $form" "$family" key show "$family/$form"
        yes "gmca converts openssl's $curve $form" "$family" key convert "$family/$form" \
            --to pkcs8 --out "$family/$form.converted"
        same_key "gmca keeps openssl's $curve $form" "$family/$form" "$family/$form.converted"
    done
    # gmca writes, openssl reads.
    yes "gmca makes a $curve key" "$family" key new --out "$family/new.pem"
    yes "openssl checks it" openssl pkey -in "$family/new.pem" -check -noout
    for form in pkcs8-der sec1; do
        yes "gmca writes $curve as $form" "$family" key convert "$family/new.pem" --to "$form" \
            --out "$family/new-$form"
        same_key "openssl reads gmca's $curve $form" "$family/new.pem" "$family/new-$form"
    done
    yes "gmca writes the $curve public key" "$family" key convert "$family/new.pem" --to public \
        --out "$family/new-public"
    openssl pkey -in "$family/new.pem" -pubout -out "$family/public"
    same "the $curve public keys are the same text" "$family/public" "$family/new-public"
    yes "gmca shows the $curve public key openssl wrote" "$family" show "$family/public"
}
both_ways nist prime256v1
both_ways gm SM2

# protected FAMILY NAME OPTIONS...: openssl protects, gmca reads.
protected() {
    local family=$1 name=$2
    shift 2
    yes "openssl protects a $family key: $name" openssl pkcs8 -topk8 -in "$family/pkcs8.pem" \
        -passout file:password -out "$family/$name.enc" "$@"
    yes "gmca reads it" "$family" key convert "$family/$name.enc" --password-file password \
        --to pkcs8 --out "$family/$name.plain"
    same_key "it is the same key" "$family/pkcs8.pem" "$family/$name.plain"
    echo wrong >wrong
    exits 2 "gmca refuses a wrong password" "$family" key show "$family/$name.enc" \
        --password-file wrong
    says "it says so" "password is wrong"
}
for family in nist gm; do
    protected $family aes-256 -v2 aes-256-cbc -v2prf hmacWithSHA256
    protected $family aes-128 -v2 aes-128-cbc -v2prf hmacWithSHA256
    protected $family sha1 -v2 aes-256-cbc -v2prf hmacWithSHA1
    protected $family sm4 -v2 sm4-cbc -v2prf hmacWithSHA256
    protected $family rounds -v2 aes-256-cbc -iter 100000
done

# gmca protects, openssl reads what it can: of `gm` it lacks HMAC-SM3.
for family in nist gm; do
    for protection in nist compat gm; do
        yes "gmca protects a $family key as $protection" "$family" key convert "$family/new.pem" \
            --to pkcs8 --new-password-file password --protection $protection \
            --out "$family/new-$protection.enc"
        yes "gmca reads that back" "$family" key convert "$family/new-$protection.enc" \
            --password-file password --to pkcs8 --out "$family/new-$protection.back"
        same_key "it is the same key" "$family/new.pem" "$family/new-$protection.back"
    done
    for protection in nist compat; do
        yes "openssl reads gmca's $family key under $protection" openssl pkey -passin file:password \
            -in "$family/new-$protection.enc" -out "$family/new-$protection.read"
        same_key "it is the same key" "$family/new.pem" "$family/new-$protection.read"
        fails "openssl refuses a wrong password" \
            openssl pkey -passin pass:wrong -in "$family/new-$protection.enc" -noout
    done
    # Should this pass one day, openssl has learnt HMAC-SM3: then check `gm` above too.
    fails "openssl cannot read the gm protection" \
        openssl pkey -passin file:password -in "$family/new-gm.enc" -noout
done
