//! Vector drawing in a card's own space: millimetres from its top left corner.

use ab_glyph::{Font, FontRef, OutlineCurve};
use common::Rect;
use image::buffer::ConvertBuffer as _;
use image::{RgbImage, RgbaImage};
use tiny_skia::{
    Color, FillRule, FilterQuality, GradientStop, IntSize, LinearGradient, Paint, Path,
    PathBuilder, Pattern, Pixmap, Point, Shader, SpreadMode, Stroke, Transform,
};

use crate::deck::CARD_MM;
use crate::deck::color::Rgb;
use crate::deck::style::Style;

/// Half a turn about the card's centre, which moves its top to its bottom.
pub fn half_turn() -> Transform {
    Transform::from_row(-1.0, 0.0, 0.0, -1.0, CARD_MM[0], CARD_MM[1])
}

/// A card while it is drawn.
pub struct CardCanvas {
    pixmap: Pixmap,
    pixels_from_mm: Transform,
}

impl CardCanvas {
    /// A transparent card over this many pixels, at least one.
    pub fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self {
            pixmap: Pixmap::new(width, height).expect("sides are above 0"),
            pixels_from_mm: Transform::from_scale(
                width as f32 / CARD_MM[0],
                height as f32 / CARD_MM[1],
            ),
        }
    }

    /// Draws the paper: its colour, its shade from top to bottom, and its border.
    pub fn background(&mut self, style: &Style) {
        let [width, height] = CARD_MM;
        let shape = rounded_rect(Rect::new(0.0, 0.0, width, height), style.corner_radius_mm);
        let stops = vec![
            GradientStop::new(0.0, color(style.paper[0])),
            GradientStop::new(1.0, color(style.paper[1])),
        ];
        let gradient = LinearGradient::new(
            Point::from_xy(0.0, 0.0),
            Point::from_xy(width * 0.3, height),
            stops,
            SpreadMode::Pad,
            Transform::identity(),
        );
        let shader = gradient.unwrap_or(Shader::SolidColor(color(style.paper[0])));
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        let (rule, place) = (FillRule::Winding, self.pixels_from_mm);
        self.pixmap.fill_path(&shape, &paint, rule, place, None);
        if let Some(border) = style.border {
            let inset = border.inset_mm;
            let rect = Rect::new(inset, inset, width - 2.0 * inset, height - 2.0 * inset);
            self.stroke(
                &rounded_rect(rect, 2.0),
                border.color,
                border.width_mm,
                Transform::identity(),
            );
        }
    }

    /// Fills a path. `mm_from_path` places it on the card.
    pub fn fill(&mut self, path: &Path, rgb: Rgb, mm_from_path: Transform) {
        let mut paint = Paint { anti_alias: true, ..Paint::default() };
        paint.set_color(color(rgb));
        let place = self.pixels_from_mm.pre_concat(mm_from_path);
        self.pixmap.fill_path(path, &paint, FillRule::Winding, place, None);
    }

    /// Draws the outline of a path. `width` is in the path's own units.
    pub fn stroke(&mut self, path: &Path, rgb: Rgb, width: f32, mm_from_path: Transform) {
        let mut paint = Paint { anti_alias: true, ..Paint::default() };
        paint.set_color(color(rgb));
        let place = self.pixels_from_mm.pre_concat(mm_from_path);
        let stroke = Stroke { width, ..Stroke::default() };
        self.pixmap.stroke_path(path, &paint, &stroke, place, None);
    }

    /// Fills `rect_mm`, whose corners are rounded by `radius_mm`, with the part `crop_pixels`
    /// of an image. An image without pixels fills nothing.
    pub fn image(&mut self, image: &RgbImage, crop_pixels: Rect, rect_mm: Rect, radius_mm: f32) {
        let opaque: RgbaImage = image.convert();
        let size = IntSize::from_wh(image.width(), image.height());
        let Some(pixels) = size.and_then(|size| Pixmap::from_vec(opaque.into_raw(), size)) else {
            return;
        };
        let x_scale = rect_mm.width / crop_pixels.width;
        let y_scale = rect_mm.height / crop_pixels.height;
        let mm_from_image = Transform::from_translate(-crop_pixels.left, -crop_pixels.top)
            .post_scale(x_scale, y_scale)
            .post_translate(rect_mm.left, rect_mm.top);
        let (spread, quality) = (SpreadMode::Pad, FilterQuality::Bilinear);
        let shader = Pattern::new(pixels.as_ref(), spread, quality, 1.0, mm_from_image);
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        let (rule, place) = (FillRule::Winding, self.pixels_from_mm);
        self.pixmap.fill_path(&rounded_rect(rect_mm, radius_mm), &paint, rule, place, None);
    }

    /// The drawn card as RGBA with premultiplied alpha.
    pub fn into_image(self) -> RgbaImage {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        RgbaImage::from_raw(width, height, self.pixmap.take()).expect("four bytes a pixel")
    }
}

