#!/usr/bin/env bash
# Installs a CPU-only libtorch of the version that `tch` requires, from PyTorch's Python wheels. It
# downloads 540 MB and takes 490 MB on disk.
#
#   trainer/fetch-libtorch.sh [DEST]        DEST is trainer/libtorch by default
#
# For CUDA, set LIBTORCH to a libtorch 2.13.0 that was built for CUDA instead.
set -euo pipefail
dest=${1:-$(cd "$(dirname "$0")" && pwd)/libtorch}
version=2.13.0
python3 -m pip --version >/dev/null 2>&1 || {
    echo "fetch-libtorch: python3 or its module pip is missing; install both (Debian: python3-pip)," \
        "or set LIBTORCH to a libtorch $version" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The libraries link CUDA's runtime and profiler even without a GPU.
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
# The wheel's own libtorch.so is an empty library that needs libtorch_cuda.so.
ln -s libtorch_cpu.so "$dest.part/lib/libtorch.so"
echo "$version+cpu" >"$dest.part/build-version"
rm -rf "$dest"
mv "$dest.part" "$dest"
echo "libtorch $version is in $dest"
