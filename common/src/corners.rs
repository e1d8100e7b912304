//! Where a card is: its four corners, and what follows from them.

/// A quadrilateral, clockwise as seen in the image, y downwards; in pixels unless it
/// is said otherwise. For a card: its own top left, top right, bottom right and bottom
/// left corner, as far as that is known.
pub type Corners = [[f32; 2]; 4];

/// The mean of the corners.
pub fn centre(corners: &Corners) -> [f32; 2] {
    [0, 1].map(|axis| corners.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0)
}

/// The area enclosed, by the shoelace formula; negative when the corners go
/// counterclockwise.
pub fn area(corners: &[[f32; 2]]) -> f32 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|([ax, ay], [bx, by])| ax * by - bx * ay).sum::<f32>() / 2.0
}

/// The mean of both diagonals' lengths.
pub fn diagonal(corners: &Corners) -> f32 {
    let [a, b, c, d] = corners;
    (distance(a, c) + distance(b, d)) / 2.0
}

/// Between two points.
pub fn distance(a: &[f32; 2], b: &[f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Whether the corners go clockwise and bulge everywhere: what a flat card looks like
/// from any side.
pub fn is_convex(corners: &Corners) -> bool {
    (0..4).all(|i| {
        let [a, b, c] = [0, 1, 2].map(|step| corners[(i + step) % 4]);
        turn(a, b, c) > 0.0
    })
}

/// Whether a convex clockwise quadrilateral holds a point.
pub fn contains(corners: &Corners, point: [f32; 2]) -> bool {
    (0..4).all(|i| turn(corners[i], corners[(i + 1) % 4], point) >= 0.0)
}

/// Area of the overlap of two convex clockwise quadrilaterals.
pub fn overlap(a: &Corners, b: &Corners) -> f32 {
    // Sutherland and Hodgman, "Reentrant polygon clipping", 1974: b is cut along each
    // edge of a.
    let mut polygon = b.to_vec();
    for i in 0..4 {
        let (from, to) = (a[i], a[(i + 1) % 4]);
        let side = |point: [f32; 2]| turn(from, to, point);
        let next = polygon.iter().cycle().skip(1);
        let cut = |(&p, &q): (&[f32; 2], &[f32; 2])| {
            let (at_p, at_q) = (side(p), side(q));
            let crossing = ((at_p >= 0.0) != (at_q >= 0.0)).then(|| {
                let share = at_p / (at_p - at_q);
                [0, 1].map(|axis| p[axis] + share * (q[axis] - p[axis]))
            });
            [(at_p >= 0.0).then_some(p), crossing].into_iter().flatten()
        };
        polygon = polygon.iter().zip(next).flat_map(cut).collect();
    }
    area(&polygon).max(0.0)
}

/// Overlap over union of two convex clockwise quadrilaterals, 0..1.
pub fn overlap_over_union(a: &Corners, b: &Corners) -> f32 {
    let both = overlap(a, b);
    both / (area(a) + area(b) - both).max(f32::MIN_POSITIVE)
}

/// Twice the area of the triangle; positive when it goes clockwise.
fn turn(a: [f32; 2], b: [f32; 2], c: [f32; 2]) -> f32 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: f32, top: f32, edge: f32) -> Corners {
        let (right, bottom) = (left + edge, top + edge);
        [[left, top], [right, top], [right, bottom], [left, bottom]]
    }

    #[test]
    fn a_square_has_its_measures() {
        let corners = square(10.0, 20.0, 4.0);
        assert_eq!(centre(&corners), [12.0, 22.0]);
        assert_eq!(area(&corners), 16.0);
        assert!((diagonal(&corners) - 4.0 * 2.0_f32.sqrt()).abs() < 1e-5);
        assert!(contains(&corners, [11.0, 23.0]) && !contains(&corners, [9.0, 23.0]));
    }

    #[test]
    fn overlaps_are_those_of_geometry() {
        let a = square(0.0, 0.0, 4.0);
        assert_eq!(overlap(&a, &square(2.0, 2.0, 4.0)), 4.0);
        assert_eq!(overlap(&a, &square(1.0, 1.0, 2.0)), 4.0, "one within the other");
        assert_eq!(overlap(&a, &square(5.0, 0.0, 4.0)), 0.0);
        assert_eq!(overlap_over_union(&a, &a), 1.0);
        // A square on its tip over a square of the same middle: an octagon.
        let tip = [[2.0, -1.0], [5.0, 2.0], [2.0, 5.0], [-1.0, 2.0]];
        assert!((overlap(&a, &tip) - 14.0).abs() < 1e-5);
    }

    #[test]
    fn only_bulging_clockwise_quadrilaterals_are_convex() {
        let corners = square(0.0, 0.0, 4.0);
        let [a, b, c, d] = corners;
        assert!(is_convex(&corners));
        assert!(!is_convex(&[a, d, c, b]), "counterclockwise");
        assert!(!is_convex(&[a, b, [1.0, 1.0], d]), "a dent");
        assert!(!is_convex(&[a, c, b, d]), "crossed");
    }
}
