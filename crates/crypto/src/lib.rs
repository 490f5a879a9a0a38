//! mentalspace-crypto
#![deny(missing_docs)]
