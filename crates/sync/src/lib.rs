//! mentalspace-sync
#![deny(missing_docs)]
