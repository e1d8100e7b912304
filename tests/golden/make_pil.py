#!/usr/bin/env python3
"""Makes pil-160.png: what PIL's antialiased bilinear resize makes of scene.png.

needs: pip install pillow
"""
import os

from PIL import Image


def prepared(path, side):
    """The centred square of a picture, resized."""
    picture = Image.open(path).convert("RGB")
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    square = picture.crop((left, top, left + edge, top + edge))
    return square.resize((side, side), Image.Resampling.BILINEAR)


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    prepared(f"{here}/scene.png", 160).save(f"{here}/pil-160.png")
