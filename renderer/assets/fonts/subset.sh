#!/usr/bin/env bash
# Makes the fonts in this folder from Debian's packages: only the glyphs that are
# drawn, without hints and layout tables, under names of our own as the SIL Open Font
# License asks of modified versions. Needs apt-get and Python's fonttools.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

index_glyphs='A23456789JQK10OER'
label_glyphs=$(printf '%b' "$(printf '\\x%x' {32..126})")'…×·%°–'

# number, package, file
fonts='01 fonts-roboto-slab RobotoSlab-Bold.otf
02 fonts-lobstertwo LobsterTwo-Bold.otf
03 fonts-bebas-neue BebasNeue-Bold.otf
04 fonts-oldstandard OldStandard-Regular.ttf
05 fonts-ebgaramond EBGaramond12-Regular.otf
06 fonts-comfortaa Comfortaa-Bold.ttf
07 fonts-dosis Dosis-SemiBold.otf
08 fonts-quattrocento Quattrocento-Regular.otf
09 fonts-courier-prime Courier Prime Bold.otf
10 fonts-cabin Cabin-Bold.otf
11 fonts-league-spartan LeagueSpartan-Bold.otf
12 fonts-vollkorn Vollkorn-Bold.ttf
13 fonts-goudybookletter GoudyBookletter1911.otf
14 fonts-jura Jura-SemiBold.otf
15 fonts-open-sans OpenSans-CondBold.ttf
16 fonts-open-sans OpenSans-Regular.ttf
17 fonts-gfs-didot GFSDidotBold.otf
18 fonts-averia-serif-gwf AveriaSerifGWF-Bold.ttf
19 fonts-yanone-kaffeesatz YanoneKaffeesatz-Regular.otf
20 fonts-crosextra-caladea Caladea-Bold.ttf
21 fonts-blankenburg Blankenburg_UNZ1A.ttf
22 fonts-lato Lato-Black.ttf
23 fonts-dejavu-core DejaVuSans-Bold.ttf
24 fonts-dejavu-core DejaVuSerif.ttf
label fonts-dejavu-core DejaVuSans.ttf'

while read -r number package file; do
    [ -d "$package" ] || {
        apt-get download -qq "$package"
        dpkg -x "$package"_*.deb "$package"
    }
    glyphs=$index_glyphs
    name=index-$number
    [ "$number" = label ] && glyphs=$label_glyphs && name=label
    source=$(find "$package" -name "$file" | head -n 1)
    pyftsubset "$source" --text="$glyphs" --no-hinting --layout-features='' --notdef-outline \
        --name-IDs='0,1,2,3,4,6,13' --output-file="$name.font"
    python3 - "$name" <<'PYTHON'
import sys
from fontTools.ttLib import TTFont
name = sys.argv[1]
font = TTFont(f"{name}.font")
family = f"Cardsight {name.replace('-', ' ').title()}"
for record in list(font["name"].names):
    new = {1: family, 3: family, 4: family, 6: family.replace(" ", "")}.get(record.nameID)
    if new:
        font["name"].setName(new, record.nameID, record.platformID, record.platEncID, record.langID)
if "CFF " in font:
    font["CFF "].cff.fontNames[0] = family.replace(" ", "")
    top = font["CFF "].cff.topDictIndex[0]
    top.FullName = top.FamilyName = family
font.save(f"{name}.font")
PYTHON
    # The label font belongs to the device program, which can be built without the renderer.
    target=$here
    [ "$number" = label ] && target=$here/../../../edge/assets/fonts
    mv "$name.font" "$target/$name.otf"
done <<<"$fonts"