fn color([r, g, b]: Rgb) -> Color {
    Color::from_rgba8(r, g, b, 255)
}

/// The path that a function draws.
pub fn path(draw: impl FnOnce(&mut PathBuilder)) -> Path {
    let mut builder = PathBuilder::new();
    draw(&mut builder);
    builder.finish().expect("shapes have more than one point, all finite")
}

/// A rectangle whose corners are rounded by `radius`.
pub fn rounded_rect(rect: Rect, radius: f32) -> Path {
    // One cubic curve draws a quarter of a circle when its handles are 0.5523 of the radius.
    let (r, k) = (radius, radius * 0.4477);
    let (left, top, right, bottom) = (rect.left, rect.top, rect.right(), rect.bottom());
    path(|p| {
        p.move_to(left + r, top);
        p.line_to(right - r, top);
        p.cubic_to(right - k, top, right, top + k, right, top + r);
        p.line_to(right, bottom - r);
        p.cubic_to(right, bottom - k, right - k, bottom, right - r, bottom);
        p.line_to(left + r, bottom);
        p.cubic_to(left + k, bottom, left, bottom - k, left, bottom - r);
        p.line_to(left, top + r);
        p.cubic_to(left, top + k, left + k, top, left + r, top);
        p.close();
    })
}

/// An ellipse around a centre with these half axes.
pub fn ellipse(x: f32, y: f32, half_width: f32, half_height: f32) -> Path {
    let (width, height) = (2.0 * half_width, 2.0 * half_height);
    let rect = tiny_skia::Rect::from_xywh(x - half_width, y - half_height, width, height);
    path(|p| {
        if let Some(rect) = rect {
            p.push_oval(rect);
        } else {
            p.move_to(x, y);
            p.line_to(x, y + 0.01);
        }
    })
}

/// A closed polygon.
pub fn polygon(points: &[[f32; 2]]) -> Path {
    path(|p| {
        for (i, &[x, y]) in points.iter().enumerate() {
            if i == 0 { p.move_to(x, y) } else { p.line_to(x, y) }
        }
        p.close();
    })
}

/// The outline of a text as one path, scaled and moved to fill the box from (−½, −½) to (½, ½),
/// and its original width over its original height.
pub fn text(font: &FontRef<'_>, text: &str) -> (Path, f32) {
    let mut builder = PathBuilder::new();
    let mut pen = 0.0;
    for glyph in text.chars().map(|c| font.glyph_id(c)) {
        if let Some(outline) = font.outline(glyph) {
            push_outline(&mut builder, &outline.curves, pen);
        }
        pen += font.h_advance_unscaled(glyph);
    }
    let outline = builder.finish().expect("index fonts have outlines for their glyphs");
    let bounds = outline.bounds();
    let unit = Transform::from_translate(
        -(bounds.left() + bounds.right()) / 2.0,
        -(bounds.top() + bounds.bottom()) / 2.0,
    )
    .post_scale(1.0 / bounds.width(), 1.0 / bounds.height());
    let unit = outline.transform(unit).expect("bounds of a glyph are not empty");
    (unit, bounds.width() / bounds.height())
}

/// Adds a glyph's outline. The y axis points up in fonts and down in paths.
fn push_outline(builder: &mut PathBuilder, curves: &[OutlineCurve], left: f32) {
    let mut pen = None;
    for curve in curves {
        let start = match curve {
            OutlineCurve::Line(a, _) | OutlineCurve::Quad(a, ..) | OutlineCurve::Cubic(a, ..) => *a,
        };
        if pen != Some(start) {
            builder.move_to(left + start.x, -start.y);
        }
        let end = match curve {
            OutlineCurve::Line(_, b) => {
                builder.line_to(left + b.x, -b.y);
                *b
            }
            OutlineCurve::Quad(_, b, c) => {
                builder.quad_to(left + b.x, -b.y, left + c.x, -c.y);
                *c
            }
            OutlineCurve::Cubic(_, b, c, d) => {
                builder.cubic_to(left + b.x, -b.y, left + c.x, -c.y, left + d.x, -d.y);
                *d
            }
        };
        pen = Some(end);
    }
    builder.close();
}
