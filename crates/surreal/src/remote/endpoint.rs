//! Where a server is, and how to reach it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use rivers_storage::{Error, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

/// The port of a URL that names none, as SurrealDB's client has it.
const PORT: u16 = 8000;
/// Of a write that belongs to a large request.
const LARGE: usize = 4096;

#[derive(Clone, Debug)]
pub struct Endpoint {
    url: Url,
    host: String,
    port: u16,
    is_secure: bool,
}

impl Endpoint {
    /// Of `ws://host:port` or `wss://host:port`, without a path or with `/rpc`.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::invalid("endpoint", format!("'{text}'"), "ws://host:port or wss://host:port");
        let mut url = Url::parse(text).map_err(|_| invalid())?;
        let is_secure = match url.scheme() {
            "ws" => false,
            "wss" => true,
            _ => return Err(invalid()),
        };
        let has_rest = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        if has_rest || !matches!(url.path(), "" | "/" | "/rpc" | "/rpc/") {
            return Err(invalid());
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(invalid)?.to_owned();
        // The port of the scheme is not SurrealDB's, but it is what the URL means.
        let port = url.port_or_known_default().unwrap_or(PORT);
        url.set_path("/rpc");
        Ok(Self { url, host, port, is_secure })
    }

    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// What a user wrote, without the path.
    pub fn name(&self) -> &str {
        self.url.as_str().trim_end_matches("/rpc")
    }

    pub async fn connect(&self, activity: Arc<Activity>) -> io::Result<Stream> {
        // An IPv6 address stands in brackets in a URL only.
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let tcp = TcpStream::connect((host, self.port)).await?;
        tcp.set_nodelay(true)?;
        if !self.is_secure {
            return Ok(Stream { inner: Inner::Plain(tcp), activity });
        }
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let connector = TlsConnector::from(Arc::new(tls()?));
        Ok(Stream { inner: Inner::Tls(Box::new(connector.connect(name, tcp).await?)), activity })
    }
}

/// Mozilla's root certificates, and those of the file that `SSL_CERT_FILE` names.
fn tls() -> io::Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) {
        let certificates = CertificateDer::pem_file_iter(file).map_err(io::Error::other)?;
        for certificate in certificates {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(versions.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth())
}

/// Counts the bytes of a connection.
#[derive(Default)]
pub struct Activity(AtomicU64);

impl Activity {
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

pub struct Stream {
    inner: Inner,
    activity: Arc<Activity>,
}

enum Inner {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { inner, activity } = self.get_mut();
        let before = buf.filled().len();
        let read = match inner {
            Inner::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Inner::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        };
        activity.add(buf.filled().len() - before);
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Self { inner, activity } = self.get_mut();
        let written = match inner {
            Inner::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Inner::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        };
        // A ping that nobody reads is written, too: only what does not fit the buffers shows that somebody reads.
        if let Poll::Ready(Ok(bytes)) = &written
            && *bytes >= LARGE
        {
            activity.add(*bytes);
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().inner {
            Inner::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Inner::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().inner {
            Inner::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Inner::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_servers() {
        for (text, host, port, is_secure) in [
            ("ws://localhost:8000", "localhost", 8000, false),
            ("ws://localhost:8000/rpc", "localhost", 8000, false),
            ("wss://db.example.com", "db.example.com", 443, true),
            ("ws://[::1]:9", "[::1]", 9, false),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!((endpoint.host.as_str(), endpoint.port, endpoint.is_secure), (host, port, is_secure), "{text}");
            assert!(endpoint.url().ends_with("/rpc"), "{text}");
        }
    }

    #[test]
    fn other_endpoints_are_refused() {
        for text in
            ["", "localhost", "http://localhost:8000", "mem://", "rocksdb:///x", "ws://", "ws://a/b", "ws://u@a"]
        {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }
}
