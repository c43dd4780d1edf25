//! Request bodies on their way in: unpacked, bounded in size and time, and bounded all together.
//!
//! What a client sends is not trusted to be as large as it says. Most bodies are small; whatever goes beyond the first
//! piece takes a share of a common allowance, so that many large bodies at once wait for one another instead of for
//! memory. There are two: one for what is still arriving, which a slow client holds for long, and one for what is whole
//! and being answered, which costs its size a few times over.
//!
//! The second is also the door of a house that is full. Whoever waits there has cost no more than his bytes: nothing of
//! them is read or marked yet. To refuse him at once would cost nearly as much as to answer, and he would come again.

use super::problem::{Code, Raised};
use async_compression::{
    tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder},
    zstd::DParameter,
};
use poem::{
    Body, Request,
    http::{Method, header},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The largest body, as sent and as unpacked.
pub const MAX_BODY_BYTES: u64 = 1024 * 1024;
/// A phone with one bar sends its megabyte in this time, or tries again.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a body waits for its share.
const ROOM_TIMEOUT: Duration = Duration::from_secs(2);
/// What a body brings before it takes a share of what may arrive.
const FIRST: u64 = 64 * 1024;
/// Room is given in pieces of this size.
const PIECE: u64 = 16 * 1024;
/// Pieces arriving at once: 32 MiB.
const ARRIVING: usize = 2048;
/// Pieces being answered at once: 8 MiB, and as many bodies at most. Two full commits, one that is written and one that
/// gathers.
const IN_WORK: usize = 512;
/// How much of a refused body is read on, and for how long.
const MOST_UNREAD: u64 = 16 * 1024 * 1024;
const UNREAD_TIMEOUT: Duration = Duration::from_secs(3);
/// A window of 8 MiB, as RFC 9659 allows; without it a frame of ten bytes could ask for 128.
const ZSTD_WINDOW_LOG: u32 = 23;

/// The common allowances of bodies beyond their first piece.
pub struct Room {
    arriving: Arc<Semaphore>,
    in_work: Arc<Semaphore>,
}

/// A share of the room; given back when it is dropped.
pub struct Share(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Room {
    pub fn new() -> Self {
        Self { arriving: Arc::new(Semaphore::new(ARRIVING)), in_work: Arc::new(Semaphore::new(IN_WORK)) }
    }

    /// Replaces the request's body by the whole of it, unpacked.
    pub async fn unpack(&self, request: &mut Request) -> Result<Share, Raised> {
        let encoding = request.header(header::CONTENT_ENCODING).unwrap_or("identity").trim().to_ascii_lowercase();
        let length = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let arriving = Wanted { room: &self.arriving, least: 0 };
        let mut body = request.take_body().into_async_read();
        let whole = gather(&mut body, length.unwrap_or(MAX_BODY_BYTES), arriving);
        let read = timeout(BODY_TIMEOUT, whole).await;
        let slow = Raised::new(Code::Timeout, "the body came too slowly; send it again");
        let (bytes, share) = match read.unwrap_or(Err(slow)) {
            Ok(packed) => self.unpacked(&encoding, packed).await?,
            Err(raised) => {
                let_finish(body).await;
                return Err(raised);
            }
        };
        request.headers_mut().remove(header::CONTENT_ENCODING);
        request.set_body(Body::from_vec(bytes));
        Ok(share)
    }

    /// Unpacked only when it is all there, so that a slow client holds no room among those being answered.
    async fn unpacked(&self, encoding: &str, packed: (Vec<u8>, Share)) -> Result<(Vec<u8>, Share), Raised> {
        let (bytes, _arrived) = packed;
        let (packed, room) = (bytes.as_slice(), Wanted { room: &self.in_work, least: 1 });
        match encoding {
            "identity" | "" => {
                let least = u32::from(!bytes.is_empty());
                let share = take(&self.in_work, pieces(bytes.len() as u64).max(least)).await?;
                Ok((bytes, Share(share)))
            }
            "gzip" | "x-gzip" => gather(GzipDecoder::new(packed), MAX_BODY_BYTES, room).await,
            "br" if has_large_window(packed) => Err(unreadable()),
            "br" => gather(BrotliDecoder::new(packed), MAX_BODY_BYTES, room).await,
            "zstd" => {
                let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
                gather(ZstdDecoder::with_params(packed, &[window]), MAX_BODY_BYTES, room).await
            }
            _ => Err(Raised::new(Code::UnsupportedEncoding, "send the body plain or as gzip, br or zstd")),
        }
    }
}

/// Room for a body, and how much of it the smallest takes.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    room: &'a Arc<Semaphore>,
    least: u32,
}

/// Whether the body is a file that its handler writes to the disk as it comes, within bounds of its own.
pub fn is_streamed(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() == Method::POST && path.starts_with("/v1/courses/") && path.ends_with("/history")
}

/// All of `reader`, which may hold `expected` bytes. The share of the room is taken at once and not as it grows: of
/// many who hold some and wait for more, nobody would get on.
async fn gather(reader: impl AsyncRead, expected: u64, wanted: Wanted<'_>) -> Result<(Vec<u8>, Share), Raised> {
    let (mut bytes, mut reader) = (Vec::new(), std::pin::pin!(reader));
    let first = reader.as_mut().take(FIRST).read_to_end(&mut bytes).await.map_err(|_| unreadable())?;
    if (first as u64) < FIRST {
        let share = take(wanted.room, wanted.least).await?;
        return Ok((bytes, Share(share)));
    }
    let mut share = take(wanted.room, pieces(expected.min(MAX_BODY_BYTES)).max(1)).await?;
    let rest = reader.take(MAX_BODY_BYTES + 1 - FIRST).read_to_end(&mut bytes).await;
    if bytes.len() as u64 > MAX_BODY_BYTES {
        let limit = format!("a body holds at most {MAX_BODY_BYTES} bytes, unpacked");
        return Err(Raised::new(Code::TooLarge, format!("{limit}; send fewer events at a time")));
    }
    rest.map_err(|_| unreadable())?;
    bytes.shrink_to_fit();
    let used = pieces(bytes.len() as u64).max(wanted.least);
    let unused = share.num_permits().saturating_sub(used as usize);
    drop(share.split(unused));
    Ok((bytes, Share(share)))
}

async fn take(room: &Arc<Semaphore>, pieces: u32) -> Result<OwnedSemaphorePermit, Raised> {
    let waited = timeout(ROOM_TIMEOUT, Arc::clone(room).acquire_many_owned(pieces)).await;
    waited.ok().and_then(Result::ok).ok_or_else(|| Raised {
        retry_after: Some(1),
        ..Raised::new(Code::Unavailable, "too many requests at once; send the same one again")
    })
}

/// Pieces of what goes beyond the first bytes, which are free.
fn pieces(bytes: u64) -> u32 {
    u32::try_from(bytes.saturating_sub(FIRST).div_ceil(PIECE)).unwrap_or(u32::MAX)
}

/// Lets a client whose body is refused send the rest of it, within limits. A connection that is closed while he sends
/// is reset, and he never reads why.
pub(super) async fn let_finish(body: impl AsyncRead) {
    let mut rest = std::pin::pin!(body.take(MOST_UNREAD));
    let _ = timeout(UNREAD_TIMEOUT, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
}

/// Whether a br body announces a window beyond the standard's 16 MiB (RFC 7932 section 9.1 has no such code). The
/// decoder would follow it up to a gigabyte.
fn has_large_window(packed: &[u8]) -> bool {
    packed.first().is_some_and(|first| first & 0x7f == 0x11)
}

fn unreadable() -> Raised {
    Raised::new(Code::MalformedJson, "the body ended too early or is not packed as it says")
}
