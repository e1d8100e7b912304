#!/usr/bin/env bash
# Puts a CPU-only libtorch of the version that `tch` wants into DEST (trainer/libtorch
# by default), from PyTorch's Python wheels: 540 MB to download, 490 MB on disk.
# For CUDA, point LIBTORCH at a libtorch 2.13.0 built for it instead.
set -euo pipefail
dest=${1:-$(cd "$(dirname "$0")" && pwd)/libtorch}
version=2.13.0
command -v python3 >/dev/null || {
    echo "fetch-libtorch: python3 with pip is needed; install it, or set LIBTORCH to a libtorch $version" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# CUDA's runtime and profiler are linked even where no GPU is used.
python3 -m pip download --quiet --no-deps --dest "$work" \
    "torch==$version" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85
python3 - "$work" "$dest.part" <<'PYTHON'
import glob, os, shutil, sys, zipfile
work, dest = sys.argv[1:]
libraries = {
    "torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp.so.1",
    "nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13",
}
shutil.rmtree(dest, ignore_errors=True)
for wheel in glob.glob(f"{work}/*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name in libraries:
                path = os.path.join(dest, "lib", os.path.basename(name))
            elif name.startswith("torch/include/") and not name.endswith("/"):
                path = os.path.join(dest, name.removeprefix("torch/"))
            else:
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(name) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
PYTHON
# The wheel's own libtorch.so is an empty shim that needs CUDA's.
ln -s libtorch_cpu.so "$dest.part/lib/libtorch.so"
echo "$version+cpu" >"$dest.part/build-version"
rm -rf "$dest"
mv "$dest.part" "$dest"
echo "libtorch $version is in $dest"
