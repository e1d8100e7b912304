//! Tests that cross the crates: see the files beside this folder.

use torch_sys as _;
