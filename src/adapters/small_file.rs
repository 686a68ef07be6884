//! Files that hold a key, a password or certificates.

use std::{
    fs::OpenOptions,
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

/// Reads a regular file of at most so many bytes.
///
/// # Errors
///
/// When it cannot be read, is larger, or is no regular file.
pub(super) fn read(file: &Path, most: u64) -> io::Result<Vec<u8>> {
    // A pipe that nobody writes to would keep the opener waiting for ever.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(file)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut content = Vec::new();
    file.take(most + 1).read_to_end(&mut content)?;
    if content.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

/// One newline at the end is the editor's, not the secret's.
pub(super) fn without_newline(content: &[u8]) -> &[u8] {
    let line = content.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    line.unwrap_or(content)
}
