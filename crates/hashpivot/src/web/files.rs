//! Files that clients sent: in memory, under their digests, the oldest dropped when they get many.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::output::hexadecimal;

/// The store.
#[derive(Debug, Default)]
pub(crate) struct Files {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    files: HashMap<String, Arc<[u8]>>,
    /// Ids, the oldest first.
    order: VecDeque<String>,
    bytes: usize,
}

/// The name of a file's content: its SHA-256 in hexadecimal.
pub(crate) fn id(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

impl Files {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change leaves the store whole, so that a panic elsewhere does no harm to it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a file, dropping the oldest ones above `limit_bytes` in all; its id.
    pub(crate) fn keep(&self, bytes: &[u8], limit_bytes: usize) -> String {
        let id = id(bytes);
        let mut kept = self.kept();
        if kept.files.contains_key(&id) {
            // Sent again: as good as new.
            kept.order.retain(|known| *known != id);
        } else {
            kept.bytes += bytes.len();
            kept.files.insert(id.clone(), bytes.into());
        }
        kept.order.push_back(id.clone());
        while kept.bytes > limit_bytes {
            let Some(oldest) = kept.order.pop_front() else { break };
            let dropped = kept.files.remove(&oldest).map_or(0, |file| file.len());
            kept.bytes -= dropped;
        }
        id
    }

    /// The file of that id, if it is still there.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<[u8]>> {
        self.kept().files.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_file_makes_room() {
        let files = Files::default();
        let first = files.keep(&[1; 40], 100);
        let second = files.keep(&[2; 40], 100);
        // Seen again, the first is the newer one.
        assert_eq!(files.keep(&[1; 40], 100), first);
        let third = files.keep(&[3; 40], 100);
        assert_eq!(files.get(&first).as_deref(), Some(&[1; 40][..]));
        assert_eq!(files.get(&second), None);
        assert_eq!(files.get(&third).as_deref(), Some(&[3; 40][..]));
        assert_eq!(files.kept().bytes, 80);
    }

    #[test]
    fn a_file_above_the_limit_is_not_kept() {
        let files = Files::default();
        let id = files.keep(&[1; 101], 100);
        assert_eq!((files.get(&id), files.kept().bytes), (None, 0));
    }
}
