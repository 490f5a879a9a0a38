//! mentalspace-domain
#![deny(missing_docs)]
