//! Points, rectangles and quadrilaterals in an image.
//!
//! The x axis points right and the y axis points down. Lengths are in pixels unless a name says
//! otherwise; the centre of the top left pixel is at (0.5, 0.5).

use std::ops::{Add, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A point, or the vector from one point to another. It is `[x, y]` in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    /// The point at these coordinates.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The distance to another point.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point of a line at which `share` of the way from `self` to `other` is done.
    pub fn lerp(self, other: Self, share: f32) -> Self {
        self + (other - self) * share
    }
}

impl Add for Point {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Point {
    type Output = Self;

    fn mul(self, factor: f32) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

impl From<[f32; 2]> for Point {
    fn from([x, y]: [f32; 2]) -> Self {
        Self { x, y }
    }
}

impl From<Point> for [f32; 2] {
    fn from(point: Point) -> Self {
        [point.x, point.y]
    }
}

/// Width and height in whole pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// A size of this width and height.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// A square with sides of this length.
    pub const fn square(side: u32) -> Self {
        Self { width: side, height: side }
    }

    /// The size of an image.
    pub fn of_image(image: &image::RgbImage) -> Self {
        Self { width: image.width(), height: image.height() }
    }

    /// Whether there is not a single pixel.
    pub fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The number of pixels.
    pub fn area(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// The rectangle from (0, 0) to the bottom right corner.
    pub fn to_rect(self) -> Rect {
        Rect { left: 0.0, top: 0.0, width: self.width as f32, height: self.height as f32 }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}", self.width, self.height)
    }
}

/// A rectangle whose sides are parallel to the axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

impl Rect {
    /// A rectangle by its top left corner and its size.
    pub const fn new(left: f32, top: f32, width: f32, height: f32) -> Self {
        Self { left, top, width, height }
    }

    /// The rectangle between these coordinates.
    pub const fn from_edges(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self { left, top, width: right - left, height: bottom - top }
    }

    /// The x coordinate of the right edge.
    pub fn right(self) -> f32 {
        self.left + self.width
    }

    /// The y coordinate of the bottom edge.
    pub fn bottom(self) -> f32 {
        self.top + self.height
    }

    /// The middle.
    pub fn centre(self) -> Point {
        Point::new(self.left + self.width / 2.0, self.top + self.height / 2.0)
    }

    /// The corners, clockwise from the top left.
    pub fn to_quad(self) -> Quad {
        let (right, bottom) = (self.right(), self.bottom());
        Quad::from([[self.left, self.top], [right, self.top], [right, bottom], [self.left, bottom]])
    }
}

/// Four corners, clockwise as seen in the image. Those of a card are its own top left, top
/// right, bottom right and bottom left corner, as far as that is known. It is an array of four
/// points in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quad {
    pub corners: [Point; 4],
}

impl Quad {
    /// The unit square, from (0, 0) to (1, 1).
    pub const UNIT: Self = Self {
        corners: [
            Point::new(0.0, 0.0),
            Point::new(1.0, 0.0),
            Point::new(1.0, 1.0),
            Point::new(0.0, 1.0),
        ],
    };

    /// A quadrilateral with these corners.
    pub const fn new(corners: [Point; 4]) -> Self {
        Self { corners }
    }

    /// The corners as `[x, y]` each.
    pub fn to_arrays(self) -> [[f32; 2]; 4] {
        self.corners.map(<[f32; 2]>::from)
    }

    /// The quadrilateral whose corners are those of this one, each changed by `change`.
    pub fn map(self, change: impl FnMut(Point) -> Point) -> Self {
        Self { corners: self.corners.map(change) }
    }

    /// The start and the end of each of the four sides, clockwise.
    pub fn sides(self) -> [[Point; 2]; 4] {
        [0, 1, 2, 3].map(|i| [self.corners[i], self.corners[(i + 1) % 4]])
    }

    /// The same outline read after half a turn: the third corner becomes the first.
    pub fn half_turned(self) -> Self {
        let [a, b, c, d] = self.corners;
        Self { corners: [c, d, a, b] }
    }

    /// The mean of the corners.
    pub fn centre(self) -> Point {
        let [a, b, c, d] = self.corners;
        let sum = a + b + c + d;
        Point::new(sum.x / 4.0, sum.y / 4.0)
    }

    /// The enclosed area; negative when the corners run counterclockwise.
    pub fn area(self) -> f32 {
        polygon_area(&self.corners)
    }

    /// The mean length of the two diagonals.
    pub fn diagonal(self) -> f32 {
        let [a, b, c, d] = self.corners;
        (a.distance(c) + b.distance(d)) / 2.0
    }

    /// The largest distance between a corner of this quadrilateral and the same corner of
    /// another one.
    pub fn largest_corner_distance(self, other: Self) -> f32 {
        let pairs = self.corners.into_iter().zip(other.corners);
        pairs.map(|(a, b)| a.distance(b)).fold(0.0, f32::max)
    }

    /// The smallest rectangle around the corners.
    pub fn bounds(self) -> Rect {
        let [xs, ys] = [self.corners.map(|corner| corner.x), self.corners.map(|corner| corner.y)];
        let least = |values: [f32; 4]| values.into_iter().fold(f32::MAX, f32::min);
        let greatest = |values: [f32; 4]| values.into_iter().fold(f32::MIN, f32::max);
        Rect::from_edges(least(xs), least(ys), greatest(xs), greatest(ys))
    }

