#!/usr/bin/env bash
# Makes the machine that the device test boots, in FOLDER: kernel, modules, Debian and disk image.
# It runs as root on Debian 12. A step whose product is still valid is skipped: the key of a product
# is made from the text of its step and the keys of the steps before it.
#
#   image.sh FOLDER [clean]
#
# With clean, all steps run again. The script downloads about 210 MB into FOLDER/downloads, once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
products=$(mkdir -p "$1" && cd "$1" && pwd)
# Unpacking is several times faster in memory, because dpkg syncs often.
scratch=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$products/stamps"
declare -A keys

log() { printf 'image: [%3d s] %s\n' "$SECONDS" "$*"; }

# step NAME [KEY…]: runs the function NAME unless it has run with these keys before.
step() {
    local name=$1 key
    shift
    key=$({ declare -f "$name" && echo "$*"; } | sha256sum | cut -d ' ' -f 1)
    keys[$name]=$key
    if [ "$(cat "$products/stamps/$name" 2>/dev/null)" = "$key" ]; then
        log "$name: still valid"
        return
    fi
    log "$name"
    rm -f "$products/stamps/$name"
    "$name"
    echo "$key" > "$products/stamps/$name"
}

# apt_arm64 COMMAND…: apt for arm64, with a state of its own, so that the host's apt stays unchanged.
apt_arm64() {
    local command=$1 sources=/etc/apt/sources.list.d/debian.sources
    shift
    [ -f "$sources" ] || sources=/etc/apt/sources.list
    "$command" -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root \
        -o Dir::State="$scratch/apt" -o Dir::State::status="$scratch/apt/status" \
        -o Dir::Cache="$scratch/apt/cache" \
        -o Dir::Etc::sourcelist="$sources" -o Dir::Etc::sourceparts=- "$@"
}

# The newest kernel of the host's Debian release, its headers, and the source of the modules that it
# does not contain. (The "cloud" kernel supports neither cameras nor screens.)
downloads() {
    local version
    mkdir -p "$scratch/apt/lists/partial" "$scratch/apt/cache/archives/partial"
    : > "$scratch/apt/status"
    apt_arm64 apt-get update -qq
    version=$(apt_arm64 apt-cache depends linux-image-arm64 | sed -n 's/.*Depends: linux-image-//p' | head -n 1)
    rm -rf "$products/downloads"
    mkdir -p "$products/downloads"
    cd "$products/downloads"
    apt_arm64 apt-get download -qq "linux-image-$version" "linux-headers-$version" \
        "linux-headers-${version%-arm64}-common" linux-source-6.1
    # These programs run on the host while modules are built, so they have the host's architecture.
    apt-get download -qq -o APT::Sandbox::User=root linux-kbuild-6.1
    echo "$version" > version
}

# The unmodified kernel, and those of its modules that the test needs: 8 MB of 340 MB.
kernel() {
    local version tree=$scratch/kernel out=$products/kernel
    version=$(cat "$products/downloads/version")
    mkdir -p "$tree"
    dpkg-deb --fsys-tarfile "$products"/downloads/linux-image-*.deb | tar -x -C "$tree" ./boot ./lib
    own_modules "$version" "$tree/lib/modules/$version/updates"
    depmod -b "$tree" -F "$tree/boot/System.map-$version" "$version"
    rm -rf "$out"
    mkdir -p "$out/modules"
    cp "$tree/boot/vmlinuz-$version" "$out/vmlinuz"
    # The modules for mounting the root; they are not part of Debian's kernel itself.
    with_dependencies "$version" virtio_pci virtio_blk crc32c_generic ext4 > "$out/initrd-modules"
    cd "$tree/lib/modules/$version"
    { with_dependencies "$version" virtio_pci virtio_blk crc32c_generic ext4 virtio_gpu \
        virtio_console virtio_rng vivid configfs autofs4 gpio-sim
        ls modules.order modules.builtin modules.builtin.modinfo; } |
        cpio --quiet -pdm "$out/modules"
    cp "$tree/boot/System.map-$version" "$out/System.map"
}

# with_dependencies VERSION MODULE…: prints the files of the modules once, each after its dependencies.
with_dependencies() {
    local version=$1 module
    shift
    for module in "$@"; do
        modprobe -d "$scratch/kernel" -S "$version" --show-depends "$module"
    done | sed -n "s#^insmod $scratch/kernel/lib/modules/$version/\([^ ]*\).*#\1#p" | awk '!seen[$0]++'
}

