# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What topics with a network of gmnode's share. $net is its folder, $suite its family.

# free_port: one that nobody has now.
free_port() {
    node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

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

# agree NAME PACKAGE_ID WORDS...: both organisations approve a definition, and it is committed.
agree() {
    local name=$1 id=$2
    shift 2
    for organization in Org1 Org2; do
        as "$organization" chaincode approve --channel ch1 --name "$name" --package-id "$id" "$@"
    done
    # The first peer is asked for everything else, and so it is the administrator's own.
    as Org1 chaincode commit --channel ch1 --name "$name" "$@" \
        --peer "127.0.0.1:$(port Org2)" --tls-ca "$net/Org2/nodes/peer1/tls/ca.crt"
}

# application FILE CHAINCODE: a program on Fabric's client, for the client of Org1.
application() {
    local client=$net/Org1/users/client/msp
    PEER=localhost:$(port Org1) TLS_CA=$net/Org1/nodes/peer1/tls/ca.crt MSPID=Org1MSP \
        CERT=$(echo "$client"/signcerts/*) KEY=$(echo "$client"/keystore/*) \
        CHANNEL=ch1 CC=$2 SUITE=$suite node "$1"
}

# awaits TEXT FILE: waits until a log says that, but not for ever.
awaits() {
    local text=$1 file=$2
    for _ in $(seq 150); do
        if grep -qF -- "$text" "$file"; then return 0; fi
        sleep 0.1
    done
    echo "nothing was said of \"$text\" in $file:"
    tail -n 20 "$file"
    return 1
}
