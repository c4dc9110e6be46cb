// SPDX-License-Identifier: Apache-2.0
//! Which connection leads to a chaincode: made when it is needed, and made again when it was lost.

use super::link::{self, Link};
use super::target::{dial_timeout, target};
use crate::client::reason;
use crate::peer::numbers::{Launch, Numbers};
use crate::services::protos::chaincode_client::ChaincodeClient;
use crate::services::protos::chaincode_support_server::ChaincodeSupport;
use ::peer::system::Packages;
use bccsp::{Providers, SecretBytes};
use package::{Connection, Package};
use proto::protos::ChaincodeMessage;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::time::{Instant, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// The connections of a peer.
pub(crate) struct Links {
    packages: Arc<dyn Packages>,
    providers: Arc<Providers>,
    /// How long a chaincode may take to be ready.
    startup: Duration,
    numbers: Numbers,
    /// By package id, or the name that was registered.
    open: Mutex<BTreeMap<String, Link>>,
    /// One who dials at a time for each chaincode.
    dialing: Mutex<BTreeMap<String, Arc<AsyncMutex<Option<Failed>>>>>,
}

/// The last attempt to reach a chaincode, which came to nothing.
struct Failed {
    at: Instant,
    why: String,
}

impl Links {
    pub(crate) fn new(
        packages: Arc<dyn Packages>,
        providers: Arc<Providers>,
        startup: Duration,
        numbers: Numbers,
    ) -> Self {
        let (open, dialing) = (Mutex::default(), Mutex::default());
        Self { packages, providers, startup, numbers, open, dialing }
    }

    /// The connection with a chaincode. Who comes while somebody dials waits for what that comes to, so
    /// that a chaincode which never gets ready keeps nobody longer than the first.
    ///
    /// # Errors
    /// Why there is none, for whoever called it.
    pub(crate) async fn to(&self, id: &str) -> Result<Link, String> {
        if let Some(link) = self.known(id) {
            return Ok(link);
        }
        let asked = Instant::now();
        let turn = {
            let mut dialing = self.dialing.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(dialing.entry(id.to_owned()).or_default())
        };
        let mut failed = turn.lock().await;
        if let Some(link) = self.known(id) {
            return Ok(link);
        }
        if let Some(last) = failed.as_ref().filter(|last| last.at >= asked) {
            return Err(last.why.clone());
        }
        let dialled = self.launch(id).await;
        let why = dialled.as_ref().err();
        *failed = why.map(|why| Failed { at: Instant::now(), why: why.clone() });
        dialled
    }

    /// Dials, and counts what that took.
    async fn launch(&self, id: &str) -> Result<Link, String> {
        let (start, mut late) = (Instant::now(), false);
        let link = self.dial(id, &mut late).await;
        let end = match &link {
            Ok(_) => Launch::Ready,
            Err(_) if late => Launch::Late,
            Err(_) => Launch::Failed,
        };
        self.numbers.launched(id, start.elapsed(), end);
        link
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

    /// `late` is told when it is no answer in time that is wrong.
    async fn dial(&self, id: &str, late: &mut bool) -> Result<Link, String> {
        let (connection, key) = self.connection(id)?;
        let (target, wait) = (target(&connection, key.as_ref())?, dial_timeout(&connection));
        let (outgoing, messages) = mpsc::channel(MESSAGES);
        let mut client = ChaincodeClient::new(target.channel())
            .max_decoding_message_size(MESSAGE)
            .max_encoding_message_size(MESSAGE);
        let opened = timeout(wait, client.connect(ReceiverStream::new(messages))).await;
        let at = &connection.address;
        *late = opened.is_err();
        let opened = opened.map_err(|_| format!("chaincode {id} at {at} does not answer"))?;
        let unreachable = |status: Status| {
            format!("chaincode {id} at {at} cannot be reached: {}", reason(&status))
        };
        let opened = opened.map_err(unreachable)?;
        let (told, mut registered) = link::registration();
        let (options, shim) = (link::options(Some(id)), self.numbers.shim());
        let (incoming, stages) = (opened.into_inner(), &self.numbers.stages);
        let link = link::start(options, incoming, (outgoing, shim), told, stages);
        let ready = timeout(self.startup, link::ready(&mut registered)).await;
        *late = ready.is_err();
        ready
            .map_err(|_| format!("chaincode {id} at {at} is not ready in time"))?
            .map_err(|why| format!("chaincode {id} at {at} did not register: {why}"))?;
        self.keep(id, &link);
        tracing::info!(chaincode = id, address = at, "connected with a chaincode");
        Ok(link)
    }

    /// What the package says, with the key that it holds.
    fn connection(&self, id: &str) -> Result<(Connection, Option<SecretBytes>), String> {
        let none = || format!("chaincode {id} is not installed on this peer, nor does it run here");
        let file = self.packages.file(id)?.ok_or_else(none)?;
        let package = Package::read(&file, &self.providers).map_err(|error| error.to_string())?;
        let service =
            || format!("package {id} is no service (type `ccaas`): this peer runs no code");
        let connection = package.connection().cloned().ok_or_else(service)?;
        let key = package::client_key(&file).map_err(|error| error.to_string())?;
        Ok((connection, key))
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
        let (options, numbers) = (link::options(None), &self.0.numbers);
        let (incoming, outgoing) = (request.into_inner(), (outgoing, numbers.shim()));
        let link = link::start(options, incoming, outgoing, told, &numbers.stages);
        let (links, wait) = (Arc::clone(&self.0), self.0.startup);
        drop(tokio::spawn(async move {
            // Without a name the link is let go, and so the connection ends.
            if let Ok(Ok(name)) = timeout(wait, link::ready(&mut registered)).await {
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
