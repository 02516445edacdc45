use crate::drive_path::DrivePath;
use std::io::{Error, Result};

/// Names the path that an operation failed for.
pub trait Context<T> {
    fn at(self, path: &DrivePath) -> std::result::Result<T, String>;
}

impl<T> Context<T> for Result<T> {
    fn at(self, path: &DrivePath) -> std::result::Result<T, String> {
        self.map_err(|error| text(path, &error))
    }
}

pub fn text(path: &DrivePath, error: &Error) -> String {
    // The numbers are WASI's; std names only some of them.
    let reason = match error.raw_os_error() {
        Some(2 | 63) => "permission denied",
        Some(19 | 51) => "the drive is full",
        Some(20) => "already exists",
        Some(22) => "the file is too large",
        Some(31) => "a directory",
        Some(37) => "the name is too long",
        Some(44) => "not found",
        Some(54) => "not a directory",
        Some(55) => "the directory is not empty",
        Some(69) => "the drive is read-only",
        // No preopened directory holds the path.
        Some(76) => "no drive was granted",
        _ => return format!("{path}: {error}"),
    };
    format!("{path}: {reason}")
}
