#!/bin/sh
# Makes the CA of a mesh, a certificate with its name for the controller and for each node, and the keys by which jobs are signed. What is there stays, so
# it adds a node too. Run it on a machine that is none of them, and keep ca.key there.
#
# usage: make-keys.sh DIRECTORY CONTROLLER_ADDRESS NODE...
#   CONTROLLER_ADDRESS  what the nodes write in tcp-peer, without the port; several are separated by commas
set -eu
[ $# -ge 3 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
directory=$1 addresses=$2
shift 2
umask 077
mkdir -p "$directory"
cd "$directory"

certificate() { # NODE, and the names and addresses by which others connect to it
  node=$1
  shift
  [ ! -e "$node.crt" ] || return 0
  receptor --cert-makereq commonname="$node" bits=3072 nodeid="$node" "$@" outreq="$node.csr" outkey="$node.key"
  receptor --cert-signreq req="$node.csr" cacert=ca.crt cakey=ca.key outcert="$node.crt" verify=true
  rm "$node.csr"
}

[ -e ca.key ] || receptor --cert-init commonname="Tourniquet mesh" bits=3072 outcert=ca.crt outkey=ca.key
names=""
for address in $(echo "$addresses" | tr ',' ' '); do
  case $address in
    *[!0-9.]*) names="$names dnsname=$address" ;;
    *) names="$names ipaddress=$address" ;;
  esac
done
# shellcheck disable=SC2086 # one word for each address
certificate controller $names
for node in "$@"; do
  certificate "$node" dnsname="$node"
done
if [ ! -e work-signing.key ]; then
  openssl genrsa -out work-signing.key 3072
  openssl rsa -in work-signing.key -pubout -out work-verification.pem
fi
