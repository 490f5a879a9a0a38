//! Limits of the interface. A request beyond one is refused whole, and nothing of it is recorded.

/// Largest request body after decompression, bytes.
pub const MAX_BODY: usize = 4 * 1024 * 1024;
/// Most commands in one push.
pub const MAX_PUSH_COMMANDS: usize = 100;
/// A device closes a push batch once its commands exceed this many bytes of JSON.
pub const PUSH_BATCH_BYTES: usize = 256 * 1024;
/// Most rows in one pull answer.
pub const MAX_PULL_ROWS: u32 = 5_000;
/// Fewest rows that a device asks for at a time.
pub const MIN_PULL_ROWS: u32 = 100;
/// Most bytes of record bodies in one pull answer, before compression.
pub const MAX_PULL_BYTES: usize = 16 * 1024 * 1024;
/// Largest pull answer that a device will decompress, bytes.
pub const MAX_PULL_DECOMPRESSED: usize = 64 * 1024 * 1024;
/// Largest canonical body of one record, bytes.
pub const MAX_RECORD: usize = 1024 * 1024;
// Whatever the domain lets a device queue can be sent, alone if need be, with room for its envelope.
const _: () = assert!(mentalspace_domain::bounds::MAX_NOTE_COMMAND + 64 * 1024 < MAX_BODY);
const _: () = assert!(mentalspace_domain::bounds::MAX_NOTE * 5 / 4 < MAX_RECORD);

/// Seconds for which a proof's nonce is accepted.
pub const NONCE_SECONDS: i64 = 300;

/// Seconds for the head of a request to arrive, and for a connection to stand unused: the server closes it then.
pub const HEAD_SECONDS: u64 = 10;
/// Seconds after which a device uses a connection no more that stood unused. Less than the server's, so that no request is
/// on its way into one that is just being closed: nobody could say whether it was heard.
pub const UNUSED_SECONDS: u64 = 5;

/// The slowest way that a body is waited for on, bytes a second: beside a fixed time, whoever sends waits as long as this
/// takes for its answer, and whoever receives for the rest of it. 8 kbit/s, less than any modem still in use.
pub const SLOWEST_BYTES_A_SECOND: usize = 1024;
