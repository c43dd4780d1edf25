//! Request bodies on their way in: unpacked, bounded in size and time, and bounded all together.
//!
//! What a client sends is not trusted to be as large as it says. Most bodies are small; whatever goes beyond the first
//! piece takes a share of a common allowance and keeps it until the request is answered, so that many large bodies at
//! once wait for one another instead of for memory.

use super::problem::{Code, Raised};
use async_compression::{
    tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder},
    zstd::DParameter,
};
use poem::{Body, Request, http::header};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The largest body, as sent and as unpacked.
pub const MAX_BODY_BYTES: u64 = 1024 * 1024;
/// A phone with one bar sends its megabyte in this time, or tries again.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a body waits for its share.
const ROOM_TIMEOUT: Duration = Duration::from_secs(5);
/// A body is read and its shares are taken in pieces of this size; the first is free.
const PIECE: u64 = 64 * 1024;
/// Pieces in hand at most: 24 MiB.
const PIECES: usize = 384;
/// How much of a refused body is read on, and for how long.
const MOST_UNREAD: u64 = 16 * 1024 * 1024;
const UNREAD_TIMEOUT: Duration = Duration::from_secs(3);
/// A window of 8 MiB, as RFC 9659 allows; without it a frame of ten bytes could ask for 128.
const ZSTD_WINDOW_LOG: u32 = 23;

/// The common allowance of bodies beyond their first piece.
pub struct Room(Arc<Semaphore>);

/// A share of the room; given back when it is dropped.
pub struct Share(#[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>);

impl Room {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(PIECES)))
    }

    /// Replaces the request's body by the whole of it, unpacked.
    pub async fn unpack(&self, request: &mut Request) -> Result<Share, Raised> {
        let encoding = request.header(header::CONTENT_ENCODING).unwrap_or("identity").trim().to_ascii_lowercase();
        let mut body = request.take_body().into_async_read();
        let read = timeout(BODY_TIMEOUT, self.read(&encoding, &mut body)).await;
        let slow = Raised::new(Code::Timeout, "the body came too slowly; send it again");
        let (bytes, share) = match read.unwrap_or(Err(slow)) {
            Ok(read) => read,
            Err(raised) => {
                let_finish(body).await;
                return Err(raised);
            }
        };
        request.headers_mut().remove(header::CONTENT_ENCODING);
        request.set_body(Body::from_vec(bytes));
        Ok(share)
    }

    async fn read(&self, encoding: &str, body: &mut (impl AsyncRead + Unpin)) -> Result<(Vec<u8>, Share), Raised> {
        let mut raw = BufReader::new(body.take(MAX_BODY_BYTES + 1));
        match encoding {
            "identity" | "" => self.bounded(raw).await,
            "gzip" | "x-gzip" => self.bounded(GzipDecoder::new(raw)).await,
            "br" if has_large_window(&mut raw).await => Err(unreadable()),
            "br" => self.bounded(BrotliDecoder::new(raw)).await,
            "zstd" => {
                let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
                self.bounded(ZstdDecoder::with_params(raw, &[window])).await
            }
            _ => Err(Raised::new(Code::UnsupportedEncoding, "send the body plain or as gzip, br or zstd")),
        }
    }

    async fn bounded(&self, reader: impl AsyncRead) -> Result<(Vec<u8>, Share), Raised> {
        let (mut bytes, mut share) = (Vec::new(), None::<OwnedSemaphorePermit>);
        let mut reader = std::pin::pin!(reader);
        loop {
            let read = reader.as_mut().take(PIECE).read_to_end(&mut bytes).await;
            if bytes.len() as u64 > MAX_BODY_BYTES {
                let limit = format!("a body holds at most {MAX_BODY_BYTES} bytes, unpacked");
                return Err(Raised::new(Code::TooLarge, format!("{limit}; send fewer events at a time")));
            }
            if (read.map_err(|_| unreadable())? as u64) < PIECE {
                return Ok((bytes, Share(share)));
            }
            let more = self.one_more().await?;
            match &mut share {
                Some(share) => share.merge(more),
                None => share = Some(more),
            }
        }
    }

    async fn one_more(&self) -> Result<OwnedSemaphorePermit, Raised> {
        let waited = timeout(ROOM_TIMEOUT, Arc::clone(&self.0).acquire_owned()).await;
        waited.ok().and_then(Result::ok).ok_or_else(|| Raised {
            retry_after: Some(1),
            ..Raised::new(Code::Unavailable, "too many large bodies at once; send the same request again")
        })
    }
}

/// Lets a client whose body is refused send the rest of it, within limits. A connection that is closed while he sends
/// is reset, and he never reads why.
async fn let_finish(body: impl AsyncRead) {
    let mut rest = std::pin::pin!(body.take(MOST_UNREAD));
    let _ = timeout(UNREAD_TIMEOUT, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
}

/// Whether a br body announces a window beyond the standard's 16 MiB (RFC 7932 section 9.1 has no such code). The
/// decoder would follow it up to a gigabyte.
async fn has_large_window(raw: &mut (impl AsyncBufRead + Unpin)) -> bool {
    raw.fill_buf().await.is_ok_and(|bytes| bytes.first().is_some_and(|first| first & 0x7f == 0x11))
}

fn unreadable() -> Raised {
    Raised::new(Code::MalformedJson, "the body ended too early or is not packed as it says")
}
