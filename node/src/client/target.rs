// SPDX-License-Identifier: Apache-2.0
//! A server to be called, and the connection with it.

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

/// A server to be called.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port.
    pub address: String,
    /// How its certificate is judged; none for plain text.
    pub tls: Option<Arc<ClientConfig>>,
    /// The name that its certificate must have, if that is not the host.
    pub server_name: Option<String>,
}

impl Target {
    /// A channel to it that is connected when it is used, and again after it was lost.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let target = self.clone();
        let connector = tower::service_fn(move |_: Uri| {
            let target = target.clone();
            async move { target.connect().await }
        });
        Endpoint::from_static("http://server")
            .connect_timeout(DIAL)
            .http2_keep_alive_interval(ALIVE)
            .keep_alive_timeout(ALIVE)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .connect_with_connector_lazy(connector)
    }

    pub(super) async fn connect(&self) -> io::Result<TokioIo<Box<dyn Both>>> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        notice_silence(&stream)?;
        let Some(config) = &self.tls else { return Ok(TokioIo::new(Box::new(stream))) };
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        let name = self.server_name.clone().unwrap_or_else(|| host.to_owned());
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
        Ok(TokioIo::new(Box::new(stream)))
    }
}

/// Has the system see whether the other machine is there still. One that is cut off, or without
/// power, ends no connection, and who waits for its next block would wait for the signs of life of
/// HTTP/2: those come once a minute at most, as Fabric's servers take no more.
fn notice_silence(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new().with_time(IDLE).with_interval(PROBE).with_retries(PROBES);
    socket.set_tcp_keepalive(&probes)?;
    // The same for what was sent and never confirmed.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(IDLE + PROBE * PROBES))?;
    Ok(())
}

/// What is read and written.
pub(super) trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// Silence on a connection after which the other system is asked, how often, and how many times.
const IDLE: Duration = Duration::from_secs(10);
const PROBE: Duration = Duration::from_secs(5);
const PROBES: u32 = 3;
const DIAL: Duration = Duration::from_secs(5);
/// Silence on a connection in use after which a sign of life is asked for; Fabric's servers take one
/// a minute.
const ALIVE: Duration = Duration::from_secs(60);
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_machine_that_falls_silent_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        assert!(!SockRef::from(&stream).keepalive().unwrap());
        notice_silence(&stream).unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), IDLE);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), PROBE);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), PROBES);
    }
}
