//! Reading a request's body: bounded before decompression and after it, so that a small bomb stays small.

use super::RETRY_AFTER;
use super::failure::{Failure, Outcome};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Method};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::limits::{MAX_BODY, NONCE_SECONDS, SLOWEST_BYTES_A_SECOND};
use serde::de::DeserializeOwned;
use std::io::Read as _;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// log2 of the largest window a compressed body may ask for, that of [`MAX_BODY`]. The decoder allocates the window
/// before the first byte comes out.
const WINDOW_LOG: u32 = MAX_BODY.ilog2();

/// Time for a body, beside what the slowest way needs for as much of it as has arrived.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time for a body of any size: after that the nonce in its proof is no longer accepted.
const AT_MOST: Duration = Duration::from_secs(NONCE_SECONDS.unsigned_abs());

/// How long the rest of a body is waited for of which so much has arrived, from its beginning.
fn patience(arrived: usize) -> Duration {
    let on_the_way = Duration::from_millis(arrived as u64 * 1000 / SLOWEST_BYTES_A_SECOND as u64);
    (PATIENCE + on_the_way).min(AT_MOST)
}

/// The bytes as sent: what the proof is over.
///
/// # Errors
/// [`ErrorCode::TooLarge`] beyond [`MAX_BODY`]; [`ErrorCode::Malformed`] when the sender breaks off;
/// [`ErrorCode::Busy`] when it comes more slowly than [`SLOWEST_BYTES_A_SECOND`].
pub async fn as_sent(body: Body) -> Outcome<Bytes> {
    let mut chunks = body.into_data_stream();
    let mut sent = BytesMut::new();
    let begun = Instant::now();
    loop {
        // What came at once buys no silence afterwards: a place is held by whoever goes on sending.
        let due = (begun + patience(sent.len())).min(Instant::now() + PATIENCE);
        let next = timeout_at(due, chunks.next()).await;
        let Some(chunk) = next.map_err(|_| Failure::busy(RETRY_AFTER))? else { return Ok(sent.freeze()) };
        let chunk = chunk.map_err(|_| Failure::malformed("the body ended early"))?;
        if sent.len() + chunk.len() > MAX_BODY {
            return Err(too_large());
        }
        sent.extend_from_slice(&chunk);
    }
}

fn too_large() -> Failure {
    let message = format!(
        "The request is larger than {} MiB, so nothing of it was recorded. What you wrote is safe on this device.",
        MAX_BODY / 1024 / 1024
    );
    Failure::new(ErrorCode::TooLarge, message)
}

/// Checks the headers that say what the body is, and undoes its compression.
///
/// # Errors
/// [`ErrorCode::Malformed`] for another type or encoding, [`ErrorCode::TooLarge`] beyond [`MAX_BODY`].
pub fn decoded(method: &Method, headers: &HeaderMap, sent: Bytes) -> Outcome<Bytes> {
    if method == Method::GET {
        return if sent.is_empty() { Ok(sent) } else { Err(Failure::malformed("a GET carries no body")) };
    }
    let kind = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    if !matches!(kind, Some(b"application/json" | b"application/json; charset=utf-8")) {
        return Err(Failure::malformed("the content type must be application/json"));
    }
    match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None => Ok(sent),
        Some(b"zstd") => decompressed(&sent),
        Some(_) => Err(Failure::malformed("the only content encoding is zstd")),
    }
}

