//! The bare server: hyper reads the body and answers fixed bytes. What it costs is what HTTP costs,
//! so whatever Keycell costs more is Keycell's own.

use std::convert::Infallible;
use std::io::Read;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use crate::server::LISTENING;
use crate::{Failure, Result};

/// What the bare server answers.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Length of the answer's body in bytes.
    #[arg(long)]
    body_bytes: usize,
    /// A header of the answer, `name: value`.
    #[arg(long = "header", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Serves until standard input ends, which it does when the benchmark that started this is gone.
pub(crate) fn run(options: Options) -> Result<()> {
    let mut answer = Response::new(Bytes::from(vec![b'e'; options.body_bytes]));
    answer.headers_mut().extend(options.headers);
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.spawn(serve(answer));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

async fn serve(answer: Response<Bytes>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("the listener is bound");
    eprintln!("{LISTENING}{address}");
    loop {
        let (stream, _) = listener.accept().await.expect("a connection can be accepted");
        tokio::spawn(connection(stream, answer.clone()));
    }
}

async fn connection(stream: TcpStream, answer: Response<Bytes>) {
    let _ = stream.set_nodelay(true);
    let reply = service_fn(|request: Request<Incoming>| {
        let answer = answer.clone();
        async move {
            let _ = request.into_body().collect().await;
            Ok::<_, Infallible>(answer.map(Full::new))
        }
    });
    // The client closes its connections when a round ends; that is no failure.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), reply).await;
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once(':').ok_or_else(|| Failure::new("not a header"))?;
    let name = name.parse().map_err(|_| Failure::new("not a header name"))?;
    let value = value.trim().parse().map_err(|_| Failure::new("not a header value"))?;
    Ok((name, value))
}
