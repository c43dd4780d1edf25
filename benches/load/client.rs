//! One kept-alive connection and what came back on it, read to the last byte.

use crate::Result;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;

pub struct Client {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    bearer: Option<HeaderValue>,
}

/// An answer of the server.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// As it was sent, packed or not.
    pub body: Bytes,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends with the sender; a connection that breaks is seen by the request on it.
        tokio::spawn(connection);
        Ok(Self { address, sender, host: HeaderValue::from_str(&address.to_string())?, bearer: None })
    }

    /// Goes on at another address as the same caller.
    pub async fn move_to(&mut self, address: SocketAddr) -> Result<()> {
        *self = Self { bearer: self.bearer.take(), ..Self::connect(address).await? };
        Ok(())
    }

    /// Signs every later request.
    pub fn sign_with(&mut self, access_token: &str) -> Result<()> {
        self.bearer = Some(HeaderValue::from_str(&format!("Bearer {access_token}"))?);
        Ok(())
    }

    pub async fn get(&mut self, path: &str) -> Result<Reply> {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    pub async fn get_with(&mut self, path: &str, headers: &[(HeaderName, &str)]) -> Result<Reply> {
        self.send(Method::GET, path, headers, Bytes::new()).await
    }

    pub async fn post(&mut self, path: &str, body: Bytes) -> Result<Reply> {
        self.send(Method::POST, path, &[], body).await
    }

    async fn send(&mut self, method: Method, path: &str, headers: &[(HeaderName, &str)], body: Bytes) -> Result<Reply> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, self.host.clone());
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(bearer) = &self.bearer {
            request = request.header(AUTHORIZATION, bearer.clone());
        }
        let request = request.body(Full::new(body))?;
        // The server closes a connection that was idle for long, as servers do.
        if self.sender.ready().await.is_err() {
            self.move_to(self.address).await?;
            self.sender.ready().await?;
        }
        let sent = Instant::now();
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Reply { status: head.status, headers: head.headers, body, took: sent.elapsed() })
    }
}

impl Reply {
    /// The document, if the server did as it was asked.
    pub fn json(&self) -> Result<Value> {
        if self.status.is_success() { Ok(serde_json::from_slice(&self.body)?) } else { Err(self.quote().into()) }
    }

    /// Bytes on the wire: the head as HTTP/1.1 writes it, and the body.
    pub fn size(&self) -> usize {
        const AROUND: usize = "HTTP/1.1 200 OK\r\n\r\n".len();
        let lines = self.headers.iter().map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len());
        AROUND + lines.sum::<usize>() + self.body.len()
    }

    /// Status and the beginning of the body, for a person.
    pub fn quote(&self) -> String {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        format!("{} {body}", self.status)
    }
}
