// SPDX-License-Identifier: Apache-2.0
//! A process that serves a chaincode: we listen (service) or dial (development).

mod dev;
mod options;
mod service;
mod socket;
mod tls;

pub use options::{Mode, Options, TlsFiles};

use crate::Chaincode;
use crate::stream::Process;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What one message may have, in bytes. Fabric's limit.
pub(crate) const MESSAGE_LIMIT: usize = 100 << 20;

/// Why a chaincode is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The arguments or the environment do not fit.
    #[error("{0}")]
    Options(String),
    /// A file of the TLS settings cannot be read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the TLS settings holds something else.
    #[error("{path}: {what}", path = path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// TLS does not accept what the files hold.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The address cannot be listened on.
    #[error("listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The server broke down.
    #[error("serve: {0}")]
    Serve(#[from] tonic::transport::Error),
    /// Threads or signals are not to be had.
    #[error("start: {0}")]
    Start(#[from] std::io::Error),
}

/// The `main` of a chaincode: serves until SIGTERM or Ctrl-C, and says on stderr what went wrong.
pub fn main(chaincode: impl Chaincode) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let served = runtime.map_err(ServeError::from).and_then(|r| r.block_on(serve(chaincode)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaincode: error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Serves until SIGTERM or Ctrl-C, as the arguments and the environment of the process say
/// ([`Options::read`]).
///
/// # Errors
/// [`ServeError`] if it cannot begin or breaks down.
pub async fn serve(chaincode: impl Chaincode) -> Result<(), ServeError> {
    let options = Options::read(std::env::args().skip(1), |name| std::env::var(name).ok())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    Server::bind(chaincode, options).await?.run(stop).await
}

/// A chaincode that is about to be served.
pub struct Server {
    process: Process,
    stop: watch::Sender<bool>,
    side: Side,
}

enum Side {
    Service(service::Service),
    Dev(Box<dev::Dialler>),
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Server").field(&self.process.id).finish()
    }
}

impl Server {
    /// Reads the files of TLS, and listens if it is a service. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`ServeError`] if that fails.
    pub async fn bind(chaincode: impl Chaincode, options: Options) -> Result<Self, ServeError> {
        let (stop, stopping) = watch::channel(false);
        let side = match &options.mode {
            Mode::Service { address } => {
                Side::Service(service::Service::bind(address, options.tls.as_ref()).await?)
            }
            Mode::Dev { peer } => {
                Side::Dev(Box::new(dev::Dialler::prepare(peer, options.tls.as_ref()).await?))
            }
        };
        let process = Process {
            chaincode: Arc::new(chaincode),
            id: options.chaincode_id.into(),
            peer_msp_id: options.peer_msp_id.map(Into::into),
            stopping,
            registered: |id| eprintln!("chaincode {id}: registered with a peer"),
        };
        Ok(Self { process, stop, side })
    }

    /// Where it listens; `None` if it dials.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.side {
            Side::Service(service) => Some(service.address()),
            Side::Dev(_) => None,
        }
    }

    /// Serves until `stop` is done; transactions that run then have 5 seconds to end.
    ///
    /// # Errors
    /// [`ServeError`] if the server breaks down.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let Self { process, stop: stopped, side } = self;
        let serve = async move {
            match side {
                Side::Service(service) => service.run(process).await,
                Side::Dev(dialler) => {
                    dialler.run(process).await;
                    Ok(())
                }
            }
        };
        tokio::pin!(serve);
        tokio::select! {
            served = &mut serve => return served,
            () = stop => {}
        }
        // The streams see it, and end.
        stopped.send_replace(true);
        serve.await
    }
}
