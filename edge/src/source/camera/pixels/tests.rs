//! Frames of every pixel format.

use super::*;

fn format(fourcc: &[u8; 4], bytes_per_line: u32, range: LevelRange) -> CaptureFormat {
    CaptureFormat {
        pixels: PixelFormat::of_fourcc(*fourcc).unwrap(),
        width: 4,
        height: 2,
        bytes_per_line,
        range,
        matrix: ColorMatrix::Bt601,
    }
}

/// Checks each pixel of the image to within 3 levels, because Y, U and V are integers.
fn assert_all(image: &RgbImage, wanted: [u8; 3]) {
    for pixel in image.pixels() {
        let near = pixel.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 3);
        assert!(near, "{:?} instead of {wanted:?}", pixel.0);
    }
}

/// BT.601's pure red in both ranges: Y, U, V.
const RED: [(LevelRange, [u8; 3]); 2] =
    [(LevelRange::Limited, [81, 90, 240]), (LevelRange::Full, [76, 85, 255])];

#[test]
fn yuyv_is_red_in_both_ranges_whatever_the_padding() {
    for (range, [y, u, v]) in RED {
        for bytes_per_line in [8, 12] {
            let format = format(b"YUYV", bytes_per_line, range);
            let mut line = [y, u, y, v].repeat(2);
            line.resize(bytes_per_line as usize, 77);
            let frame = line.repeat(2);
            let image = format.to_rgb(&frame[..format.least_frame_bytes()]).unwrap();
            assert_all(&image, [255, 0, 0]);
        }
    }
}

#[test]
fn high_definition_has_its_own_color_matrix() {
    // BT.709's pure green, limited range: Y, U, V.
    let [y, u, v] = [173, 42, 26];
    let bt601 = format(b"YUYV", 8, LevelRange::Limited);
    let bt709 = CaptureFormat { matrix: ColorMatrix::Bt709, ..bt601 };
    let frame = [y, u, y, v].repeat(4);
    assert_all(&bt709.to_rgb(&frame).unwrap(), [0, 255, 0]);
    assert_ne!(bt601.to_rgb(&frame).unwrap().get_pixel(0, 0).0, [0, 255, 0]);
}

#[test]
fn nv12_is_red_in_both_ranges_whatever_the_padding() {
    for (range, [y, u, v]) in RED {
        for bytes_per_line in [4_u32, 6] {
            let format = format(b"NV12", bytes_per_line, range);
            let mut y_line = vec![y; 4];
            y_line.resize(bytes_per_line as usize, 77);
            let frame = [y_line.repeat(2), [u, v].repeat(2)].concat();
            assert_eq!(frame.len(), format.least_frame_bytes());
            assert_all(&format.to_rgb(&frame).unwrap(), [255, 0, 0]);
        }
    }
}

#[test]
fn packed_colors_are_read_in_their_order() {
    let image = |fourcc, pixel: &[u8]| {
        let line = 4 * pixel.len() as u32;
        format(fourcc, line, LevelRange::Full).to_rgb(&pixel.repeat(8)).unwrap()
    };
    assert_all(&image(b"RGB3", &[10, 100, 200]), [10, 100, 200]);
    assert_all(&image(b"BGR3", &[200, 100, 10]), [10, 100, 200]);
    assert_all(&image(b"GREY", &[50]), [50; 3]);
}

#[test]
fn an_incomplete_frame_is_refused() {
    let format = format(b"RGB3", 16, LevelRange::Full);
    let error = format.to_rgb(&[0; 27]).unwrap_err();
    assert!(matches!(error, PixelsError::Short { found: 27, wanted: 28 }), "{error}");
}

#[test]
fn a_jpeg_frame_is_decoded_and_an_incomplete_one_refused() {
    let format = format(b"MJPG", 0, LevelRange::Full);
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
    encoder.encode(&[180; 4 * 2 * 3], 4, 2, jpeg_encoder::ColorType::Rgb).unwrap();
    assert_all(&format.to_rgb(&jpeg).unwrap(), [180; 3]);
    assert!(matches!(format.to_rgb(&jpeg[..40]), Err(PixelsError::Jpeg(_))));
}

#[test]
fn a_driver_that_states_no_line_length_means_lines_without_padding() {
    for (fourcc, pixel) in [(b"RGB3", &[10, 100, 200][..]), (b"GREY", &[50]), (b"YUYV", &[9, 128])]
    {
        let least = format(fourcc, 4 * pixel.len() as u32, LevelRange::Full);
        let unstated = format(fourcc, 0, LevelRange::Full);
        let frame = pixel.repeat(8);
        assert_eq!(unstated.to_rgb(&frame).unwrap(), least.to_rgb(&frame).unwrap(), "{least:?}");
        let short = format(fourcc, pixel.len() as u32, LevelRange::Full);
        assert!(matches!(short.to_rgb(&frame), Err(PixelsError::Line { .. })), "{least:?}");
    }
    let nv12 = format(b"NV12", 0, LevelRange::Full);
    assert_eq!(nv12.to_rgb(&[128; 12]).unwrap().dimensions(), (4, 2));
    assert!(nv12.to_rgb(&[128; 11]).is_err());
}

#[test]
fn what_follows_the_lines_of_a_frame_is_ignored() {
    for pixels in PixelFormat::ALL.iter().copied().filter(|pixels| pixels.layout.is_some()) {
        let format = CaptureFormat { pixels, ..format(b"YUYV", 16, LevelRange::Full) };
        let lines: Vec<u8> = (0..48).collect();
        let longer = [lines.as_slice(), &[255; 7]].concat();
        let (short, long) = (format.to_rgb(&lines).unwrap(), format.to_rgb(&longer).unwrap());
        assert_eq!(short, long, "{pixels}");
    }
}

#[test]
fn impossible_layouts_are_refused_before_memory_is_allocated() {
    for pixels in PixelFormat::ALL.iter().copied().filter(|pixels| pixels.layout.is_some()) {
        let usual = CaptureFormat { pixels, ..format(b"YUYV", 0, LevelRange::Full) };
        for (width, height, bytes_per_line) in
            [(0, 2, 8), (4, 0, 8), (u32::MAX, u32::MAX, 0), (4, 1, u32::MAX), (4, 2, 1)]
        {
            let strange = CaptureFormat { width, height, bytes_per_line, ..usual };
            let error = strange.to_rgb(&[0; 64]).unwrap_err();
            let is_known = matches!(error, PixelsError::Size { .. } | PixelsError::Line { .. });
            assert!(is_known, "{strange:?}: {error}");
        }
    }
}

#[test]
fn formats_are_found_by_the_codes_of_the_kernel() {
    for (index, format) in PixelFormat::ALL.iter().copied().enumerate() {
        assert_eq!(PixelFormat::of_fourcc(format.fourcc()), Some(format));
        assert_eq!(format.preference(), index);
    }
    assert_eq!(PixelFormat::of_fourcc(*b"JPEG"), PixelFormat::of_fourcc(*b"MJPG"));
    assert!(PixelFormat::of_fourcc(*b"JPEG").is_some());
    assert_eq!(PixelFormat::of_fourcc(*b"RG10"), None);
}

#[test]
fn messages_list_every_format() {
    assert_eq!(PixelFormat::names(), "YUYV, NV12, RGB3, BGR3, MJPG or GREY");
}
