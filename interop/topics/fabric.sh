# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# An application on Fabric's own client (npm), against a network of gmnode's: three orderers, two
# peers, a chaincode as a service, in either family. The example that `gmnode quickstart` leaves is run
# as it is; the checks use its way to the network.

modules=$PWD/node_modules
cp "$here/../cli/gmnode/client/package.json" .
yes "npm has Fabric's client" npm install --silent --no-package-lock --no-audit --no-fund

# application FILE [NAME=VALUE...]: runs it as somebody with the network's client.env does.
application() {
    local file=$1
    shift
    (cd "$net/client" && env "$@" node --env-file=client.env "$file")
}

# own ADDRESS: a chaincode of the user's is agreed upon, and its service started with what that says.
own() {
    local line
    line=$("$GMNODE" network up --dir "$net" --chaincode "own=$address" | grep ^CHAINCODE_ID=)
    env "${line% *}" "${line#* }" "$ASSET" >"$net/own.log" 2>&1 &
    echo $! >"$net/own.pid"
}

for suite in nist gm; do
    net=net-$suite
    address=127.0.0.1:$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
    yes "a network in $suite" "$GMNODE" quickstart --suite "$suite" --dir "$net" --keep
    ln -s "$modules" "$net/client/node_modules"
    cp "$here/clients/checks.mjs" "$net/client"
    yes "the example of the quickstart" application app.mjs
    says "what it read" "in block"
    yes "Fabric's client for applications" application checks.mjs
    yes "a chaincode of the user's" own
    yes "it is known already" "$GMNODE" network up --dir "$net" --chaincode "own=$address"
    says "nothing is done twice" "known already"
    yes "Fabric's client calls it" application checks.mjs CC=own
    yes "it stops" "$GMNODE" network down --dir "$net"
    if [ -e "$net/own.pid" ]; then kill "$(cat "$net/own.pid")" || true; fi
done
