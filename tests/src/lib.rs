//! Tests that need the trainer and the device program together; see the files beside this folder.
//! Each crate's other tests are in its own folder.

use torch_sys as _;
