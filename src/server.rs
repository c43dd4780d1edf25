//! Sockets: who may connect, how long a request head may take, and how the process ends.
//!
//! Our own accept loop, because the framework's has no time limit for request heads and spins when file descriptors
//! run out. HTTP/1.1 and HTTP/2 on the same port.

use http_body_util::combinators::BoxBody;
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use poem::{
    Endpoint, Response,
    endpoint::BoxEndpoint,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;

/// A client has this long to send a request head; also how long a kept-alive connection may rest.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Requests under way may finish for this long after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// After a failed accept (no file descriptors, say), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the address {0} is in use by another process\n  cure: stop it, or set LAERD_LISTEN to another address")]
    Occupied(SocketAddr),
    #[error("cannot listen on {0}: {1}\n  cure: set LAERD_LISTEN to an address of this machine and a port above 1023")]
    Refused(SocketAddr, std::io::Error),
}

/// Takes the address.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AddrInUse => ServerError::Occupied(address),
        _ => ServerError::Refused(address, cause),
    })
}

/// Serves until `stop` is cancelled, then lets requests under way finish.
pub async fn serve(listener: TcpListener, routes: BoxEndpoint<'static>, connections: usize, stop: CancellationToken) {
    let routes: Arc<BoxEndpoint<'static>> = Arc::new(routes);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(connections));
    let tasks = tokio_util::task::TaskTracker::new();
    loop {
        let Some((stream, remote, place)) = accept(&listener, &room, &stop).await else { break };
        let watcher = graceful.watcher();
        let routes = Arc::clone(&routes);
        tasks.spawn(async move {
            let local = stream.local_addr().map(|local| LocalAddr(local.into())).unwrap_or_default();
            let service = service_fn(move |request| answer(Arc::clone(&routes), request, local.clone(), remote));
            let connection = builder().serve_connection(TokioIo::new(stream), service).into_owned();
            // A client that breaks off is no fault of ours.
            let _ = watcher.watch(connection).await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// The next connection, once there is room for it; `None` when it is time to stop.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    loop {
        let place = tokio::select! {
            place = Arc::clone(room).acquire_owned() => place.ok()?,
            () = stop.cancelled() => return None,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return None,
        };
        match accepted {
            Ok((stream, remote)) => {
                // Small answers must not wait for a full packet.
                let _ = stream.set_nodelay(true);
                return Some((stream, remote, place));
            }
            Err(cause) => {
                tracing::warn!(%cause, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_headers(64).max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(32 * 1024)
        .keep_alive_interval(Some(Duration::from_secs(30)))
        .keep_alive_timeout(HEAD_TIMEOUT);
    builder
}

async fn answer(
    routes: Arc<BoxEndpoint<'static>>,
    request: hyper::Request<Incoming>,
    local: LocalAddr,
    remote: SocketAddr,
) -> Result<hyper::Response<BoxBody<Bytes, std::io::Error>>, Infallible> {
    let remote = RemoteAddr(remote.into());
    let request = poem::Request::from((request, local, remote, Scheme::HTTP));
    let response: Response = routes.get_response(request).await;
    Ok(response.into())
}
