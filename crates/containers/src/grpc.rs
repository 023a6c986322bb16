//! As much of gRPC as a runtime's socket needs: calls with one answer, and one stream of answers per connection.
//!
//! Each client has an executor of its own that runs only while an answer is waited for, so that its user stays an
//! ordinary thread, and nothing is left running in between.

use std::path::Path;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use prost::Message;
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::ask::AskError;

/// How long a connection, or an answer, may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Bytes of an answer's headers at most.
const MAX_HEADERS: u32 = 16 << 10;
/// Bytes before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;
/// The header that says in which of containerd's namespaces a call works.
const NAMESPACE: &str = "containerd-namespace";

/// Codes of gRPC that are no failure of the connection.
pub(crate) mod code {
    /// There is no such thing.
    pub(crate) const NOT_FOUND: u32 = 5;
    /// The server does not have the method.
    pub(crate) const UNIMPLEMENTED: u32 = 12;
}

/// A connection to a runtime.
pub(crate) struct Client {
    executor: Runtime,
    requests: SendRequest<Bytes>,
}

impl Client {
    pub(crate) fn connect(socket: &Path) -> Result<Self, AskError> {
        let executor = Builder::new_current_thread().enable_io().enable_time().build()?;
        let requests = executor.block_on(in_time(async {
            let stream = UnixStream::connect(socket).await?;
            let mut builder = h2::client::Builder::new();
            let (requests, connection) =
                builder.max_header_list_size(MAX_HEADERS).enable_push(false).handshake(stream).await?;
            // Its error reaches whoever waits for an answer.
            tokio::spawn(async move { _ = connection.await });
            Ok(requests)
        }))?;
        Ok(Self { executor, requests })
    }

    /// Calls a method, and gives its only answer, of at most `limit` bytes.
    pub(crate) fn call<A: Message + Default>(
        &self,
        method: &str,
        namespace: Option<&str>,
        question: &impl Message,
        limit: usize,
    ) -> Result<A, AskError> {
        let request = request(method, namespace)?;
        self.executor.block_on(in_time(async {
            let mut answers = open(self.requests.clone(), request, question, limit).await?;
            let message = answers.next().await?.ok_or(AskError::Malformed("no answer"))?;
            let answer = A::decode(message)?;
            match answers.next().await? {
                None => Ok(answer),
                Some(_) => Err(AskError::Malformed("more than one answer")),
            }
        }))
    }

    /// Calls a method that answers for as long as the connection lasts.
    pub(crate) fn watch(self, method: &str, question: &impl Message, limit: usize) -> Result<Stream, AskError> {
        let request = request(method, None)?;
        let send = self.requests.clone();
        let answers = self.executor.block_on(async {
            // Some servers send no headers before the first answer, so a time limit says nothing here.
            match timeout(ANSWER_TIME, open_request(send, request, question)).await {
                Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
                Ok(opened) => opened,
            }
        })?;
        Ok(Stream { client: self, state: State::Opening(answers), limit })
    }
}

/// Answers as they come.
pub(crate) struct Stream {
    client: Client,
    state: State,
    limit: usize,
}

enum State {
    Opening(h2::client::ResponseFuture),
    Open(Answers),
}

impl Stream {
    /// The next answer; `None` where there was none for a while.
    pub(crate) fn next<A: Message + Default>(&mut self, wait: Duration) -> Result<Option<A>, AskError> {
        let Self { client, state, limit } = self;
        client.executor.block_on(async {
            if let State::Opening(response) = state {
                let Ok(response) = timeout(wait, response).await else { return Ok(None) };
                *state = State::Open(begin(response?, *limit)?);
            }
            let State::Open(answers) = state else { return Ok(None) };
            // Nothing is lost when the time is up: what has come stays with the stream.
            match timeout(wait, answers.next()).await {
                Err(_) => Ok(None),
                Ok(Ok(None)) => Err(AskError::Malformed("the events end")),
                Ok(Ok(Some(message))) => Ok(Some(A::decode(message)?)),
                Ok(Err(e)) => Err(e),
            }
        })
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, AskError>>) -> Result<T, AskError> {
    timeout(ANSWER_TIME, work).await.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}

fn request(method: &str, namespace: Option<&str>) -> Result<Request<()>, AskError> {
    let builder = Request::post(format!("http://localhost{method}"));
    let mut builder = builder.header("content-type", "application/grpc").header("te", "trailers");
    if let Some(namespace) = namespace {
        builder = builder.header(NAMESPACE, namespace);
    }
    builder.body(()).map_err(|_| AskError::Malformed("a namespace that no header can carry"))
}

async fn open_request(
    send: SendRequest<Bytes>,
    request: Request<()>,
    question: &impl Message,
) -> Result<h2::client::ResponseFuture, AskError> {
    let mut send = send.ready().await?;
    let (response, mut body) = send.send_request(request, false)?;
    let message = question.encode_to_vec();
    let mut bytes = BytesMut::with_capacity(PREFIX + message.len());
    bytes.extend_from_slice(&[0]);
    bytes.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&message);
    body.send_data(bytes.freeze(), true)?;
    Ok(response)
}

async fn open(
    send: SendRequest<Bytes>,
    request: Request<()>,
    question: &impl Message,
    limit: usize,
) -> Result<Answers, AskError> {
    begin(open_request(send, request, question).await?.await?, limit)
}

fn begin(response: http::Response<RecvStream>, limit: usize) -> Result<Answers, AskError> {
    if response.status() != http::StatusCode::OK {
        return Err(AskError::Status(response.status().as_u16()));
    }
    // An answer that is nothing but a failure comes as headers alone.
    check(response.headers(), true)?;
    Ok(Answers { body: response.into_body(), bytes: BytesMut::new(), limit })
}

/// The messages of one answer.
struct Answers {
    body: RecvStream,
    bytes: BytesMut,
    limit: usize,
}

impl Answers {
    /// The next message; `None` after the last, if all went well.
    async fn next(&mut self) -> Result<Option<Bytes>, AskError> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            match self.body.data().await {
                Some(data) => {
                    let data = data?;
                    self.body.flow_control().release_capacity(data.len())?;
                    self.bytes.extend_from_slice(&data);
                }
                None if self.bytes.is_empty() => {
                    let trailers = self.body.trailers().await?;
                    check(&trailers.unwrap_or_default(), false)?;
                    return Ok(None);
                }
                None => return Err(AskError::Malformed("a message ends early")),
            }
        }
    }

    fn take(&mut self) -> Result<Option<Bytes>, AskError> {
        let Some((prefix, rest)) = self.bytes.split_first_chunk::<PREFIX>() else { return Ok(None) };
        let [compressed, length @ ..] = *prefix;
        if compressed != 0 {
            return Err(AskError::Malformed("a compressed message"));
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > self.limit {
            return Err(AskError::TooLarge(self.limit as u64));
        }
        if rest.len() < length {
            return Ok(None);
        }
        self.bytes.advance(PREFIX);
        Ok(Some(self.bytes.split_to(length).freeze()))
    }
}

/// The outcome of a call. In headers it may be missing, in trailers not.
fn check(headers: &HeaderMap, may_miss: bool) -> Result<(), AskError> {
    let Some(status) = headers.get("grpc-status") else {
        return if may_miss { Ok(()) } else { Err(AskError::Malformed("no status")) };
    };
    let code = status.to_str().ok().and_then(|text| text.parse().ok());
    match code.ok_or(AskError::Malformed("a status that is no number"))? {
        0 => Ok(()),
        code => {
            let message = headers.get("grpc-message").map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
            Err(AskError::Call { code, message: message.unwrap_or_default() })
        }
    }
}
