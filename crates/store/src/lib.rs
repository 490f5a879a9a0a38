//! mentalspace-store
#![deny(missing_docs)]
