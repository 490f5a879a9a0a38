//! mentalspace-protocol
#![deny(missing_docs)]
