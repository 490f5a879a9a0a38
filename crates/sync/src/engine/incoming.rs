//! From what arrives on the wire to what the store takes.

use crate::stream::Pulled;
use mentalspace_store::{Incoming, IncomingBucket, IncomingEnd, IncomingPage, IncomingResult, IncomingRow};

pub(super) fn incoming_row(row: mentalspace_protocol::pull::Row) -> IncomingRow {
    IncomingRow {
        kind: row.kind,
        id: row.id,
        seq: row.seq,
        rev: row.rev,
        parent: row.parent,
        body: row.body.map(|body| Box::<str>::from(body).into_boxed_bytes().into_vec()),
    }
}

pub(super) fn incoming(pulled: Pulled) -> Incoming {
    Incoming {
        buckets: pulled
            .buckets
            .iter()
            .map(|bucket| IncomingBucket {
                id: bucket.bucket,
                about: bucket.about(),
                head: bucket.head,
                digest: bucket.digest.parse().unwrap_or_default(),
                live: bucket.live,
                reset: bucket.reset,
            })
            .collect(),
        revoked: pulled.revoked,
        pages: pulled
            .pages
            .into_iter()
            .map(|(page, rows)| IncomingPage {
                bucket: page.bucket,
                from: page.from,
                to: page.to,
                rows: rows.into_iter().map(incoming_row).collect(),
            })
            .collect(),
        end: pulled.end.map(|end| IncomingEnd {
            processed_seq: end.processed_seq,
            results: end
                .results
                .into_iter()
                .map(|result| IncomingResult {
                    seq: result.seq,
                    id: result.id,
                    outcome: result.outcome,
                    decided_at: result.decided_at,
                    made: result.made,
                })
                .collect(),
            grants: end.grants,
        }),
    }
}
