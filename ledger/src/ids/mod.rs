// SPDX-License-Identifier: Apache-2.0
//! Ids found again: which block has that hash, and which place has the transaction of that id.
//!
//! New ids are in memory; now and then they become a sorted file, and files that are alike in size
//! become one. All of it is derived from the blocks. What is in the files is said by a manifest
//! that is replaced whole: it holds the ids of blocks up to some number, and the owner adds those
//! of the blocks behind it when it opens (`blocks`).
//!
//! Of an id that comes twice the first place counts: a transaction may be ordered twice, and only
//! the first can be valid.

mod entry;
mod filter;
mod manifest;
mod merge;
mod run;
mod view;

pub use entry::{Key, Kind, Place};
pub(crate) use entry::{read_entries, write_entry};
pub use view::View;

use crate::Error;
use crate::log::names::numbered;
use entry::Entry;
use manifest::{Manifest, Row};
use merge::Merge;
use run::{Run, RunWriter};
use std::collections::hash_map;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Access, Volume};

/// How ids are kept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many ids are kept in memory before they are written. Those are read again from the
    /// blocks after a start.
    pub memory_entries: usize,
    /// Bytes of memory for the filters that save most look-ups of ids that are not there: about
    /// 1.25 an id. The largest files go without one first. While files are made into one, its
    /// filter may take as much again.
    pub filter_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { memory_entries: 1 << 16, filter_bytes: 256 << 20 }
    }
}

/// The ids of a chain.
#[derive(Debug)]
pub struct IdStore {
    volume: Arc<dyn Volume>,
    dir: PathBuf,
    options: Options,
    manifest: Manifest,
    /// In the order of the manifest.
    runs: Vec<Arc<Run>>,
    merges: Vec<Merge>,
    memory: HashMap<Key, Place>,
    /// The block whose ids are next.
    next: u64,
    /// How many ids came since merges went on.
    added: u64,
}

/// How many runs of one level become one of the next.
const FAN: usize = 4;
/// How many entries each merge goes on by for an id that is added. One would do, since each level
/// is merged once while as many ids are added.
const PACE: u64 = 4;

impl IdStore {
    /// Opens the ids in a folder; none when there are none, or when an import was not finished.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::NewerFormat`], or what the disk says.
    pub fn open(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
    ) -> Result<Option<Self>, Error> {
        let disk = volume.as_ref();
        if !disk.exists(dir) {
            return Ok(None);
        }
        let manifest = Manifest::read(disk, dir)?.filter(|manifest| !manifest.importing);
        let Some(manifest) = manifest else { return Ok(None) };
        let open = |row: &Row| Run::open(disk, dir, row.number, row.level, row.entries);
        let runs = manifest.runs.iter().map(|row| open(row).map(Arc::new));
        let runs = runs.collect::<Result<Vec<_>, _>>()?;
        let mut store = Self::with(volume, dir, options, manifest, runs);
        store.remove_strangers()?;
        store.fit_filters()?;
        Ok(Some(store))
    }

