//! An independent reader of SQLCipher 4 files: it checks the HMAC of every page and gives its decrypted bytes, free
//! pages and the log included. Nothing of SQLite or SQLCipher takes part, so what it does not see is not there.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt as _, KeyInit as _};
use ring::{hmac, pbkdf2};
use std::num::NonZeroU32;
use std::path::Path;

const PAGE: usize = 4096;
/// IV (16) and HMAC-SHA512 (64) at the end of each page.
const RESERVE: usize = 80;
const SALT: usize = 16;

/// What a file held.
pub(crate) struct Pages {
    /// Decrypted pages, in the order in which they stand in the file.
    pub(crate) clear: Vec<Vec<u8>>,
    /// Pages whose HMAC is not right under this key.
    pub(crate) wrong: usize,
}

impl Pages {
    pub(crate) fn hold(&self, needle: &[u8]) -> bool {
        self.clear.iter().any(|page| page.windows(needle.len()).any(|window| window == needle))
    }
}

struct Keys {
    cipher: Aes256,
    mac: hmac::Key,
}

fn keys(key: &[u8; 32], salt: &[u8]) -> Keys {
    let mac_salt: Vec<u8> = salt.iter().map(|byte| byte ^ 0x3a).collect();
    let mut mac = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, NonZeroU32::new(2).unwrap(), &mac_salt, key, &mut mac);
    Keys { cipher: Aes256::new(&Array::from(*key)), mac: hmac::Key::new(hmac::HMAC_SHA512, &mac) }
}

impl Keys {
    /// The decrypted page, if its HMAC is right. The first page begins with the salt, which is not encrypted.
    fn open(&self, number: u32, page: &[u8]) -> Option<Vec<u8>> {
        let start = if number == 1 { SALT } else { 0 };
        let (sealed, tail) = page[start..].split_at(PAGE - RESERVE - start);
        let mut signed = [sealed, &tail[..16]].concat();
        signed.extend(number.to_le_bytes());
        hmac::verify(&self.mac, &signed, &tail[16..]).ok()?;
        let mut before = tail[..16].to_vec();
        let mut clear = Vec::with_capacity(PAGE);
        for block in sealed.chunks_exact(16) {
            let mut opened = Array::try_from(block).unwrap();
            self.cipher.decrypt_block(&mut opened);
            clear.extend(opened.iter().zip(&before).map(|(byte, mask)| byte ^ mask));
            before = block.to_vec();
        }
        Some(clear)
    }
}

/// Every page of the database at `path`, and every frame of its log.
pub(crate) fn read(path: &Path, key: &[u8; 32]) -> Pages {
    let file = std::fs::read(path).unwrap();
    assert_eq!(file.len() % PAGE, 0, "a database is made of whole pages");
    let keys = keys(key, &file[..SALT]);
    let numbered = (1..).zip(file.chunks_exact(PAGE).map(<[u8]>::to_vec));
    let log = std::fs::read(crate::files::beside(path, "-wal")).unwrap_or_default();
    // The log: a header of 32 bytes, then frames of 24 bytes (page number first) and one page each.
    let frames = log
        .get(32..)
        .unwrap_or_default()
        .chunks_exact(24 + PAGE)
        .map(|frame| (u32::from_be_bytes(frame[..4].try_into().unwrap()), frame[24..].to_vec()));
    let mut pages = Pages { clear: Vec::new(), wrong: 0 };
    for (number, page) in numbered.chain(frames) {
        match keys.open(number, &page) {
            Some(clear) => pages.clear.push(clear),
            None => pages.wrong += 1,
        }
    }
    pages
}
