//! What became of a write; refusals are values, so that the transaction around them commits.

/// What became of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// There is a new row.
    Inserted,
    /// The name was taken, and what stood there stays as it was.
    AlreadyThere,
}

impl Inserted {
    pub(crate) fn from_rows(rows: usize) -> Self {
        if rows == 0 { Self::AlreadyThere } else { Self::Inserted }
    }
}

/// What became of an update or a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Written {
    /// The row was there and is written.
    Written,
    /// The tenant has no such row.
    NotFound,
}

impl Written {
    pub(crate) fn from_rows(rows: usize) -> Self {
        if rows == 0 { Self::NotFound } else { Self::Written }
    }
}
