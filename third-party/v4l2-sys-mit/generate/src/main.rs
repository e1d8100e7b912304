//! Writes `src/bindings.rs` of the crate above, from the machine's kernel headers.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bindings = bindgen::Builder::default()
        .header_contents("wrapper.h", "#include <linux/videodev2.h>\n")
        .allowlist_type("v4l2_.*")
        .allowlist_var("V4L2_.*")
        .allowlist_type("time_t")
        .layout_tests(true)
        .generate_comments(false)
        .generate()?;
    let out = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/bindings.rs");
    bindings.write_to_file(out)?;
    Ok(())
}
