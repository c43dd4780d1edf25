//! Courses to take along: fetched once, never changed under their name, complete enough to mark without a network.

use crate::support::{Kind, World, real_course, right};
use laerd::domain::question::Body;
use reqwest::{StatusCode, header};
use serde_json::Value;
use sha2::{Digest, Sha256};

const MANIFEST: &str = "/v1/courses/medarbeiderskap/manifest";

async fn get(world: &World, path: &str, token: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let request = world.http.get(format!("{}{path}", world.address)).bearer_auth(token);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_manifest_lists_every_chapter_and_is_sent_once() {
    let world = World::new(Kind::Sqlite).await;
    let first = world.http.get(format!("{}{MANIFEST}", world.address)).send().await.unwrap();
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    let manifest: Value = first.json().await.unwrap();
    let questions: i64 = manifest["bundles"].as_array().unwrap().iter().map(|b| b["questions"].as_i64().unwrap()).sum();
    let asked = real_course().questions.iter().filter(|question| !question.question.retired).count();
    assert_eq!((manifest["bundles"].as_array().unwrap().len(), questions), (8, asked as i64));
    let again = world.http.get(format!("{}{MANIFEST}", world.address)).header(header::IF_NONE_MATCH, tag);
    assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_bundle_is_what_its_name_says_in_every_encoding() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let manifest = learner.get(MANIFEST).await;
    let info = &manifest["bundles"][0];
    let path = format!("/v1/bundles/{}", info["sha256"].as_str().unwrap());
    let token = learner.access();
    let plain = get(&world, &path, &token, &[]).await;
    assert_eq!(plain.headers()[header::CACHE_CONTROL], "private, max-age=31536000, immutable");
    assert_eq!(plain.headers()[header::CONTENT_TYPE], "application/json");
    let plain = plain.bytes().await.unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&Sha256::digest(&plain)), info["sha256"].as_str().unwrap());
    assert_eq!(info["bytes"], plain.len());
    for (asked, given) in [("br", "br"), ("zstd", "zstd"), ("gzip", "gzip"), ("gzip, br;q=0.5, zstd;q=0.1", "gzip")] {
        let packed = get(&world, &path, &token, &[("accept-encoding", asked)]).await;
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], given);
        assert_eq!(packed.headers()[header::VARY], "Accept-Encoding");
        let tag = packed.headers()[header::ETAG].to_str().unwrap().to_owned();
        let bytes = packed.bytes().await.unwrap();
        assert!(bytes.len() * 3 < plain.len(), "{given}: {} of {}", bytes.len(), plain.len());
        let kept = get(&world, &path, &token, &[("accept-encoding", asked), ("if-none-match", &tag)]).await;
        assert_eq!(kept.status(), StatusCode::NOT_MODIFIED);
    }
    let nowhere = get(&world, &format!("/v1/bundles/{}", "0".repeat(64)), &token, &[]).await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    let stranger = world.http.get(format!("{}{path}", world.address)).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

/// Everything a learner may be told of an answer stands in the bundle, and what it calls right the server calls right.
#[tokio::test]
async fn a_bundle_marks_as_the_server_does() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let manifest = learner.get(MANIFEST).await;
    let mut marked = 0;
    for info in manifest["bundles"].as_array().unwrap() {
        let bundle = learner.get(&format!("/v1/bundles/{}", info["sha256"].as_str().unwrap())).await;
        for question in bundle["questions"].as_array().unwrap() {
            let known = world.question(question["id"].as_str().unwrap());
            let mut response = right(&known);
            if !matches!(
                known.body,
                Body::Numeric(_) | Body::Flashcard { .. } | Body::Reflection { .. } | Body::Info { .. }
            ) {
                // What a device reads off the key of the bundle is itself a right response.
                response = match question["answer"]["key"]["kind"].as_str().unwrap() {
                    "text" => serde_json::json!({"kind": "text", "text": question["answer"]["key"]["accept"][0]}),
                    "gaps" => {
                        let gaps = question["answer"]["key"]["gaps"].as_array().unwrap();
                        serde_json::json!({"kind": "gaps", "gaps": gaps.iter().map(|gap| &gap[0]).collect::<Vec<_>>()})
                    }
                    _ => question["answer"]["key"].clone(),
                };
            }
            let receipt = learner.push(&[learner.event(question, response, world.clock.now())]).await;
            let mark = &receipt["results"][0]["mark"];
            assert!(mark["correct"] == true || mark["scored"] == false, "{}: {receipt}", question["reference"]);
            let told = question["answer"]["feedback"].as_array().unwrap();
            for said in mark["feedback"].as_array().unwrap() {
                let known = told.iter().any(|told| told["text"] == said["text"] && told["part"] == said["part"]);
                assert!(known, "{}: {said} is not in the bundle", question["reference"]);
            }
            assert_eq!(question["answer"]["explanation"], mark["explanation"]);
            marked += 1;
        }
    }
    assert!(marked > 300, "{marked}");
}

#[tokio::test]
async fn a_course_that_does_not_allow_it_sends_no_keys() {
    let world = World::new(Kind::Sqlite).await;
    let mut bank = real_course().clone();
    bank.course.offline_answers = false;
    world.app.load_bank(&bank).await.unwrap();
    let learner = world.guest().await;
    let manifest = learner.get(MANIFEST).await;
    assert_eq!(manifest["offline_answers"], false);
    for info in manifest["bundles"].as_array().unwrap() {
        let bundle = learner.get(&format!("/v1/bundles/{}", info["sha256"].as_str().unwrap())).await;
        for question in bundle["questions"].as_array().unwrap() {
            assert!(question.get("answer").is_none(), "{question}");
        }
    }
}
