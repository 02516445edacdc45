use crate::wasi::filesystem::preopens;
use crate::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};
use crate::Deed;

const PLAIN: PathFlags = PathFlags::SYMLINK_FOLLOW;

pub fn told(deed: Deed) -> String {
    let Some((root, _)) = preopens::get_directories().pop() else {
        return "no preopened directory".to_owned();
    };
    attempt(&root, deed).unwrap_or_else(|code| format!("refused: {}", code.name()))
}

pub fn is_there(path: &str) -> bool {
    let root = preopens::get_directories().pop();
    root.is_some_and(|(root, _)| root.stat_at(PLAIN, path).is_ok())
}

fn attempt(root: &Descriptor, deed: Deed) -> Result<String, ErrorCode> {
    let done = |()| "done".to_owned();
    match deed {
        Deed::Read(path) => read(root, &path),
        Deed::Write((path, text)) => {
            let file = root.open_at(
                PLAIN,
                &path,
                OpenFlags::CREATE | OpenFlags::TRUNCATE,
                DescriptorFlags::READ | DescriptorFlags::WRITE,
            )?;
            file.write(text.as_bytes(), 0)?;
            file.sync().map(done)
        }
        Deed::List(path) => list(root, &path),
        Deed::Stat(path) => root
            .stat_at(PLAIN, &path)
            .map(|stat| format!("{:?} of {} bytes", stat.type_, stat.size)),
        Deed::Hash(path) => root
            .metadata_hash_at(PLAIN, &path)
            .map(|hash| format!("{:x} {:x}", hash.lower, hash.upper)),
        Deed::MakeDirectory(path) => root.create_directory_at(&path).map(done),
        Deed::Remove(path) => root
            .unlink_file_at(&path)
            .or_else(|_| root.remove_directory_at(&path))
            .map(done),
        Deed::Rename((from, to)) => root.rename_at(&from, root, &to).map(done),
        Deed::HardLink((from, to)) => root.link_at(PLAIN, &from, root, &to).map(done),
        Deed::SymbolicLink((to, at)) => root.symlink_at(&to, &at).map(done),
        Deed::ReadLink(path) => root.readlink_at(&path),
        Deed::ReadBelow((directory, path)) => {
            let flags = DescriptorFlags::READ;
            let base = root.open_at(PLAIN, &directory, OpenFlags::DIRECTORY, flags)?;
            read(&base, &path)
        }
    }
}

fn read(base: &Descriptor, path: &str) -> Result<String, ErrorCode> {
    let file = base.open_at(PLAIN, path, OpenFlags::empty(), DescriptorFlags::READ)?;
    let (bytes, _) = file.read(65_536, 0)?;
    Ok(format!("read {}", String::from_utf8_lossy(&bytes)))
}

fn list(root: &Descriptor, path: &str) -> Result<String, ErrorCode> {
    let flags = DescriptorFlags::READ;
    let entries = root
        .open_at(PLAIN, path, OpenFlags::DIRECTORY, flags)?
        .read_directory()?;
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry()? {
        names.push(entry.name);
    }
    Ok(format!("listed {}", names.join(" ")))
}