# own_modules VERSION FOLDER: builds the simulated GPIO chip, which Debian omits, and the camera, which
# needs changes.
own_modules() {
    local version=$1 out=$2 build=$scratch/own-modules headers=$scratch/headers package module
    mkdir -p "$build" "$headers" "$out"
    for package in "$products"/downloads/linux-{headers,kbuild}-*.deb; do
        dpkg -x "$package" "$headers"
    done
    dpkg-deb --fsys-tarfile "$products"/downloads/linux-source-6.1_*.deb |
        tar -xO ./usr/src/linux-source-6.1.tar.xz |
        tar -xJ -C "$build" --strip-components=1 --wildcards '*/drivers/media/test-drivers/vivid/*' \
            '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib.h' '*/kernel/irq/irq_sim.c'
    mv "$build"/{drivers/media/test-drivers/vivid,drivers/gpio/*,kernel/irq/irq_sim.c} "$build/"
    change_sources "$build"
    echo 'obj-m += irq_sim.o gpio-sim.o vivid/' > "$build/Kbuild"
    sed -i "s#include /usr/src/#include $headers/usr/src/#" "$headers/usr/src/linux-headers-$version/Makefile"
    # With these three variables, Debian's headers find the cross compiler.
    DEB_BUILD_ARCH=amd64 DEB_HOST_ARCH=arm64 DEB_HOST_GNU_TYPE=aarch64-linux-gnu \
        make -s -C "$headers/usr/src/linux-headers-$version" M="$build" -j"$(nproc)" modules \
        > "$products/modules.log" 2>&1 || {
        tail "$products/modules.log" >&2
        return 1
    }
    for module in irq_sim gpio-sim vivid/vivid; do
        aarch64-linux-gnu-strip --strip-debug -o "$out/${module#*/}.ko" "$build/$module.ko"
    done
}

# change_sources FOLDER: adapts the sources of the modules.
change_sources() {
    # gpio-sim needs irq_sim, which is not a module and calls irq_to_desc(), which modules can't call.
    # A module can do the same with irq_get_irq_data(), and needs a licence.
    sed -i 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/' "$1/irq_sim.c"
    printf '\n#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' >> "$1/irq_sim.c"
    # The camera sends 10 frames per second instead of 60, which would occupy the emulated processor
    # completely.
    replace 'size / 100,' 'size / 100 * 6,' "$1/vivid/vivid-vid-cap.c"
    replace 'size / 100,' 'size / 100 * 6,' "$1/vivid/vivid-vid-out.c"
}

# replace OLD NEW FILE: fails when FILE does not contain OLD, as in another version of the source.
replace() {
    grep -q "$1" "$3"
    sed -i "s#$1#$2#" "$3"
}

# Scripts of packages call arm64 programs, which the host's kernel must pass to qemu-user.
enable_arm64_programs() {
    local binfmt=/proc/sys/fs/binfmt_misc
    mountpoint -q $binfmt || mount -t binfmt_misc binfmt_misc $binfmt
    [ -e $binfmt/qemu-aarch64 ] || cat /usr/lib/binfmt.d/qemu-aarch64.conf > $binfmt/register
    arch-test arm64 > /dev/null
}

# A bare Debian without any file of the project: the package must bring everything.
rootfs() {
    enable_arm64_programs
    TMPDIR=$scratch mmdebstrap --quiet --mode=root --arch=arm64 --variant=essential \
        --include=systemd,systemd-sysv,udev,kmod,v4l-utils,gpiod,procps,busybox-static \
        --aptopt='Apt::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$products/rootfs.tar"
}

# The disk, and the initial memory disk that finds it.
image() {
    local root=$scratch/root version
    mkdir -p "$root"
    tar -C "$root" -xf "$products/rootfs.tar" --exclude='./dev/*'
    mkdir -p "$root/usr/lib/modules"
    version=$(cat "$products/downloads/version")
    cp -r "$products/kernel/modules" "$root/usr/lib/modules/$version"
    depmod -b "$root" -F "$products/kernel/System.map" "$version"
    # mmdebstrap does not remove its own dpkg options.
    rm -f "$root/etc/resolv.conf" "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
    cp -r --no-preserve=ownership "$here/guest/." "$root/"
    mask_services "$root/etc/systemd/system"
    initrd "$root/usr/lib/modules/$version" "$root/bin/busybox"
    rm -f "$products/root.ext4"
    # -d fills the file system without mounting it.
    mke2fs -q -t ext4 -d "$root" -m 0 -O ^has_journal "$products/root.ext4" 400M
}

# Nobody logs in, and the program uses the screen alone.
mask_services() {
    local unit
    for unit in systemd-firstboot getty@tty1 getty-static serial-getty@ttyAMA0 e2scrub_reap \
        systemd-timesyncd systemd-pstore; do
        ln -sf /dev/null "$1/$unit.service"
    done
    for unit in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim; do
        ln -sf /dev/null "$1/$unit.timer"
    done
    ln -sf /dev/null "$1/getty.target"
}

# initrd MODULES BUSYBOX: makes the initial memory disk, which loads the disk's modules and starts systemd.
initrd() {
    local tree=$scratch/initrd module
    mkdir -p "$tree"/{bin,dev,proc,sys,root,modules}
    cp "$2" "$tree/bin/busybox"
    while read -r module; do
        cp "$1/$module" "$tree/modules/"
        basename "$module"
    done < "$products/kernel/initrd-modules" > "$tree/modules/order"
    install -m 755 "$here/initrd-init.sh" "$tree/init"
    (cd "$tree" && find . | cpio --quiet -o -H newc | gzip -1) > "$products/initrd.gz"
}

case ${2:-} in
    "") ;;
    clean) rm -rf "${products:?}"/stamps/* ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
step downloads
step kernel "${keys[downloads]}" "$(declare -f with_dependencies own_modules change_sources replace)"
step rootfs
overlay=$(cd "$here" && tar -c --sort=name --mtime=@0 --owner=0 --group=0 guest initrd-init.sh | sha256sum)
step image "${keys[kernel]}" "${keys[rootfs]}" "$overlay" "$(declare -f mask_services initrd)"
log "everything is ready"