fn decompressed(sent: &[u8]) -> Outcome<Bytes> {
    let broken = |_| Failure::malformed("the body is not valid zstd");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(sent).map_err(broken)?;
    decoder.window_log_max(WINDOW_LOG).map_err(broken)?;
    let mut bytes = Vec::new();
    // One byte more than is allowed tells "exactly full" from "too much" without holding the rest.
    decoder.take(MAX_BODY as u64 + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() > MAX_BODY { Err(too_large()) } else { Ok(bytes.into()) }
}

/// Reads the message. Fields that the message does not have are refused by the message types themselves.
///
/// # Errors
/// [`ErrorCode::Malformed`], naming line and column and never the content.
pub fn message<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    serde_json::from_slice(bytes).map_err(|why| {
        // serde quotes unknown names and wrong values; both come from the sender and may be anything.
        Failure::malformed(format_args!(
            "{:?} at line {}, column {}",
            why.classify(),
            why.line(),
            why.column()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(encoding: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
        }
        headers
    }

    fn post(encoding: Option<&'static str>, sent: Vec<u8>) -> Outcome<Bytes> {
        decoded(&Method::POST, &headers(encoding), sent.into())
    }

    /// A body of so many pieces of so many bytes, one every second.
    async fn a_piece_a_second(pieces: u32, bytes: usize) -> Outcome<Bytes> {
        let second = move |n| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(vec![n as u8; bytes])
        };
        as_sent(Body::from_stream(futures_util::stream::iter(0..pieces).then(second))).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_waited_for_while_it_arrives_and_no_longer() {
        // 16 kbit/s.
        assert_eq!(a_piece_a_second(120, 2048).await.unwrap().len(), 120 * 2048);
        let begun = Instant::now();
        assert_eq!(a_piece_a_second(u32::MAX, 1).await.unwrap_err().code(), ErrorCode::Busy);
        assert_eq!(begun.elapsed().as_secs(), PATIENCE.as_secs(), "a byte a second is no way");
        let begun = Instant::now();
        let much = futures_util::stream::iter([Ok::<_, std::io::Error>(vec![0; 200_000])]);
        let silence = Body::from_stream(much.chain(futures_util::stream::pending()));
        assert_eq!(as_sent(silence).await.unwrap_err().code(), ErrorCode::Busy);
        assert_eq!(begun.elapsed().as_secs(), PATIENCE.as_secs(), "nor is what has ended in the middle");
        let begun = Instant::now();
        assert_eq!(a_piece_a_second(u32::MAX, 2048).await.unwrap_err().code(), ErrorCode::Busy);
        assert_eq!(begun.elapsed().as_secs(), AT_MOST.as_secs(), "its proof is no longer accepted");
    }

    #[test]
    fn a_compressed_body_comes_out_and_a_bomb_does_not() {
        let text = br#"{"a":1}"#.repeat(1000);
        assert_eq!(post(Some("zstd"), zstd::encode_all(&text[..], 3).unwrap()).unwrap(), text);
        let full = vec![b' '; MAX_BODY];
        assert_eq!(post(Some("zstd"), zstd::encode_all(&full[..], 3).unwrap()).unwrap().len(), MAX_BODY);
        let bomb = zstd::encode_all(&vec![b' '; MAX_BODY + 1][..], 3).unwrap();
        assert!(bomb.len() < 1000, "the bomb is small before it goes off");
        assert_eq!(post(Some("zstd"), bomb).unwrap_err().code(), ErrorCode::TooLarge);
    }

    #[test]
    fn other_types_and_encodings_and_broken_frames_are_refused() {
        for encoding in ["gzip", "br", "zstd, zstd", "identity"] {
            assert_eq!(
                post(Some(encoding), b"{}".to_vec()).unwrap_err().code(),
                ErrorCode::Malformed,
                "{encoding}"
            );
        }
        assert_eq!(post(Some("zstd"), b"{}".to_vec()).unwrap_err().code(), ErrorCode::Malformed);
        let mut cut = zstd::encode_all(&b"{\"some\": \"message\"}"[..], 3).unwrap();
        cut.pop();
        assert_eq!(post(Some("zstd"), cut).unwrap_err().code(), ErrorCode::Malformed);
        let plain = decoded(&Method::POST, &HeaderMap::new(), Bytes::from_static(b"{}"));
        assert_eq!(plain.unwrap_err().code(), ErrorCode::Malformed);
    }

    #[test]
    fn a_window_beyond_the_limit_is_refused_before_it_is_allocated() {
        use std::io::Write as _;
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(b"{}").unwrap();
        let frame = encoder.finish().unwrap();
        assert_eq!(post(Some("zstd"), frame).unwrap_err().code(), ErrorCode::Malformed);
    }

    #[test]
    fn a_refused_message_is_never_quoted() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Small {
            #[expect(dead_code, reason = "only its reading is under test")]
            a: u8,
        }
        for text in [r#"{"a":1,"canary":2}"#, r#"{"a":"canary"}"#, r#"{"a":1} canary"#] {
            let failure = message::<Small>(text.as_bytes()).unwrap_err();
            assert_eq!(failure.code(), ErrorCode::Malformed);
            let shown = format!("{failure:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
        assert!(message::<Small>(br#"{"a":1}"#).is_ok());
    }
}
