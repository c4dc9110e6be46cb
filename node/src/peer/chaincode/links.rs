// SPDX-License-Identifier: Apache-2.0
//! Which connection leads to a chaincode: made when it is needed, and made again when it was lost.

use super::link::{self, Link};
use super::target::{dial_timeout, target};
use crate::services::protos::chaincode_client::ChaincodeClient;
use crate::services::protos::chaincode_support_server::ChaincodeSupport;
use ::peer::system::Packages;
use bccsp::Providers;
use package::{Connection, Package};
use proto::protos::ChaincodeMessage;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// The connections of a peer.
pub(crate) struct Links {
    packages: Arc<dyn Packages>,
    providers: Arc<Providers>,
    /// How long a chaincode may take to be ready.
    startup: Duration,
    /// By package id, or the name that was registered.
    open: Mutex<BTreeMap<String, Link>>,
    /// One who dials at a time for each chaincode.
    dialing: Mutex<BTreeMap<String, Arc<AsyncMutex<()>>>>,
}

impl Links {
    pub(crate) fn new(
        packages: Arc<dyn Packages>,
        providers: Arc<Providers>,
        startup: Duration,
    ) -> Self {
        let (open, dialing) = (Mutex::default(), Mutex::default());
        Self { packages, providers, startup, open, dialing }
    }

    /// The connection with a chaincode.
    ///
    /// # Errors
    /// Why there is none, for whoever called it.
    pub(crate) async fn to(&self, id: &str) -> Result<Link, String> {
        if let Some(link) = self.known(id) {
            return Ok(link);
        }
        let turn = {
            let mut dialing = self.dialing.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(dialing.entry(id.to_owned()).or_default())
        };
        let _turn = turn.lock().await;
        match self.known(id) {
            Some(link) => Ok(link),
            None => self.dial(id).await,
        }
    }

    fn known(&self, id: &str) -> Option<Link> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, link| !link.is_closed());
        open.get(id).cloned()
    }

    fn keep(&self, id: &str, link: &Link) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(id.to_owned(), link.clone());
    }

    async fn dial(&self, id: &str) -> Result<Link, String> {
        let connection = self.connection(id)?;
        let (target, wait) = (target(&connection)?, dial_timeout(&connection));
        let (outgoing, messages) = mpsc::channel(MESSAGES);
        let mut client = ChaincodeClient::new(target.channel())
            .max_decoding_message_size(MESSAGE)
            .max_encoding_message_size(MESSAGE);
        let opened = timeout(wait, client.connect(ReceiverStream::new(messages))).await;
        let at = &connection.address;
        let opened = opened.map_err(|_| format!("chaincode {id} at {at} does not answer"))?;
        let opened = opened.map_err(|status| format!("chaincode {id} at {at}: {status}"))?;
        let (told, mut registered) = link::registration();
        let link = link::start(link::options(Some(id)), opened.into_inner(), outgoing, told);
        let ready = timeout(self.startup, registered.wait_for(Option::is_some)).await;
        match ready {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(format!("chaincode {id} at {at} did not register")),
            Err(_) => return Err(format!("chaincode {id} at {at} is not ready in time")),
        }
        self.keep(id, &link);
        tracing::info!(chaincode = id, address = at, "connected with a chaincode");
        Ok(link)
    }

    fn connection(&self, id: &str) -> Result<Connection, String> {
        let none = || format!("chaincode {id} is not installed on this peer, nor does it run here");
        let file = self.packages.file(id)?.ok_or_else(none)?;
        let package = Package::read(&file, &self.providers).map_err(|error| error.to_string())?;
        let service =
            || format!("package {id} is no service (type `ccaas`): this peer runs no code");
        package.connection().cloned().ok_or_else(service)
    }
}

/// The server that chaincodes come to in dev mode.
pub(crate) struct DevMode(pub(crate) Arc<Links>);

#[tonic::async_trait]
impl ChaincodeSupport for DevMode {
    type RegisterStream = tokio_stream::adapters::Map<
        ReceiverStream<ChaincodeMessage>,
        fn(ChaincodeMessage) -> Result<ChaincodeMessage, Status>,
    >;

    async fn register(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::RegisterStream>, Status> {
        let (outgoing, messages) = mpsc::channel(MESSAGES);
        let (told, mut registered) = link::registration();
        let link = link::start(link::options(None), request.into_inner(), outgoing, told);
        let (links, wait) = (Arc::clone(&self.0), self.0.startup);
        drop(tokio::spawn(async move {
            let ready = timeout(wait, registered.wait_for(Option::is_some)).await;
            let name = ready.ok().and_then(|name| name.ok().and_then(|name| name.clone()));
            // Without a name the link is let go, and so the connection ends.
            if let Some(name) = name {
                tracing::info!(chaincode = name, "a chaincode registered");
                links.keep(&name, &link);
            }
        }));
        let messages = ReceiverStream::new(messages);
        let ok: fn(ChaincodeMessage) -> Result<ChaincodeMessage, Status> = Ok;
        Ok(Response::new(tokio_stream::StreamExt::map(messages, ok)))
    }
}

/// Messages that wait for a slow chaincode, at most.
const MESSAGES: usize = 16;
/// Fabric's.
const MESSAGE: usize = 100 << 20;
