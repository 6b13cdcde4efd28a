//! HTTP/2 in clear text with prior knowledge, by hyper's client.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::{Answer, Request};

/// Sends a request with `authority` as its `:authority`; a `Host` header goes along if it has one.
pub(crate) fn send_http2(address: SocketAddr, authority: &str, request: &Request) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.expect("the server listens");
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.expect("the server speaks HTTP/2");
        let connection = tokio::spawn(connection);
        let mut sent = http::Request::builder()
            .method(request.method)
            .uri(format!("http://{authority}{}", request.target));
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let sent = sent.body(Full::new(Bytes::from(request.body.clone())));
        let answer = sender.send_request(sent.expect("a proper request")).await;
        let (head, body) = answer.expect("an answer").into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        connection.abort();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        Answer {
            status: head.status.as_u16(),
            headers: headers.collect(),
            body,
            user_agent: request.user_agent().to_owned(),
        }
    })
}
