# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the topics are written with. Each check has a name, is counted, and is silent when green;
# a red one is named with its command and what that printed, and the others still run.

checks=0
failed=0
# The ID that SM2 signatures of certificates are made with (GM/T 0009 clause 10).
distid=distid:1234567812345678

# nist ARGUMENTS... and gm ARGUMENTS...: gmca in one family.
nist() { "$GMCA" --suite nist "$@"; }
gm() { "$GMCA" --suite gm "$@"; }

red() {
    failed=$((failed + 1))
    echo "red: $topic: $1"
    shift
    if [ $# -gt 0 ]; then printf '    %s\n' "$*"; fi
    if [ -e "$temp/log" ]; then sed 's/^/    | /' "$temp/log" | tail -n 20; fi
}

# exits STATUS NAME COMMAND...: the command ends with this status. Its output stays in $temp/log.
exits() {
    local wanted=$1 name=$2 status=0
    shift 2
    checks=$((checks + 1))
    # A shell of its own with `set -e`, which is off wherever a status is asked for with `||`.
    set +e
    (set -euo pipefail; "$@") >"$temp/log" 2>&1 </dev/null
    status=$?
    set -e
    if [ "$status" != "$wanted" ]; then red "$name (exit $status, not $wanted)" "$@"; fi
}

# yes NAME COMMAND...: the command succeeds.
yes() { exits 0 "$@"; }

# fails NAME COMMAND...: an outside program says no, with whatever status it does that.
fails() {
    local name=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$temp/log" 2>&1 </dev/null; then red "$name (succeeded)" "$@"; fi
}

# says NAME TEXT: the last command printed this.
says() {
    checks=$((checks + 1))
    if ! grep -qF -- "$2" "$temp/log"; then red "$1: nothing said of: $2"; fi
}

# same NAME FILE FILE: two files hold the same bytes.
same() {
    checks=$((checks + 1))
    if ! diff -a "$2" "$3" >"$temp/log" 2>&1; then red "$1" diff "$2" "$3"; fi
}

# absent NAME FILE: nothing is there.
absent() {
    checks=$((checks + 1))
    : >"$temp/log"
    if [ -e "$2" ]; then red "$1: $2 is there"; fi
}

# extensions_of CERTIFICATE: the extensions as openssl prints them, without the key identifiers:
# they are digests, and the programs take different ones.
extensions_of() {
    openssl x509 -in "$1" -noout -text -certopt \
        no_header,no_version,no_serial,no_signame,no_validity,no_subject,no_issuer,no_pubkey,no_sigdump,no_aux |
        sed -E 's/^( *)(keyid:)?([0-9A-F]{2}:){19}[0-9A-F]{2}$/\1KEY ID/' | sed -E 's/ +$//'
}

# requested_of REQUEST: the same of a request.
requested_of() {
    openssl req -in "$1" -noout -text -reqopt \
        no_header,no_version,no_signame,no_subject,no_pubkey,no_sigdump |
        sed -E 's/^( *)([0-9A-F]{2}:){19}[0-9A-F]{2}$/\1KEY ID/' | sed -E 's/ +$//'
}

# subject_of x509|req FILE: the name with the type of each string.
subject_of() { openssl "$1" -in "$2" -noout -subject -nameopt RFC2253,show_type; }

# same_key NAME FILE FILE: two private keys of any form are one, as openssl sees it.
same_key() {
    checks=$((checks + 1))
    if ! diff <(openssl pkey -in "$2" -pubout 2>&1) <(openssl pkey -in "$3" -pubout 2>&1) \
        >"$temp/log" 2>&1; then red "$1" "$2" "$3"; fi
}
