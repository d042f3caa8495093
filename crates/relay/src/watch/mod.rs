//! Seeing how the relay runs: its access trace, its figures, its spans, and the page that shows them
//! (`docs/design/watching.md`). Only the access trace names accounts; nothing here knows an address, a subject or content.

pub(crate) mod access;
mod figures;
mod history;
mod keep;
pub(crate) mod metrics;
mod node;
pub(crate) mod operator;
mod options;
mod page;
pub(crate) mod spans;

use std::sync::{Arc, OnceLock};

pub(crate) use keep::keep;
pub(crate) use node::NodeName;
pub(crate) use options::{Share, Watching};
pub(crate) use spans::Endpoint;

use access::Book;
use metrics::Metrics;
use spans::Recorder;

use crate::store::Commits;

/// What a relay keeps about itself.
pub(crate) struct Watch {
    pub(crate) access: Book,
    pub(crate) metrics: Metrics,
    figures: figures::Cache,
    pub(crate) history: history::History,
    node: OnceLock<String>,
    recorder: OnceLock<Arc<Recorder>>,
}

impl Watch {
    pub(crate) fn new(commits: &Commits) -> Self {
        let (figures, node) = (figures::Cache::default(), OnceLock::new());
        let history = history::History::default();
        Self {
            access: Book::new(),
            metrics: Metrics::new(commits),
            figures,
            history,
            node,
            recorder: OnceLock::new(),
        }
    }

    /// The name of this relay among those over the same database: what it was told to be, or its machine's.
    pub(crate) fn node(&self) -> &str {
        self.node.get_or_init(|| {
            let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            let name = name.trim();
            if name.is_empty() { "relay".to_owned() } else { name.to_owned() }
        })
    }

    /// Who records spans; nobody, unless somebody was told to.
    pub(crate) fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.recorder.get()
    }

    fn record(&self, recorder: Recorder) {
        self.metrics.add("spans_lost", "Spans the collector did not take", recorder.lost());
        // Told twice, the first one goes on.
        let _ = self.recorder.set(Arc::new(recorder));
    }

    /// Names it, before anything asked for its name.
    pub(crate) fn name(&self, node: &str) {
        // One that has written rows goes on under the name they have.
        let _ = self.node.set(node.to_owned());
    }
}
