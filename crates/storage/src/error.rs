//! Why an operation failed, in terms of what its caller should do.

use std::fmt;

/// The result of an operation of the storage.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of error it is. A caller decides by the code; the message is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// An argument is out of range or malformed; nothing is stored. Fix the call.
    InvalidArg,
    /// There is no such pool, run or record to continue after.
    NotFound,
    /// The call contradicts what is stored.
    Conflict,
    /// The lease has expired, was released, or is another grant's: stop the work.
    LeaseLost,
    /// The wait ended before the grant: it was aborted, the cancellation of its run was requested, or its queue entry
    /// was removed.
    Cancelled,
    /// The storage was closed.
    Closed,
    /// Another process has the store open.
    Locked,
    /// The remote server cannot be reached.
    Unavailable,
    /// A deadline passed.
    Timeout,
    /// Sign-in was refused.
    Auth,
    /// The store was written by a newer version, or a table of ours was redefined.
    Schema,
    /// The file system refused, or the engine failed to read or write.
    Io,
    /// A stored record cannot be read.
    Corrupt,
    /// The storage was opened to read only.
    ReadOnly,
    /// This kind of store cannot do it.
    Unsupported,
    /// A bug of ours.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 16] = [
        Self::InvalidArg,
        Self::NotFound,
        Self::Conflict,
        Self::LeaseLost,
        Self::Cancelled,
        Self::Closed,
        Self::Locked,
        Self::Unavailable,
        Self::Timeout,
        Self::Auth,
        Self::Schema,
        Self::Io,
        Self::Corrupt,
        Self::ReadOnly,
        Self::Unsupported,
        Self::Internal,
    ];

    /// The name of the code in JavaScript, such as `ERR_NOT_FOUND`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArg => "ERR_INVALID_ARG",
            Self::NotFound => "ERR_NOT_FOUND",
            Self::Conflict => "ERR_CONFLICT",
            Self::LeaseLost => "ERR_LEASE_LOST",
            Self::Cancelled => "ERR_CANCELLED",
            Self::Closed => "ERR_CLOSED",
            Self::Locked => "ERR_LOCKED",
            Self::Unavailable => "ERR_UNAVAILABLE",
            Self::Timeout => "ERR_TIMEOUT",
            Self::Auth => "ERR_AUTH",
            Self::Schema => "ERR_SCHEMA",
            Self::Io => "ERR_IO",
            Self::Corrupt => "ERR_CORRUPT",
            Self::ReadOnly => "ERR_READ_ONLY",
            Self::Unsupported => "ERR_UNSUPPORTED",
            Self::Internal => "ERR_INTERNAL",
        }
    }

    /// Whether the same call may succeed later, unchanged.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Locked | Self::Unavailable | Self::Timeout)
    }
}

/// An error of the storage. It can be cloned, because a commit that fails fails every transaction of its group.
#[derive(Clone)]
pub struct Error {
    code: Code,
    message: String,
    /// The messages of what led here, outermost first.
    causes: Vec<String>,
}

impl Error {
    /// An error without causes.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), causes: Vec::new() }
    }

    /// An argument that is out of range or malformed. `name` is the argument's path in the call, such as
    /// `events[2].timestamp`.
    pub fn invalid(name: &str, value: impl fmt::Display, expected: &str) -> Self {
        Self::new(Code::InvalidArg, format!("{name}: expected {expected}, got {value}"))
    }

    /// An error with [`Code::NotFound`].
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// An error with [`Code::Conflict`].
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// An error with [`Code::Corrupt`].
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(Code::Corrupt, message)
    }

    /// An error with [`Code::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// The error of each call after `close`.
    pub fn closed() -> Self {
        Self::new(Code::Closed, "the storage is closed")
    }

    /// Adds the messages of `cause` and of all its sources, outermost first.
    #[must_use]
    pub fn caused_by(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// What kind of error it is.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The message, without the causes.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The messages of the causes, outermost first.
    pub fn causes(&self) -> &[String] {
        &self.causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, "\n  caused by: {cause}"))
    }
}

impl std::error::Error for Error {}
