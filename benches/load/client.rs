//! One kept-alive connection and what came back on it, read to the last byte.
//!
//! The generator has the same cores as the server, so what it costs itself is missing from every figure. Beside a client
//! with a task of its own for each connection and a map of headers for each reply, this one takes a third.

use crate::Result;
use hyper::{
    StatusCode,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName},
};
use serde_json::Value;
use std::{
    io::{self, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Client {
    address: SocketAddr,
    stream: TcpStream,
    bearer: Option<String>,
    /// When it was made or last carried a reply.
    rests_since: Instant,
    /// What is being sent, or was last.
    request: Vec<u8>,
}

/// An answer of the server.
pub struct Reply {
    pub status: StatusCode,
    /// As it was sent, from the status line to the empty line.
    head: Bytes,
    /// As it was sent, packed or not.
    pub body: Bytes,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

/// More than any reply of the service has.
const MOST_HEADERS: usize = 32;
/// Well below what the server allows a connection to rest.
const LONG_REST: Duration = Duration::from_secs(5);

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = stream(address).await?;
        Ok(Self { address, stream, bearer: None, rests_since: Instant::now(), request: Vec::new() })
    }

    /// Goes on at another address as the same caller.
    pub async fn move_to(&mut self, address: SocketAddr) -> Result<()> {
        (self.address, self.stream) = (address, stream(address).await?);
        self.rests_since = Instant::now();
        Ok(())
    }

    /// Signs every later request.
    pub fn sign_with(&mut self, access_token: &str) {
        self.bearer = Some(format!("Bearer {access_token}"));
    }

    pub async fn get(&mut self, path: &str) -> Result<Reply> {
        self.send("GET", path, &[], b"").await
    }

    pub async fn get_with(&mut self, path: &str, headers: &[(HeaderName, &str)]) -> Result<Reply> {
        self.send("GET", path, headers, b"").await
    }

    pub async fn post(&mut self, path: &str, body: &[u8]) -> Result<Reply> {
        self.send("POST", path, &[], body).await
    }

    async fn send(&mut self, method: &str, path: &str, headers: &[(HeaderName, &str)], body: &[u8]) -> Result<Reply> {
        self.write(method, path, headers, body)?;
        let sent = Instant::now();
        let mut exchanged = self.exchange().await?;
        // The server closes a connection that rested for long, as servers do; a busy one it must not.
        if exchanged.is_none() && sent - self.rests_since > LONG_REST {
            self.move_to(self.address).await?;
            exchanged = self.exchange().await?;
        }
        let (status, head, body) = exchanged.ok_or("the server hung up")?;
        self.rests_since = Instant::now();
        Ok(Reply { status, head, body, took: self.rests_since - sent })
    }

    fn write(&mut self, method: &str, path: &str, headers: &[(HeaderName, &str)], body: &[u8]) -> io::Result<()> {
        self.request.clear();
        let request = &mut self.request;
        write!(
            request,
            "{method} {path} HTTP/1.1\r\n{HOST}: {}\r\n{CONTENT_LENGTH}: {}\r\n",
            self.address,
            body.len()
        )?;
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        if !body.is_empty() {
            write!(request, "{CONTENT_TYPE}: application/json\r\n")?;
        }
        if let Some(bearer) = &self.bearer {
            write!(request, "{AUTHORIZATION}: {bearer}\r\n")?;
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        Ok(())
    }

    /// Sends what was written and reads one reply; `None` if the connection was closed before any of it.
    async fn exchange(&mut self) -> Result<Option<(StatusCode, Bytes, Bytes)>> {
        if let Err(failure) = self.stream.write_all(&self.request).await {
            return if is_closed(&failure) { Ok(None) } else { Err(failure.into()) };
        }
        let mut read = Vec::with_capacity(4096);
        let mut expected = None;
        loop {
            match self.stream.read_buf(&mut read).await {
                Err(failure) if read.is_empty() && is_closed(&failure) => return Ok(None),
                Ok(0) if read.is_empty() => return Ok(None),
                Ok(0) => return Err("the server hung up within a reply".into()),
                Ok(_) => {}
                Err(failure) => return Err(failure.into()),
            }
            if expected.is_none() {
                expected = head(&read)?;
            }
            if let Some((status, begins, length)) = expected
                && read.len() >= begins + length
            {
                let mut read = Bytes::from(read);
                let body = read.split_off(begins);
                return Ok(Some((status, read, body)));
            }
        }
    }
}

async fn stream(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn is_closed(failure: &io::Error) -> bool {
    matches!(failure.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

/// Status, where the body begins and how long it is, once the whole head is there.
fn head(read: &[u8]) -> Result<Option<(StatusCode, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut reply = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(begins) = reply.parse(read)? else { return Ok(None) };
    let status = StatusCode::from_u16(reply.code.unwrap_or_default())?;
    let length = match status {
        // Whatever length they tell is that of another reply.
        StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT => 0,
        _ => find(reply.headers, &CONTENT_LENGTH).ok_or("a reply that does not tell its length")?.parse()?,
    };
    Ok(Some((status, begins, length)))
}

fn find<'a>(headers: &[httparse::Header<'a>], name: &HeaderName) -> Option<&'a str> {
    let found = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name.as_str()))?;
    std::str::from_utf8(found.value).ok()
}

impl Reply {
    /// The document, if the server did as it was asked.
    pub fn json(&self) -> Result<Value> {
        if self.status.is_success() { Ok(serde_json::from_slice(&self.body)?) } else { Err(self.quote().into()) }
    }

    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut reply = httparse::Response::new(&mut headers);
        reply.parse(&self.head).ok()?;
        find(reply.headers, name)
    }

    /// Bytes on the wire.
    pub fn size(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// Status and the beginning of the body, for a person.
    pub fn quote(&self) -> String {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        format!("{} {body}", self.status)
    }
}
