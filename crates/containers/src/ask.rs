//! Why a runtime did not answer.

use std::io;

use crate::grpc::code;

/// Why a runtime did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("status {0}")]
    Status(u16),
    #[error("the call failed with code {code}: {message}")]
    Call { code: u32, message: String },
    #[error("malformed answer: {0}")]
    Malformed(&'static str),
    #[error("more than {0} bytes")]
    TooLarge(u64),
    #[error("malformed JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("malformed message: {0}")]
    Message(#[from] prost::DecodeError),
    #[error(transparent)]
    Http2(#[from] h2::Error),
}

impl AskError {
    /// Whether the runtime answered that it has no such thing, or cannot be asked for it.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Status(404) | Self::Call { code: code::NOT_FOUND | code::UNIMPLEMENTED, .. })
    }
}
