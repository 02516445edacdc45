//! Files and directories of the drive, through std and with that through wasi:filesystem.

mod drive_path;
mod failure;
mod pattern;
mod search;
mod timestamp;
mod tree;

wit_bindgen::generate!({ path: "wit", world: "filesystem" });

use drive_path::DrivePath;
use failure::Context;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};

/// A result of twice this size would meet the host's bound.
const MAX_READ_BYTES: u64 = 2 * 1024 * 1024;

struct Component;

export!(Component);

impl Guest for Component {
    fn list_directory(path: String) -> Result<Vec<Entry>, String> {
        entries(&DrivePath::parse(&path)?)
    }

    fn read_file(path: String) -> Result<String, String> {
        let path = DrivePath::parse(&path)?;
        String::from_utf8(read(&path)?)
            .map_err(|_| format!("{path}: not UTF-8; read-bytes reads it"))
    }

    fn read_bytes(path: String) -> Result<Vec<u8>, String> {
        read(&DrivePath::parse(&path)?)
    }

    fn write_file(path: String, content: String) -> Result<(), String> {
        Self::write_bytes(path, content.into_bytes())
    }

    fn write_bytes(path: String, content: Vec<u8>) -> Result<(), String> {
        let path = DrivePath::parse(&path)?;
        fs::write(&path, content).at(&path)
    }

    fn append_file(path: String, content: String) -> Result<(), String> {
        let path = DrivePath::parse(&path)?;
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .at(&path)?;
        file.write_all(content.as_bytes()).at(&path)
    }

    fn create_directory(path: String) -> Result<(), String> {
        let path = DrivePath::parse(&path)?;
        for step in path.from_root() {
            match fs::create_dir(&step) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if !fs::metadata(&step).at(&step)?.is_dir() {
                        return Err(format!("{step}: not a directory"));
                    }
                }
                made => made.at(&step)?,
            }
        }
        Ok(())
    }

    fn move_path(source: String, destination: String) -> Result<(), String> {
        let source = DrivePath::parse(&source)?;
        let destination = DrivePath::parse(&destination)?;
        if source.is_root() {
            return Err(format!("{source}: the root cannot be moved"));
        }
        if destination.is_below(&source) {
            return Err(format!("{destination}: below the source"));
        }
        fs::symlink_metadata(&source).at(&source)?;
        if fs::symlink_metadata(&destination).is_ok() {
            return Err(format!("{destination}: already exists"));
        }
        fs::rename(&source, &destination).at(&destination)
    }

    fn delete_file(path: String) -> Result<(), String> {
        let path = DrivePath::parse(&path)?;
        if fs::symlink_metadata(&path).at(&path)?.is_dir() {
            return Err(format!("{path}: a directory; delete-directory deletes it"));
        }
        fs::remove_file(&path).at(&path)
    }

    fn delete_directory(path: String, recursive: Option<bool>) -> Result<(), String> {
        let path = DrivePath::parse(&path)?;
        if path.is_root() {
            return Err(format!("{path}: the root cannot be deleted"));
        }
        if !fs::symlink_metadata(&path).at(&path)?.is_dir() {
            return Err(format!("{path}: not a directory"));
        }
        if recursive == Some(true) {
            empty(&path)?;
        }
        fs::remove_dir(&path).at(&path)
    }

    fn file_exists(path: String) -> bool {
        DrivePath::parse(&path).is_ok_and(|path| fs::symlink_metadata(path).is_ok())
    }

    fn get_file_info(path: String) -> Result<FileInfo, String> {
        let path = DrivePath::parse(&path)?;
        let metadata = fs::symlink_metadata(&path).at(&path)?;
        Ok(FileInfo {
            kind: kind(metadata.file_type()),
            size: size(&metadata),
            modified: metadata.modified().ok().and_then(timestamp::rfc3339),
            path: path.to_string(),
        })
    }

    fn get_directory_tree(path: String, max_depth: u32) -> Result<String, String> {
        tree::draw(&DrivePath::parse(&path)?, max_depth)
    }

    fn search_files(path: String, pattern: String) -> Result<FoundFiles, String> {
        search::files(&DrivePath::parse(&path)?, &pattern)
    }

    fn search_text(path: String, text: String, limit: Option<u32>) -> Result<FoundLines, String> {
        search::text(&DrivePath::parse(&path)?, &text, limit)
    }
}

/// What is in a directory, in alphabetical order.
fn entries(path: &DrivePath) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).at(path)? {
        let entry = entry.at(path)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = match fs::symlink_metadata(path.join(&name)) {
            Ok(metadata) => metadata,
            // Somebody else deleted it meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failure::text(&path.join(&name), &error)),
        };
        entries.push(Entry {
            name,
            kind: kind(metadata.file_type()),
            size: size(&metadata),
        });
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

fn read(path: &DrivePath) -> Result<Vec<u8>, String> {
    let file = File::open(path).at(path)?;
    let metadata = file.metadata().at(path)?;
    if metadata.is_dir() {
        return Err(format!("{path}: a directory"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_READ_BYTES + 1)
        .read_to_end(&mut bytes)
        .at(path)?;
    if bytes.len() as u64 > MAX_READ_BYTES {
        return Err(format!(
            "{path}: {} bytes, which is more than {MAX_READ_BYTES}",
            metadata.len()
        ));
    }
    Ok(bytes)
}

fn empty(directory: &DrivePath) -> Result<(), String> {
    for entry in entries(directory)? {
        let path = directory.join(&entry.name);
        if entry.kind == Kind::Directory {
            empty(&path)?;
            fs::remove_dir(&path).at(&path)?;
        } else {
            fs::remove_file(&path).at(&path)?;
        }
    }
    Ok(())
}

fn kind(of: FileType) -> Kind {
    if of.is_file() {
        Kind::File
    } else if of.is_dir() {
        Kind::Directory
    } else if of.is_symlink() {
        Kind::SymbolicLink
    } else {
        Kind::Other
    }
}

fn size(metadata: &Metadata) -> u64 {
    if metadata.is_file() {
        metadata.len()
    } else {
        0
    }
}
