#!/usr/bin/env python3
"""Makes pil-160.png, the result of PIL's antialiased bilinear resize of scene.png.

needs: pip install pillow
"""
import os

from PIL import Image


def prepared(path, side):
    """Returns the centred square of an image, resized to side × side pixels."""
    image = Image.open(path).convert("RGB")
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    return square.resize((side, side), Image.Resampling.BILINEAR)


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    prepared(f"{here}/scene.png", 160).save(f"{here}/pil-160.png")
