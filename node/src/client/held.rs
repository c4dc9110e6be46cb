// SPDX-License-Identifier: Apache-2.0
//! One request whose stream stays open as long as somebody wants the answers.

use futures_util::{Stream, StreamExt as _, future, stream};
use tokio::sync::oneshot;

/// Ends the stream of requests when it is dropped.
#[derive(Debug)]
pub(crate) struct Hold(#[expect(dead_code, reason = "is there to be dropped")] oneshot::Sender<()>);

/// The request, and nothing after it until the [`Hold`] is dropped. Servers may take the end of the
/// requests for that of the call, so it must not come at once; and HTTP/2 keeps a call whose requests
/// go on, though nobody reads its answers any more, so it must come.
pub(crate) fn held<T: Send + 'static>(
    request: T,
) -> (Hold, impl Stream<Item = T> + Send + 'static) {
    let (hold, dropped) = oneshot::channel();
    let end = stream::once(dropped).filter_map(|_| future::ready(None));
    (Hold(hold), stream::iter([request]).chain(end))
}
