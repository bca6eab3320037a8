//! A list of SHA-1 hashes in a file: 16 bytes that say what it is, then the first eight bytes of each, in order. A look-up
//! reads some thirty places of it. That two of 2³⁰ passwords share those bytes with another is less likely than 1 in 10⁹.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{File, rename};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use openssl::sha::sha1;

const MAGIC: &[u8; 16] = b"latchkey-sha1-64";
const HEADER_BYTES: u64 = 16;
const ENTRY_BYTES: u64 = 8;
/// Entries that are sorted in memory at a time: 256 MiB.
const RUN: usize = 32 * 1024 * 1024;

/// A filter that is open for looking up.
#[derive(Debug)]
pub struct BreachFilter {
    file: File,
    entries: u64,
}

/// Why a file is no filter.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBreachFilter {
    /// It cannot be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("the file is no filter of breached passwords, or was cut short")]
    Form,
}

/// What the lines of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreachListForm {
    /// SHA-1 in 40 hexadecimal digits; what follows a colon is ignored.
    Hashes,
    /// Passwords in clear.
    Passwords,
}

impl BreachFilter {
    /// Opens a filter.
    ///
    /// # Errors
    /// Why it is none.
    pub fn open(path: &Path) -> Result<Self, InvalidBreachFilter> {
        let mut file = File::open(path)?;
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic).map_err(|_| InvalidBreachFilter::Form)?;
        let length = file.metadata()?.len().saturating_sub(HEADER_BYTES);
        if &magic != MAGIC || length % ENTRY_BYTES != 0 {
            return Err(InvalidBreachFilter::Form);
        }
        Ok(Self { file, entries: length / ENTRY_BYTES })
    }

    /// How many passwords it knows.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.entries
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    pub(super) async fn contains(self: Arc<Self>, digest: [u8; 20]) -> io::Result<bool> {
        let looked_up = tokio::task::spawn_blocking(move || self.find(entry_of(&digest))).await;
        looked_up.map_err(io::Error::other)?
    }

    fn find(&self, wanted: u64) -> io::Result<bool> {
        let (mut least, mut beyond) = (0, self.entries);
        while least < beyond {
            let middle = least + (beyond - least) / 2;
            let mut bytes = [0; 8];
            self.file.read_exact_at(&mut bytes, HEADER_BYTES + middle * ENTRY_BYTES)?;
            let entry = u64::from_be_bytes(bytes);
            if entry == wanted {
                return Ok(true);
            }
            if entry < wanted { least = middle + 1 } else { beyond = middle }
        }
        Ok(false)
    }
}

/// Makes a filter of a list, whatever its order, in bounded memory; returns how many passwords it knows.
///
/// # Errors
/// What cannot be read or written, and a line that is no hash.
pub fn build_breach_filter(list: impl BufRead, form: BreachListForm, path: &Path) -> io::Result<u64> {
    let mut runs = Runs { beside: path.to_owned(), spilled: Vec::new() };
    let mut run = Vec::new();
    for (number, line) in list.split(b'\n').enumerate() {
        let line = line?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            continue;
        }
        let entry = read_line(line, form).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("line {} is no SHA-1 hash", number + 1))
        })?;
        run.push(entry);
        if run.len() == RUN {
            runs.spill(&mut run)?;
        }
    }
    run.sort_unstable();
    let unfinished = path.with_extension("unfinished");
    let entries = runs.merge(run, &unfinished)?;
    // Whoever reads the old one goes on reading it; a new one is there as a whole or not at all.
    rename(&unfinished, path)?;
    Ok(entries)
}

fn read_line(line: &[u8], form: BreachListForm) -> Option<u64> {
    if form == BreachListForm::Passwords {
        return Some(entry_of(&sha1(line)));
    }
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.split(':').next()?.trim();
    let is_hash = digits.len() == 40 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u64::from_str_radix(digits.get(..16)?, 16).ok().filter(|_| is_hash)
}

fn entry_of(digest: &[u8; 20]) -> u64 {
    digest.iter().take(8).fold(0, |entry, byte| entry << 8 | u64::from(*byte))
}

/// Sorted parts of a list that is longer than the memory to sort it in.
struct Runs {
    beside: PathBuf,
    spilled: Vec<PathBuf>,
}

impl Runs {
    fn spill(&mut self, run: &mut Vec<u64>) -> io::Result<()> {
        run.sort_unstable();
        let path = self.beside.with_extension(format!("run{}", self.spilled.len()));
        // Known before it is written, so that it is removed in any case.
        self.spilled.push(path.clone());
        let mut file = BufWriter::new(File::create(&path)?);
        for entry in run.drain(..) {
            file.write_all(&entry.to_be_bytes())?;
        }
        file.flush()
    }

    fn merge(self, last: Vec<u64>, to: &Path) -> io::Result<u64> {
        let mut sources: Vec<Box<dyn Iterator<Item = io::Result<u64>>>> = vec![Box::new(last.into_iter().map(Ok))];
        for path in &self.spilled {
            sources.push(Box::new(Entries(BufReader::new(File::open(path)?))));
        }
        let mut file = BufWriter::new(File::create(to)?);
        file.write_all(MAGIC)?;
        let mut heads = BinaryHeap::new();
        for (index, source) in sources.iter_mut().enumerate() {
            if let Some(entry) = source.next().transpose()? {
                heads.push(Reverse((entry, index)));
            }
        }
        let (mut written, mut count) = (None, 0);
        while let Some(Reverse((entry, index))) = heads.pop() {
            if written != Some(entry) {
                file.write_all(&entry.to_be_bytes())?;
                (written, count) = (Some(entry), count + 1);
            }
            if let Some(next) = sources.get_mut(index).and_then(Iterator::next).transpose()? {
                heads.push(Reverse((next, index)));
            }
        }
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(count)
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        for path in &self.spilled {
            // Nothing more can be done about one that cannot be removed.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The entries of a spilled run.
struct Entries(BufReader<File>);

impl Iterator for Entries {
    type Item = io::Result<u64>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = [0; 8];
        match self.0.read_exact(&mut bytes) {
            Ok(()) => Some(Ok(u64::from_be_bytes(bytes))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => Some(Err(error)),
        }
    }
}
