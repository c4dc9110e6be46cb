// SPDX-License-Identifier: Apache-2.0
//! What every process counts.

use super::super::{Counter, Family, Gauge, Histogram, Registry};
use crate::server::Connections;
use std::sync::Arc;

/// Calls of any service, the gateway among them. `service` has underscores for dots, as in `gateway_Gateway`; `code` is the status' name, such as `OK`.
#[derive(Clone, Debug)]
pub struct Grpc {
    /// `grpc_comm_conn_opened`.
    pub connections_opened: Arc<Counter>,
    /// `grpc_comm_conn_closed`.
    pub connections_closed: Arc<Counter>,
    /// `grpc_server_unary_requests_received`. By `service`, `method`.
    pub unary_received: Arc<Family<Counter>>,
    /// `grpc_server_unary_requests_completed`. By `service`, `method`, `code`.
    pub unary_completed: Arc<Family<Counter>>,
    /// `grpc_server_unary_request_duration`. By `service`, `method`, `code`.
    pub unary_duration: Arc<Family<Histogram>>,
    /// `grpc_server_stream_requests_received`. By `service`, `method`.
    pub stream_received: Arc<Family<Counter>>,
    /// `grpc_server_stream_requests_completed`. By `service`, `method`, `code`.
    pub stream_completed: Arc<Family<Counter>>,
    /// `grpc_server_stream_request_duration`. By `service`, `method`, `code`.
    pub stream_duration: Arc<Family<Histogram>>,
    /// `grpc_server_stream_messages_received`. By `service`, `method`.
    pub messages_received: Arc<Family<Counter>>,
    /// `grpc_server_stream_messages_sent`. By `service`, `method`.
    pub messages_sent: Arc<Family<Counter>>,
}

impl Grpc {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            connections_opened: registry.counter("grpc_comm_conn_opened", "gRPC connections opened. Open minus closed is the active number of connections.", &[]).with(&[]),
            connections_closed: registry.counter("grpc_comm_conn_closed", "gRPC connections closed. Open minus closed is the active number of connections.", &[]).with(&[]),
            unary_received: registry.counter("grpc_server_unary_requests_received", "The number of unary requests received.", &["service", "method"]),
            unary_completed: registry.counter("grpc_server_unary_requests_completed", "The number of unary requests completed.", &["service", "method", "code"]),
            unary_duration: registry.histogram("grpc_server_unary_request_duration", "The time to complete a unary request.", &["service", "method", "code"]),
            stream_received: registry.counter("grpc_server_stream_requests_received", "The number of stream requests received.", &["service", "method"]),
            stream_completed: registry.counter("grpc_server_stream_requests_completed", "The number of stream requests completed.", &["service", "method", "code"]),
            stream_duration: registry.histogram("grpc_server_stream_request_duration", "The time to complete a stream request.", &["service", "method", "code"]),
            messages_received: registry.counter("grpc_server_stream_messages_received", "The number of stream messages received.", &["service", "method"]),
            messages_sent: registry.counter("grpc_server_stream_messages_sent", "The number of stream messages sent.", &["service", "method"]),
        }
    }
}

impl Grpc {
    /// The connections of a server.
    #[must_use]
    pub fn connections(&self) -> Connections {
        let (opened, closed) = (&self.connections_opened, &self.connections_closed);
        Connections { opened: Arc::clone(opened), closed: Arc::clone(closed) }
    }
}

/// The process itself.
#[derive(Clone, Debug)]
pub struct Process {
    /// `fabric_version`. By `version`.
    pub version: Arc<Family<Gauge>>,
    /// `logging_entries_written`. By `level`.
    pub entries_written: Arc<Family<Counter>>,
}

impl Process {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            version: registry.gauge(
                "fabric_version",
                "The active version of Fabric.",
                &["version"],
            ),
            entries_written: registry.counter(
                "logging_entries_written",
                "Number of log entries that are written",
                &["level"],
            ),
        }
    }
}