    /// Whether the corners run clockwise and the quadrilateral is convex: a flat card looks
    /// like that from any side.
    pub fn is_convex(self) -> bool {
        (0..4).all(|i| {
            let [a, b, c] = [0, 1, 2].map(|step| self.corners[(i + step) % 4]);
            doubled_area(a, b, c) > 0.0
        })
    }

    /// Whether this quadrilateral, which must be convex and clockwise, contains a point.
    pub fn contains(self, point: Point) -> bool {
        self.sides().into_iter().all(|[from, to]| doubled_area(from, to, point) >= 0.0)
    }

    /// The area that this quadrilateral and another one have in common. Both must be convex and
    /// clockwise.
    pub fn intersection_area(self, other: Self) -> f32 {
        // Sutherland and Hodgman, "Reentrant polygon clipping", 1974: `other` is cut along
        // each side of `self`.
        let mut polygon = other.corners.to_vec();
        for [from, to] in self.sides() {
            polygon = clipped(&polygon, from, to);
        }
        polygon_area(&polygon).max(0.0)
    }

    /// The common area over the area of both together, 0 to 1. Both quadrilaterals must be
    /// convex and clockwise.
    pub fn intersection_over_union(self, other: Self) -> f32 {
        let common = self.intersection_area(other);
        common / (self.area() + other.area() - common).max(f32::MIN_POSITIVE)
    }
}

impl From<[[f32; 2]; 4]> for Quad {
    fn from(corners: [[f32; 2]; 4]) -> Self {
        Self { corners: corners.map(Point::from) }
    }
}

/// The part of a polygon on the right-hand side of the line `from` → `to`.
fn clipped(polygon: &[Point], from: Point, to: Point) -> Vec<Point> {
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    for (i, &start) in polygon.iter().enumerate() {
        let end = polygon[(i + 1) % polygon.len()];
        let (at_start, at_end) = (doubled_area(from, to, start), doubled_area(from, to, end));
        if at_start >= 0.0 {
            kept.push(start);
        }
        if (at_start >= 0.0) != (at_end >= 0.0) {
            kept.push(start.lerp(end, at_start / (at_start - at_end)));
        }
    }
    kept
}

/// The area of a polygon by the shoelace formula; negative when it runs counterclockwise.
fn polygon_area(corners: &[Point]) -> f32 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f32>() / 2.0
}

/// Twice the area of a triangle; positive when it runs clockwise.
fn doubled_area(a: Point, b: Point, c: Point) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: f32, top: f32, side: f32) -> Quad {
        Rect { left, top, width: side, height: side }.to_quad()
    }

    #[test]
    fn a_square_has_its_measures() {
        let quad = square(10.0, 20.0, 4.0);
        assert_eq!(quad.centre(), Point::new(12.0, 22.0));
        assert_eq!(quad.area(), 16.0);
        assert!((quad.diagonal() - 4.0 * 2.0_f32.sqrt()).abs() < 1e-5);
        assert!(quad.contains(Point::new(11.0, 23.0)) && !quad.contains(Point::new(9.0, 23.0)));
        assert_eq!(quad.bounds(), Rect { left: 10.0, top: 20.0, width: 4.0, height: 4.0 });
    }

    #[test]
    fn intersections_are_those_of_geometry() {
        let a = square(0.0, 0.0, 4.0);
        assert_eq!(a.intersection_area(square(2.0, 2.0, 4.0)), 4.0);
        assert_eq!(a.intersection_area(square(1.0, 1.0, 2.0)), 4.0, "one within the other");
        assert_eq!(a.intersection_area(square(5.0, 0.0, 4.0)), 0.0);
        assert_eq!(a.intersection_over_union(a), 1.0);
        // A square on its tip over a square with the same centre: an octagon.
        let tip = Quad::from([[2.0, -1.0], [5.0, 2.0], [2.0, 5.0], [-1.0, 2.0]]);
        assert!((a.intersection_area(tip) - 14.0).abs() < 1e-5);
    }

    #[test]
    fn only_clockwise_quadrilaterals_without_a_dent_are_convex() {
        let quad = square(0.0, 0.0, 4.0);
        let [a, b, c, d] = quad.corners;
        assert!(quad.is_convex());
        assert!(!Quad::new([a, d, c, b]).is_convex(), "counterclockwise");
        assert!(!Quad::new([a, b, Point::new(1.0, 1.0), d]).is_convex(), "a dent");
        assert!(!Quad::new([a, c, b, d]).is_convex(), "crossed");
    }

    #[test]
    fn json_is_an_array_of_arrays() {
        let quad = Quad::from([[1.0, 2.0], [3.0, 2.0], [3.0, 5.5], [1.0, 5.0]]);
        let json = serde_json::to_string(&quad).unwrap();
        assert_eq!(json, "[[1.0,2.0],[3.0,2.0],[3.0,5.5],[1.0,5.0]]");
        assert_eq!(serde_json::from_str::<Quad>(&json).unwrap(), quad);
    }
}