    /// Makes an empty store of the ids of blocks from that one on, in the place of one that is
    /// there. Those of the blocks before it, if there are such, come by [`import`](Self::import);
    /// until [`end_import`](Self::end_import) the store does not count as one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn create(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        from: u64,
    ) -> Result<Self, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let manifest = Manifest { importing: from > 0, from, covered: from, ..Manifest::default() };
        manifest.write(volume.as_ref(), dir)?;
        let store = Self::with(volume, dir, options, manifest, Vec::new());
        store.remove_strangers()?;
        Ok(store)
    }

    /// No ids, and nothing on the disk.
    pub(crate) fn none(volume: &Arc<dyn Volume>, dir: &Path, from: u64) -> Self {
        let manifest = Manifest { from, covered: from, ..Manifest::default() };
        Self::with(volume, dir, Options::default(), manifest, Vec::new())
    }

    fn with(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        manifest: Manifest,
        runs: Vec<Arc<Run>>,
    ) -> Self {
        let (volume, dir, next) = (Arc::clone(volume), dir.to_path_buf(), manifest.covered);
        let (merges, memory) = (Vec::new(), HashMap::new());
        Self { volume, dir, options, manifest, runs, merges, memory, next, added: 0 }
    }

    /// The first block whose ids were added one by one; those before it were imported.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.manifest.from
    }

    /// The ids of blocks below that number are in files.
    #[must_use]
    pub fn covered(&self) -> u64 {
        self.manifest.covered
    }

    /// The block whose ids are added next.
    #[must_use]
    pub fn next_block(&self) -> u64 {
        self.next
    }

    /// How many ids are in memory, and how many files there are.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        (self.memory.len(), self.runs.len())
    }

    /// Adds the ids of a block, in memory.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not the next one.
    pub fn add(
        &mut self,
        block: u64,
        ids: impl IntoIterator<Item = (Key, u32)>,
    ) -> Result<(), Error> {
        if block != self.next {
            let next = self.next;
            return Err(Error::Refused(format!("ids of block {block}, those of {next} are next")));
        }
        for (key, transaction) in ids {
            self.memory.entry(key).or_insert(Place { block, transaction });
            self.added = self.added.saturating_add(1);
        }
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// Adds an id of a block before [`from`](Self::from), in any order.
    ///
    /// # Errors
    /// [`Error::Refused`] for a later block, or what the disk says.
    pub fn import(&mut self, key: Key, place: Place) -> Result<(), Error> {
        if place.block >= self.manifest.from {
            let (block, from) = (place.block, self.manifest.from);
            return Err(Error::Refused(format!("block {block} is not before block {from}")));
        }
        match self.memory.entry(key) {
            hash_map::Entry::Occupied(mut entry) => *entry.get_mut() = place.min(*entry.get()),
            hash_map::Entry::Vacant(entry) => {
                entry.insert(place);
            }
        }
        self.added = self.added.saturating_add(1);
        self.tend()
    }

    /// All ids of blocks before [`from`](Self::from) are there now.
    ///
    /// # Errors
    /// What the disk says.
    pub fn end_import(&mut self) -> Result<(), Error> {
        self.flush()?;
        if self.manifest.importing {
            self.manifest.importing = false;
            self.manifest.write(self.volume.as_ref(), &self.dir)?;
        }
        Ok(())
    }

    /// The first place with that id.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn find(&self, key: &Key) -> Result<Option<Place>, Error> {
        let mut first = self.memory.get(key).copied();
        for run in &self.runs {
            let found = run.find(key)?;
            first = first.into_iter().chain(found).min();
        }
        Ok(first)
    }

    /// Whether the id is there.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn contains(&self, key: &Key) -> Result<bool, Error> {
        if self.memory.contains_key(key) {
            return Ok(true);
        }
        for run in &self.runs {
            if run.find(key)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes what is in memory when that is much, and goes on making files into one. All blocks
    /// whose ids were added must be safe.
    ///
    /// # Errors
    /// What the disk says.
    pub fn tend(&mut self) -> Result<(), Error> {
        if self.memory.len() >= self.options.memory_entries {
            self.flush()?;
        }
        let pace = std::mem::take(&mut self.added).saturating_mul(PACE);
        let mut at = 0;
        while let Some(merge) = self.merges.get_mut(at) {
            if merge.step(pace)? {
                let merge = self.merges.swap_remove(at);
                self.end_merge(merge)?;
            } else {
                at = at.saturating_add(1);
            }
        }
        self.begin_merges()
    }

    /// Writes what is in memory. All blocks whose ids were added must be safe.
    ///
    /// # Errors
    /// What the disk says.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.next == self.manifest.covered && self.memory.is_empty() {
            return Ok(());
        }
        let mut manifest = self.manifest.clone();
        manifest.covered = self.next;
        let mut run = None;
        if !self.memory.is_empty() {
            let mut writer = self.writer(0, self.memory.len() as u64)?;
            self.in_order().iter().try_for_each(|entry| writer.push(entry))?;
            let made = writer.finish()?;
            self.volume.sync_dir(&self.dir).map_err(Error::at(&self.dir))?;
            manifest.runs.push(row(&made));
            run = Some(Arc::new(made));
        }
        manifest.next_run = self.manifest.next_run;
        manifest.write(self.volume.as_ref(), &self.dir)?;
        self.manifest = manifest;
        self.runs.extend(run);
        self.memory.clear();
        self.fit_filters()
    }

    /// The ids as they are now, to be read while others are added.
    #[must_use]
    pub fn view(&self) -> View {
        View::new(self.runs.clone(), self.in_order())
    }

    /// What is in memory.
    fn in_order(&self) -> Vec<Entry> {
        let entries = self.memory.iter().map(|(key, place)| Entry::new(key, *place));
        let mut entries: Vec<Entry> = entries.collect();
        entries.sort_unstable();
        entries
    }

    /// Reads all files and compares their checksums.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn verify(&self) -> Result<(), Error> {
        self.runs.iter().try_for_each(|run| run.verify())
    }

    fn writer(&mut self, level: u32, at_most: u64) -> Result<RunWriter, Error> {
        let number = self.manifest.next_run;
        self.manifest.next_run = number.saturating_add(1);
        let room = self.options.filter_bytes;
        RunWriter::new(self.volume.as_ref(), &self.dir, (number, level), at_most, room)
    }

    /// Starts a merge of each level that has enough runs and no merge yet.
    fn begin_merges(&mut self) -> Result<(), Error> {
        let mut levels: BTreeMap<u32, Vec<Arc<Run>>> = BTreeMap::new();
        for run in &self.runs {
            levels.entry(run.level).or_default().push(Arc::clone(run));
        }
        for (level, mut runs) in levels {
            if runs.len() < FAN || self.merges.iter().any(|merge| merge.level == level) {
                continue;
            }
            runs.truncate(FAN);
            let at_most = runs.iter().map(|run| run.entries).fold(0, u64::saturating_add);
            let writer = self.writer(level.saturating_add(1), at_most)?;
            self.merges.push(Merge::new(&runs, level, writer)?);
        }
        Ok(())
    }

    fn end_merge(&mut self, merge: Merge) -> Result<(), Error> {
        let inputs = merge.inputs.clone();
        let made = Arc::new(merge.finish()?);
        self.volume.sync_dir(&self.dir).map_err(Error::at(&self.dir))?;
        let stays = |number: u64| !inputs.contains(&number);
        let mut manifest = self.manifest.clone();
        manifest.runs.retain(|row| stays(row.number));
        manifest.runs.insert(0, row(&made));
        manifest.write(self.volume.as_ref(), &self.dir)?;
        self.manifest = manifest;
        let (stay, go): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.runs).into_iter().partition(|run| stays(run.number));
        self.runs = std::iter::once(made).chain(stay).collect();
        for run in go {
            self.volume.remove_file(run.path()).map_err(Error::at(run.path()))?;
        }
        self.fit_filters()
    }

    /// Gives the memory for filters to the small files first: the large ones are few.
    fn fit_filters(&mut self) -> Result<(), Error> {
        let mut order: Vec<usize> = (0..self.runs.len()).collect();
        order.sort_by_key(|index| self.runs.get(*index).map(|run| run.entries));
        let mut left = self.options.filter_bytes;
        for index in order {
            let Some(run) = self.runs.get_mut(index) else { continue };
            let fits = run.filter_size() <= left;
            if fits {
                left = left.saturating_sub(run.filter_size());
            }
            // One that is being merged keeps what it has.
            if let Some(run) = Arc::get_mut(run) {
                run.hold_filter(fits)?;
            }
        }
        Ok(())
    }

    /// Removes files that no manifest names: an unfinished run, or one that was merged away.
    fn remove_strangers(&self) -> Result<(), Error> {
        for path in self.volume.list(&self.dir).map_err(Error::at(&self.dir))? {
            let known = |number| self.manifest.runs.iter().any(|row| row.number == number);
            if numbered(&path, "run").is_some_and(|number| !known(number)) {
                self.volume.remove_file(&path).map_err(Error::at(&path))?;
            }
        }
        Ok(())
    }
}

fn row(run: &Run) -> Row {
    Row { number: run.number, level: run.level, entries: run.entries }
}
