#!/bin/sh
# Starts Amazon's emulator with an /opt and a function of its own, without touching the machine's folders.
#
# usage: start.sh <emulator> <opt tree> <function folder> <invoke port> <runtime port>
# To be run in a new mount namespace.
set -eu
emulator=$1 opt=$2 function=$3 port=$4 runtime_port=$5

mkdir -p /opt
mount --bind "$opt" /opt
# The emulator wants the function at /var/task. Nothing here needs the rest of /var, except what is still to be
# copied: that may lie there.
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/task /mnt/runtime
cp "$function"/* /mnt/task/
cp "$emulator" /mnt/runtime/aws-lambda-rie
mount --bind /mnt /var
cd /var/task
exec /var/runtime/aws-lambda-rie \
    --runtime-interface-emulator-address "127.0.0.1:$port" \
    --runtime-api-address "127.0.0.1:$runtime_port" \
    /var/task/bootstrap
