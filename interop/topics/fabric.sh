# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# An application on Fabric's own client (npm), against a network of gmnode's: three orderers, two
# peers, a chaincode as a service, in either family.

cp "$here"/clients/package.json "$here"/clients/app.mjs .
yes "npm has Fabric's client" npm install --silent --no-package-lock --no-audit --no-fund

# port ORGANIZATION: of its first process.
port() { sed -n "/\"name\": *\"$1\"/,\$p" "$net/network.json" | sed -n 's/.*"port": *\([0-9]*\).*/\1/p' | head -n 1; }

# as ORGANIZATION WORDS...: gmnode as its administrator, to its own peer.
as() {
    local organization=$1 command=$2 part=$3
    shift 3
    "$GMNODE" "$command" "$part" --peer "127.0.0.1:$(port "$organization")" \
        --tls-ca "$net/$organization/nodes/peer1/tls/ca.crt" \
        --msp "$net/$organization/users/admin/msp" --mspid "${organization}MSP" "$@"
}

deploy() {
    local id
    id=$("$GMNODE" chaincode package asset_1 "$address" --out "$net/asset.tar.gz")
    CHAINCODE_ID=$id CHAINCODE_SERVER_ADDRESS=$address "$ASSET" >"$net/asset.log" 2>&1 &
    echo $! >"$net/asset.pid"
    for organization in Org1 Org2; do
        as "$organization" chaincode install "$net/asset.tar.gz"
        as "$organization" chaincode approve --channel ch1 --name asset --package-id "$id"
    done
    # The first peer is asked for everything else, and so it is the administrator's own.
    as Org1 chaincode commit --channel ch1 --name asset \
        --peer "127.0.0.1:$(port Org2)" --tls-ca "$net/Org2/nodes/peer1/tls/ca.crt"
}

application() {
    local client=$net/Org1/users/client/msp
    PEER=localhost:$(port Org1) TLS_CA=$net/Org1/nodes/peer1/tls/ca.crt MSPID=Org1MSP \
        CERT=$(echo "$client"/signcerts/*) KEY=$(echo "$client"/keystore/*) \
        CHANNEL=ch1 CC=asset SUITE=$suite node app.mjs
}

for suite in nist gm; do
    net=net-$suite
    address=127.0.0.1:$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
    yes "a network in $suite" "$GMNODE" network create --dir "$net" --suite "$suite"
    yes "it runs" "$GMNODE" network up --dir "$net"
    yes "a chaincode is agreed upon" deploy
    yes "Fabric's client for applications" application
    yes "it stops" "$GMNODE" network down --dir "$net"
    if [ -e "$net/asset.pid" ]; then kill "$(cat "$net/asset.pid")" || true; fi
done
