# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Chaincodes on Fabric's own libraries for Node.js (npm), on peers of gmnode: a contract as a service over
# mutual TLS and in development mode, in either family; and contracts that die, hang and come back.

# shellcheck source=interop/network.sh
. "$here/network.sh"
cp "$here"/../cli/gmnode/client/{package.json,gateway.mjs} "$here"/clients/calls.mjs .
cp -r "$here"/clients/contract .
yes "npm has Fabric's client" npm install --silent --no-package-lock --no-audit --no-fund
yes "npm has Fabric's chaincode libraries" \
    npm install --prefix contract --silent --no-package-lock --no-audit --no-fund
shim=$PWD/contract/node_modules/.bin/fabric-chaincode-node

# A network whose peers take chaincodes in development mode, too, and wait for none longer than 3 s.
create() {
    "$GMNODE" network create --dir "$net" --suite "$suite" --orderers 1
    for organization in Org1 Org2; do
        local file=$net/$organization/nodes/peer1/core.yaml
        sed -i "s/^  address: .*/&\n  chaincodeListenAddress: 127.0.0.1:$(free_port)/" "$file"
        echo "chaincode: {mode: dev, executetimeout: 3s}" >>"$file"
    done
    # Blocks are cut at once, or most of the time would go into waiting for them.
    sed -i 's/^      OrdererType: .*/&\n      BatchTimeout: 50ms/' "$net/configtx.yaml"
    "$GMNODE" genesis --config "$net/configtx.yaml" --profile Network --channel ch1 \
        --out "$net/ch1.block" --force
}

