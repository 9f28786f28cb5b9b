//! A look into an archive before anybody unpacks it: how large it would become.

use std::io::{self, Read};

use flate2::read::DeflateDecoder;

/// Most that all files of a workbook may hold when unpacked.
const MOST_UNPACKED: u64 = 128 * 1024 * 1024;
/// Most files.
const MOST_FILES: usize = 10_000;
/// Length of a local header without its names, and of an entry of the directory.
const LOCAL: usize = 30;
const ENTRY: usize = 46;

/// Unpacks every file of a zip archive into nothing, and says what is too large or broken.
///
/// What the directory says of sizes may be a lie; bytes that come out are counted.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    check_within(bytes, MOST_UNPACKED)
}

fn check_within(bytes: &[u8], most: u64) -> Result<(), &'static str> {
    const BROKEN: &str = "the file is cut short or no workbook at all";
    let (mut at, count) = directory(bytes).ok_or(BROKEN)?;
    if count > MOST_FILES {
        return Err("it has too many files in it");
    }
    let mut left = most;
    for _ in 0..count {
        let entry = bytes.get(at..at.checked_add(ENTRY).ok_or(BROKEN)?).ok_or(BROKEN)?;
        if entry.get(..4) != Some(b"PK\x01\x02") {
            return Err(BROKEN);
        }
        let method = word(entry, 10).ok_or(BROKEN)?;
        let packed = long(entry, 20).ok_or(BROKEN)?;
        let names: usize = [28, 30, 32].iter().filter_map(|from| word(entry, *from)).sum();
        let local = long(entry, 42).ok_or(BROKEN)?;
        let lengths = bytes.get(local..).ok_or(BROKEN)?;
        let name = word(lengths, 26).ok_or(BROKEN)?;
        let extra = word(lengths, 28).ok_or(BROKEN)?;
        let start = local + LOCAL + name + extra;
        let data = bytes.get(start..start.saturating_add(packed)).ok_or(BROKEN)?;
        let unpacked = match method {
            0 => data.len() as u64,
            8 => {
                let mut out = DeflateDecoder::new(data).take(left + 1);
                io::copy(&mut out, &mut io::sink()).map_err(|_| BROKEN)?
            }
            _ => return Err("it is packed in a way that no spreadsheet uses"),
        };
        left = left.checked_sub(unpacked).ok_or("unpacked it would be far too large")?;
        at += ENTRY + names;
    }
    Ok(())
}

/// Where the directory begins, and how many files it lists.
fn directory(bytes: &[u8]) -> Option<(usize, usize)> {
    // A comment may follow the end record, of 64 KiB at most.
    let from = bytes.len().saturating_sub(22 + 65_535);
    let end = bytes[from..].windows(4).rposition(|four| four == b"PK\x05\x06")? + from;
    let record = &bytes[end..];
    Some((long(record, 16)?, word(record, 10)?))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let two: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(two).into())
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::DeflateEncoder};

    use super::*;

    /// An archive of one file that says of itself that it is small.
    fn archive(content: &[u8]) -> Vec<u8> {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(content).unwrap();
        let packed = packer.finish().unwrap();
        let size = u32::try_from(packed.len()).unwrap().to_le_bytes();
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(LOCAL, 0);
        bytes[26] = 1;
        bytes.push(b'x');
        bytes.extend(&packed);
        let directory = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let mut entry = b"PK\x01\x02".to_vec();
        entry.resize(ENTRY, 0);
        entry[10] = 8;
        entry[20..24].copy_from_slice(&size);
        entry[28] = 1;
        bytes.extend(&entry);
        bytes.push(b'x');
        let mut end = b"PK\x05\x06".to_vec();
        end.resize(22, 0);
        end[10] = 1;
        end[16..20].copy_from_slice(&directory);
        bytes.extend(&end);
        bytes
    }

    #[test]
    fn what_would_unpack_to_too_much_is_refused() {
        let bytes = archive(&vec![0; 1_000_000]);
        assert!(bytes.len() < 10_000, "{}", bytes.len());
        assert_eq!(check_within(&bytes, 1_000_000), Ok(()));
        assert!(check_within(&bytes, 999_999).is_err());
        assert!(check(&bytes[..bytes.len() - 7]).is_err());
    }
}
