#!/bin/busybox sh
# shellcheck shell=dash
# The first program of the device: it finds the disk and starts systemd from it.
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
while read -r module; do $b insmod "/modules/$module"; done < /modules/order
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 100 ]; do
    $b usleep 50000
    tries=$((tries + 1))
done
$b mount -t ext4 -o rw,noatime /dev/vda /root || exec $b sh
$b mount --move /dev /root/dev
$b umount /proc
$b umount /sys
exec $b switch_root /root /sbin/init