# The client's key once more, in a certificate with an attribute as Fabric's CA writes them.
auditor() {
    local org=$net/Org1 md=sha256 options=() verify=() json
    if [ "$suite" = gm ]; then md=sm3 options=(-sigopt "$distid") verify=(-vfyopt "$distid"); fi
    json=$(printf '{"attrs":{"role":"auditor"}}' | od -An -v -tx1 | tr -d ' \n')
    echo "1.2.3.4.5.6.7.8.1 = DER:$json" >"$net/attributes.cnf"
    echo "keyUsage = critical, digitalSignature" >>"$net/attributes.cnf"
    openssl req -new -key "$org"/users/client/msp/keystore/* "-$md" "${options[@]}" \
        -subj /O=Org1/OU=client/CN=auditor -out "$net/auditor.csr"
    openssl x509 -req -in "$net/auditor.csr" "-$md" "${options[@]}" "${verify[@]}" -days 30 \
        -CA "$org/ca/ca.crt" -CAkey "$org"/ca/keystore/* -set_serial 4711 \
        -extfile "$net/attributes.cnf" -out "$net/auditor.pem"
}

# package LABEL ADDRESS WORDS...: made, and installed on both peers. Its id is in $net/LABEL.id.
package() {
    local label=$1 address=$2
    shift 2
    "$GMNODE" chaincode package "$label" "$address" --out "$net/$label.tar.gz" "$@" >"$net/$label.id"
    for organization in Org1 Org2; do
        as "$organization" chaincode install "$net/$label.tar.gz"
    done
}

# run NAME COMMAND...: a chaincode's process, whose id is kept. Variables of this shell are its own.
run() {
    local name=$1
    shift
    : >"$net/$name.log"
    (cd contract && exec "$@") >>"$net/$name.log" 2>&1 </dev/null &
    echo $! >"$net/$name.pid"
}

end() {
    local pid
    pid=$(cat "$net/$1.pid")
    kill "$2" "$pid"
    for _ in $(seq 50); do
        if ! kill -0 "$pid" 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    return 1
}

# service: shows the certificate of the peer, which is good for localhost, and asks for one of Org1.
service() {
    local tls=$PWD/$net/Org1/nodes/peer1/tls
    CORE_PEER_LOCALMSPID=Org1MSP run service "$shim" server --module-path . \
        --chaincode-address "$service_address" --chaincode-id "$(cat "$net/service_1.id")" \
        --chaincode-tls-cert-file "$tls/server.crt" --chaincode-tls-key-file "$tls/server.key" \
        --chaincode-tls-client-cacert-file "$tls/ca.crt"
    awaits "Bootstrap process completed" "$net/service.log"
}

# dev and dev2: one for the peer of each organisation. For TLS the library wants a client certificate, in
# base64 once more.
dev() { develop dev Org1; }
dev2() { develop dev2 Org2; }
develop() {
    local name=$1 home=$PWD/$net/$2 at
    at=$(sed -n 's/^  chaincodeListenAddress: //p' "$home/nodes/peer1/core.yaml")
    for file in key crt; do base64 -w 0 "$home/users/client/tls/client.$file" >"$net/$name.$file"; done
    CORE_PEER_LOCALMSPID=${2}MSP CORE_PEER_TLS_ENABLED=true \
        CORE_PEER_TLS_ROOTCERT_FILE=$home/nodes/peer1/tls/ca.crt \
        CORE_TLS_CLIENT_KEY_PATH=$PWD/$net/$name.key CORE_TLS_CLIENT_CERT_PATH=$PWD/$net/$name.crt \
        run "$name" "$shim" start --module-path . --peer.address "$at" --chaincode-id-name dev:1
    awaits "Successfully established communication" "$net/$name.log"
}

deploy() {
    local client=$net/Org1/users/client/tls either="OR('Org1MSP.peer','Org2MSP.peer')"
    package service_1 "$service_address" --tls-ca "$client/ca.crt" \
        --tls-client-cert "$client/client.crt" --tls-client-key "$client/client.key"
    package plain_1 "$plain_address"
    agree service "$(cat "$net/service_1.id")" --policy "$either" --init-required
    agree plain "$(cat "$net/plain_1.id")" --policy "$either"
    agree dev dev:1 --policy "$either"
    CHAINCODE_ID=$(cat "$net/plain_1.id") CHAINCODE_SERVER_ADDRESS=$plain_address run plain node plain.js
    service
    dev
    dev2
}

# call invoke|query NAME FUNCTION ARGUMENTS...
call() {
    local how=$1 name=$2 words=()
    shift 2
    if [ "$1" = --init ]; then words=(--init); shift; fi
    as Org1 chaincode "$how" --channel ch1 --name "$name" "${words[@]}" -- "$@"
}

# killed NAME: in the middle of a call. Another chaincode answers meanwhile; this one's caller is told.
killed() {
    local caller status=0
    call query "$1" wait 60000 >"$net/killed.log" 2>&1 &
    caller=$!
    awaits "waits for 60000 ms" "$net/$1.log"
    call query plain put elsewhere 1
    end "$1" -KILL
    wait "$caller" || status=$?
    cat "$net/killed.log"
    return "$status"
}

# hung: a call that never ends is given up; others of the same chaincode come and go meanwhile.
hung() {
    local caller status=0
    call query "$1" hang >"$net/hung.log" 2>&1 &
    caller=$!
    for _ in 1 2 3; do call query "$1" get initialised; done
    wait "$caller" || status=$?
    cat "$net/hung.log"
    return "$status"
}

# stopped: the whole process does not answer for a while, and its connection stays.
stopped() {
    local status=0
    kill -STOP "$(cat "$net/$1.pid")"
    call query "$1" get initialised || status=$?
    kill -CONT "$(cat "$net/$1.pid")"
    return "$status"
}

outages() {
    local name=$1
    exits 1 "$name is killed in a call" killed "$name"
    says "the caller is told" "the chaincode stream ended"
    exits 1 "$name is not there" call query "$name" get initialised
    yes "$name is started again" "$name"
    yes "$name is reached again" call query "$name" get initialised
    exits 1 "$name never ends" hung "$name"
    says "its time is over" "timeout expired while executing transaction"
    exits 1 "$name does not answer" stopped "$name"
    says "its time is over, too" "timeout expired while executing transaction"
    yes "$name answers again" call query "$name" get initialised
}

for suite in nist gm; do
    net=net-$suite
    service_address=127.0.0.1:$(free_port) plain_address=127.0.0.1:$(free_port)
    yes "a network in $suite" create
    yes "openssl issues a certificate with an attribute" auditor
    yes "it runs" "$GMNODE" network up --dir "$net"
    yes "chaincodes are agreed upon" deploy
    exits 1 "service must be initialised first" call query service get k
    says "which the caller is told" "has not been initialized for this version, must call as init first"
    yes "service is initialised" call invoke service --init init yes
    exits 1 "once" call invoke service --init init again
    yes "dev has a first value" call invoke dev init yes
    export OTHER=plain CERT_WITH=$net/auditor.pem
    for name in service dev; do
        yes "all that a contract can ask, from $name in $suite" application calls.mjs "$name"
        outages "$name"
    done
    yes "it stops" "$GMNODE" network down --dir "$net"
    for file in "$net"/*.pid; do kill "$(cat "$file")" 2>/dev/null || true; done
done
