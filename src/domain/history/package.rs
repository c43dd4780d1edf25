//! Anki's packages: a zip with the collection, an SQLite file, in one of three wrappings.
//!
//! A package comes from outside. Nothing in it is believed before it is counted: neither how many files there are nor
//! how large one becomes when it is unpacked.

use std::io::{self, Read, Seek, SeekFrom, Write};
use zip::{ZipArchive, result::ZipError};

/// How much a package may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Files in it; each takes memory as soon as the list is read.
    pub files: usize,
    /// Bytes of the collection when it is unpacked.
    pub collection: u64,
}

/// Why a package cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PackageFault {
    #[error("this is not an Anki package (.apkg or .colpkg), or it was cut short")]
    Unreadable,
    #[error("there is no collection in this package")]
    NoCollection,
    #[error("this package is of a newer kind; export it again for older versions of Anki")]
    Newer,
    #[error("the package holds more than {0} files; export it without media")]
    TooManyFiles(usize),
    #[error("the collection is larger than {0} bytes when unpacked; export only the deck of the course")]
    TooLarge(u64),
    #[error("the package could not be read: {0}")]
    Io(io::Error),
}

/// The newest kind of package known here.
const NEWEST: u8 = 3;
/// The longest look back a compressed collection may need, 8 MiB; Anki's own packages need a quarter of it.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Copies the collection of a package to `to`.
pub fn unpack(mut package: impl Read + Seek, to: &mut impl Write, bounds: Bounds) -> Result<(), PackageFault> {
    if files(&mut package)? > bounds.files {
        return Err(PackageFault::TooManyFiles(bounds.files));
    }
    package.seek(SeekFrom::Start(0)).map_err(PackageFault::Io)?;
    let mut archive = ZipArchive::new(package).map_err(fault)?;
    if kind(&mut archive)?.is_some_and(|kind| kind > NEWEST) {
        return Err(PackageFault::Newer);
    }
    // A package of the newest kind also has a collection of the oldest, which only says that Anki is to be updated.
    for name in ["collection.anki21b", "collection.anki21", "collection.anki2"] {
        let file = match archive.by_name(name) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => continue,
            Err(cause) => return Err(fault(cause)),
        };
        return if name.ends_with('b') { copy(&mut unzstd(file)?, to, bounds) } else { copy(file, to, bounds) };
    }
    Err(PackageFault::NoCollection)
}

/// How many entries the zip's directory has at most: its marks are counted, because reading the directory makes a
/// record of some hundred bytes for each of them.
fn files(package: &mut impl Read) -> Result<usize, PackageFault> {
    let (mut buffer, mut held, mut count) = (vec![0; 64 * 1024], 0, 0);
    loop {
        let read = package.read(&mut buffer[held..]).map_err(PackageFault::Io)?;
        if read == 0 {
            return Ok(count);
        }
        let end = held + read;
        count += buffer[..end].windows(4).filter(|window| *window == b"PK\x01\x02").count();
        held = end.min(3);
        buffer.copy_within(end - held..end, 0);
    }
}

/// What kind of package it says it is: a protobuf message whose first field is a number.
fn kind(archive: &mut ZipArchive<impl Read + Seek>) -> Result<Option<u8>, PackageFault> {
    let mut meta = match archive.by_name("meta") {
        Ok(meta) => meta,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(cause) => return Err(fault(cause)),
    };
    let mut start = [0; 2];
    meta.read_exact(&mut start).map_err(|_| PackageFault::Unreadable)?;
    Ok((start[0] == 0x08).then_some(start[1]))
}

fn unzstd<'a>(file: impl Read + 'a) -> Result<impl Read + 'a, PackageFault> {
    let mut decoder = zstd::Decoder::new(file).map_err(PackageFault::Io)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(PackageFault::Io)?;
    Ok(decoder)
}

/// What cannot be read is the package's fault; what cannot be written is ours.
fn copy(mut from: impl Read, to: &mut impl Write, bounds: Bounds) -> Result<(), PackageFault> {
    let (mut buffer, mut left) = (vec![0; 64 * 1024], bounds.collection);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(PackageFault::Unreadable),
        };
        left = left.checked_sub(read as u64).ok_or(PackageFault::TooLarge(bounds.collection))?;
        to.write_all(&buffer[..read]).map_err(PackageFault::Io)?;
    }
}

fn fault(cause: ZipError) -> PackageFault {
    match cause {
        ZipError::Io(cause) if cause.kind() != io::ErrorKind::UnexpectedEof && cause.raw_os_error().is_some() => {
            PackageFault::Io(cause)
        }
        _ => PackageFault::Unreadable,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    const BOUNDS: Bounds = Bounds { files: 10, collection: 100_000 };

    fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let method = if name.ends_with('b') { CompressionMethod::Stored } else { CompressionMethod::Deflated };
            zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    fn open(package: &[u8]) -> Result<Vec<u8>, PackageFault> {
        let mut collection = Vec::new();
        unpack(Cursor::new(package), &mut collection, BOUNDS).map(|()| collection)
    }

    #[test]
    fn the_newest_collection_in_a_package_is_the_one() {
        let old = package(&[("collection.anki2", b"oldest"), ("media", b"{}")]);
        assert_eq!(open(&old).unwrap(), b"oldest");
        let middle = package(&[("collection.anki2", b"stub"), ("collection.anki21", b"middle")]);
        assert_eq!(open(&middle).unwrap(), b"middle");
        let new =
            package(&[("meta", &[8, 3]), ("collection.anki2", b"stub"), ("collection.anki21b", &packed(b"newest"))]);
        assert_eq!(open(&new).unwrap(), b"newest");
        assert!(matches!(open(&package(&[("meta", &[8, 4]), ("collection.anki2", b"x")])), Err(PackageFault::Newer)));
        assert!(matches!(open(&package(&[("x", b"x")])), Err(PackageFault::NoCollection)));
    }

    #[test]
    fn a_bomb_is_let_go_of_at_its_bound() {
        let large = vec![0; 40_000_000];
        assert!(matches!(open(&package(&[("collection.anki2", &large)])), Err(PackageFault::TooLarge(100_000))));
        let bomb = package(&[("collection.anki21b", &packed(&large))]);
        assert!(bomb.len() < 10_000 && matches!(open(&bomb), Err(PackageFault::TooLarge(100_000))));
        let names: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(matches!(open(&package(&many)), Err(PackageFault::TooManyFiles(10))));
    }

    #[test]
    fn a_package_cut_anywhere_is_refused() {
        let whole = package(&[("collection.anki21b", &packed(&[7; 5_000]))]);
        for length in 0..whole.len() {
            assert!(matches!(open(&whole[..length]), Err(PackageFault::Unreadable)), "{length}");
        }
        let torn = packed(&[7; 5_000]);
        let torn = package(&[("collection.anki21b", &torn[..torn.len() - 4])]);
        assert!(matches!(open(&torn), Err(PackageFault::Unreadable)));
    }

    proptest! {
        #[test]
        fn no_package_is_too_odd(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut whole = package(&[("meta", &[8, 3]), ("collection.anki21b", &packed(&[7; 500]))]);
            let at = at.index(whole.len());
            whole[at] = byte;
            let _ = open(&whole);
        }
    }
}
