//! The profile directory: key header, device secret, lock, lease.
