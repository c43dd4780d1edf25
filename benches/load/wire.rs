//! What a device receives: the course for the first time, and at a start when nothing is new.

use crate::{
    Result,
    client::{Client, Reply},
    figures::Wire,
    learner::Learner,
};
use hyper::{
    StatusCode,
    header::{ACCEPT_ENCODING, ETAG, IF_NONE_MATCH},
};
use std::net::SocketAddr;

const MANIFEST: &str = "/v1/courses/medarbeiderskap/manifest";
const SCHEDULER: &str = "/v1/scheduler";
/// What a browser and most libraries ask for.
const PACKED: &str = "gzip, br, zstd";

pub async fn measure(address: SocketAddr) -> Result<Wire> {
    let mut client = Learner::guest(address).await?.client;
    let plain = client.get(MANIFEST).await?.json()?;
    let manifest = packed(&mut client, MANIFEST).await?;
    let scheduler = packed(&mut client, SCHEDULER).await?;
    let mut course = manifest.size() + scheduler.size();
    for bundle in plain["bundles"].as_array().into_iter().flatten() {
        let sha256 = bundle["sha256"].as_str().ok_or("a bundle without a name")?;
        course += packed(&mut client, &format!("/v1/bundles/{sha256}")).await?.size();
    }
    let cursor = client.get("/v1/changes").await?.json()?;
    let cursor = cursor["next_cursor"].as_str().ok_or("changes without a cursor")?;
    let changes = packed(&mut client, &format!("/v1/changes?cursor={cursor}")).await?;
    let unchanged =
        unchanged(&mut client, MANIFEST, &manifest).await? + unchanged(&mut client, SCHEDULER, &scheduler).await?;
    Ok(Wire { course: course as f64, nothing_new: (unchanged + changes.size()) as f64 })
}

async fn packed(client: &mut Client, path: &str) -> Result<Reply> {
    let reply = client.get_with(path, &[(ACCEPT_ENCODING, PACKED)]).await?;
    if reply.status == StatusCode::OK { Ok(reply) } else { Err(reply.quote().into()) }
}

/// The size of what comes for a copy that still holds.
async fn unchanged(client: &mut Client, path: &str, copy: &Reply) -> Result<usize> {
    let tag = copy.header(&ETAG).ok_or("no ETag to ask with")?;
    let reply = client.get_with(path, &[(ACCEPT_ENCODING, PACKED), (IF_NONE_MATCH, tag)]).await?;
    if reply.status == StatusCode::NOT_MODIFIED { Ok(reply.size()) } else { Err(reply.quote().into()) }
}
