//! Capture files (.scap): blocks read and written.
