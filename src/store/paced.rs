//! Forces a large file to the disk without keeping it from others for long.
//!
//! Thousands of changed pages all over a file keep a disk busy for tens of milliseconds, and whoever forces the log of
//! pages meanwhile waits behind them. So they are written a piece at a time, with rests between, as PostgreSQL does at
//! its checkpoints (`checkpoint_flush_after`). What makes them last is the one forcing at the end.

use std::{
    fs::File,
    io, thread,
    time::{Duration, Instant},
};

/// Bytes that are written at once.
const PIECE: u64 = 1 << 20;
/// A piece that took less had nothing to write.
const NOTHING: Duration = Duration::from_micros(300);
/// How much longer than a piece took is rested after it.
const REST: u32 = 4;
/// How long is rested at most in all, however slow the disk is.
const MOST_REST: Duration = Duration::from_secs(1);

/// When it returns, all that was written to the file before is on the disk. For a thread that may wait.
pub(super) fn force(file: &File) -> io::Result<()> {
    let write = |from| {
        let began = Instant::now();
        write_out(file, from)?;
        Ok(began.elapsed())
    };
    in_pieces(file.metadata()?.len(), write, thread::sleep)?;
    file.sync_data()
}

/// `write` is given where each piece of so many bytes begins, and tells how long it took.
fn in_pieces(
    length: u64,
    mut write: impl FnMut(u64) -> io::Result<Duration>,
    mut rest: impl FnMut(Duration),
) -> io::Result<()> {
    let mut left = MOST_REST;
    for from in (0..length).step_by(PIECE as usize) {
        let took = write(from)?;
        if took > NOTHING {
            let pause = left.min(took * REST);
            rest(pause);
            left -= pause;
        }
    }
    Ok(())
}

/// Writes what was changed in the piece that begins at `from`, and waits for it. A failure is told here and not again
/// by the forcing.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no library wraps the call, which reads no memory of ours")]
fn write_out(file: &File, from: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    const WRITE_AND_WAIT: libc::c_uint =
        libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WRITE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    // SAFETY: it takes numbers alone, and the file is open as long as it is borrowed.
    let done = unsafe { libc::sync_file_range(file.as_raw_fd(), from as i64, PIECE as i64, WRITE_AND_WAIT) };
    let failure = (done != 0).then(io::Error::last_os_error);
    match failure.filter(|failure| !matches!(failure.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL | libc::ESPIPE)))
    {
        Some(failure) => Err(failure),
        // Where the system cannot, the forcing does it all.
        None => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn write_out(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where pieces began, and how long was rested after them.
    fn written(length: u64, took: Duration) -> (Vec<u64>, Vec<Duration>) {
        let (mut pieces, mut rests) = (Vec::new(), Vec::new());
        let write = |from| {
            pieces.push(from);
            Ok(took)
        };
        in_pieces(length, write, |rest| rests.push(rest)).unwrap();
        (pieces, rests)
    }

    #[test]
    fn every_byte_is_in_a_piece() {
        assert_eq!(written(2 * PIECE + 1, NOTHING).0, [0, PIECE, 2 * PIECE]);
        assert_eq!(written(2 * PIECE, NOTHING).0, [0, PIECE]);
        assert!(written(0, NOTHING).0.is_empty());
    }

    #[test]
    fn the_disk_rests_after_a_piece_that_had_something_to_write() {
        assert!(written(3 * PIECE, NOTHING).1.is_empty());
        assert_eq!(written(2 * PIECE, Duration::from_millis(2)).1, [Duration::from_millis(8); 2]);
    }

    #[test]
    fn a_slow_disk_is_not_kept_waiting_for_ever() {
        let rested: Duration = written(100 * PIECE, Duration::from_millis(90)).1.into_iter().sum();
        assert_eq!(rested, MOST_REST);
    }

    #[test]
    fn a_failure_is_told() {
        let mut pieces = 0;
        let write = |_| {
            pieces += 1;
            Err(io::ErrorKind::StorageFull.into())
        };
        assert!(in_pieces(3 * PIECE, write, |_| ()).is_err());
        assert_eq!(pieces, 1);
    }

    #[test]
    fn a_file_is_forced_as_it_is() {
        use std::io::{Seek, Write};
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![1; 3 * PIECE as usize]).unwrap();
        force(&file).unwrap();
        assert_eq!(file.stream_position().unwrap(), 3 * PIECE);
        let (reader, _writer) = io::pipe().unwrap();
        assert!(force(&File::from(std::os::fd::OwnedFd::from(reader))).is_err(), "a pipe is on no disk");
    }
}
